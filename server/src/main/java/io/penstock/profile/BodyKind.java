package io.penstock.profile;

/** How a body is read. */
public enum BodyKind {
  /** By its content type, or else by how it begins. */
  AUTO,
  /** There is none that matters. */
  NONE,
  FORM,
  /** One JSON text (RFC 8259), or several one after the other. */
  JSON,
  /** JSON texts, one a line. */
  NDJSON,
  /** InfluxDB's line protocol. */
  INFLUX,
  /** A Sentry envelope: lines of JSON headers, each followed by its payload. */
  SENTRY,
  /** OTLP: protobuf, JSON or gRPC, as the content type says. */
  OTLP_TRACES,
  OTLP_METRICS,
  OTLP_LOGS,
  /** Prometheus' text format, or its protobuf messages with their lengths. */
  PROMETHEUS,
  /** Encrypted or unknown: size and entropy are all there is to say. */
  OPAQUE
}
