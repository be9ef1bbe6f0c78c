package io.penstock.control;

/** What an operator switches on and off while the server runs. */
public enum Flag {
  /** Posts are measured against the source that they name. */
  ADMISSION_HTTP_ENABLED(false),
  /** Datagrams and streams of flows are measured against the source of their address. */
  ADMISSION_UDP_ENABLED(false),
  /** Posts must come from the networks of their source. */
  HTTP_IP_ALLOWLIST_ENABLED(false),
  /** What a trusted proxy says of its client is believed. */
  HTTP_TRUST_XFF(false),
  /** What would be refused is counted and taken. */
  ADMISSION_LOG_ONLY(false),
  /** What cannot be decided because of a fault of ours is taken. */
  ADMISSION_FAIL_OPEN(false),
  /** A source that lists no networks may post from anywhere. */
  ADMISSION_COMPAT_ALLOW_EMPTY_IPS(false),
  /** Whether a new source that does not say has its surplus refused. */
  ADMISSION_BLOCK_ON_EXCEED_DEFAULT(true),
  /** There is a proxy before this server. */
  TRUST_PROXY(false);

  private final boolean standard;

  Flag(boolean standard) {
    this.standard = standard;
  }

  /** What it is when nobody says. */
  public boolean standard() {
    return standard;
  }
}
