package io.penstock.store;

/** What {@code top} and {@code series} add up. Events without the number count as zero. */
public enum Metric {
  /** Octets of both directions, as the exporters reported them. */
  BYTES("sum(coalesce(bytes, 0) + coalesce(reverse_bytes, 0))"),
  /** Packets of both directions, as the exporters reported them. */
  PACKETS("sum(coalesce(packets, 0) + coalesce(reverse_packets, 0))"),
  /** Events. */
  FLOWS("count(*)"),
  /** Octets multiplied by the sampling rate where one is known. */
  SCALED_BYTES(
      "sum((coalesce(bytes, 0) + coalesce(reverse_bytes, 0)) * greatest(coalesce(sampling_rate, 1), 1))"),
  /** Packets multiplied by the sampling rate where one is known. */
  SCALED_PACKETS(
      "sum((coalesce(packets, 0) + coalesce(reverse_packets, 0)) * greatest(coalesce(sampling_rate, 1), 1))"),
  /** Events that matched an indicator. */
  THREATS("count_if(threat_count > 0)"),
  /** The highest risk score. */
  RISK("max(coalesce(risk_score, 0))");

  private final String sql;

  Metric(String sql) {
    this.sql = sql;
  }

  String sql() {
    return sql;
  }

  /** The SQL function that makes one value of several. */
  String combined() {
    return this == RISK ? "max" : "sum";
  }
}
