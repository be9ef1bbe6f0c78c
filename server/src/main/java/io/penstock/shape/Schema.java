package io.penstock.shape;

/** The schemas in which an event can be written. */
public enum Schema {
  /** The document of the HTTP API. */
  TELEMETRY,
  /** Elastic Common Schema 8. */
  ECS,
  /** Open Cybersecurity Schema Framework 1.x, Network Activity (4001) and HTTP Activity (4002). */
  OCSF,
  /** Splunk Common Information Model, Network Traffic and Web. */
  CIM,
  /** The protobuf message of goflow2, without its length. */
  GOFLOW2;

  /** Whether documents are JSON; the others are binary. */
  public boolean isJson() {
    return this != GOFLOW2;
  }
}
