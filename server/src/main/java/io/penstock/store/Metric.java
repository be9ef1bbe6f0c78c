package io.penstock.store;

/**
 * What {@code top} and {@code series} add up. Events without the number count as zero.
 *
 * <p>No record may break a sum: counters are up to 63 bits of whatever an exporter sent, so they
 * are neither added nor multiplied as such. A sum of them is wider; what is scaled is an estimate,
 * for which a floating-point number is exact enough.
 */
public enum Metric {
  /** Octets of both directions, as the exporters reported them. */
  BYTES("coalesce(sum(bytes), 0) + coalesce(sum(reverse_bytes), 0)", both("bytes")),
  /** Packets of both directions, as the exporters reported them. */
  PACKETS("coalesce(sum(packets), 0) + coalesce(sum(reverse_packets), 0)", both("packets")),
  /** Events. */
  FLOWS("count(*)", "1.0"),
  /** Octets multiplied by the sampling rate; one that is unknown counts as 1. */
  SCALED_BYTES("sum(" + scaled("bytes") + ")", scaled("bytes")),
  /** Packets multiplied by the sampling rate; one that is unknown counts as 1. */
  SCALED_PACKETS("sum(" + scaled("packets") + ")", scaled("packets")),
  /** Events that matched an indicator. */
  THREATS("count_if(threat_count > 0)", "coalesce(threat_count > 0, false)::INTEGER"),
  /** The highest risk score. */
  RISK("max(coalesce(risk_score, 0))", "coalesce(risk_score, 0)");

  private final String sql;
  private final String amount;

  Metric(String sql, String amount) {
    this.sql = sql;
    this.amount = "(" + amount + ")::DOUBLE";
  }

  private static String both(String counter) {
    return "coalesce(%1$s, 0)::DOUBLE + coalesce(reverse_%1$s, 0)::DOUBLE".formatted(counter);
  }

  private static String scaled(String counter) {
    return "(" + both(counter) + ") * greatest(coalesce(sampling_rate, 1), 1)";
  }

  String sql() {
    return sql;
  }

  /** What one event contributes, as a floating-point number. */
  String amount() {
    return amount;
  }

  /** The SQL function that makes one value of several. */
  String combined() {
    return this == RISK ? "max" : "sum";
  }
}
