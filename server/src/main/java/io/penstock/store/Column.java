package io.penstock.store;

import java.util.Locale;

/**
 * The columns of a stored event, in the order of the file. A column without a value is NULL. {@link
 * RowGroup} fills them and {@link EventRow} reads them.
 */
enum Column {
  ID(Type.UUID),
  /** When it reached us: what days, pages and the bounds of a query go by. */
  RECEIVED(Type.TIME),
  START(Type.TIME),
  END(Type.TIME),
  KIND(Type.TEXT),
  TYPE(Type.TEXT),
  EXPORTER_HIGH(Type.LONG),
  EXPORTER_LOW(Type.LONG),
  EXPORTER_PORT(Type.INT),
  OBSERVATION_DOMAIN(Type.LONG),
  SEQUENCE(Type.LONG),
  EXPORTED(Type.TIME),
  COLLECTOR_ID(Type.TEXT),
  SOURCE_ID(Type.TEXT),
  TRACE_ID(Type.TEXT),

  SRC_IP_HIGH(Type.LONG),
  SRC_IP_LOW(Type.LONG),
  SRC_PORT(Type.INT),
  SRC_MASK(Type.INT),
  SRC_AS(Type.LONG),
  SRC_MAC(Type.LONG),
  BYTES(Type.LONG),
  PACKETS(Type.LONG),
  SRC_NAT_IP_HIGH(Type.LONG),
  SRC_NAT_IP_LOW(Type.LONG),
  SRC_NAT_PORT(Type.INT),

  DST_IP_HIGH(Type.LONG),
  DST_IP_LOW(Type.LONG),
  DST_PORT(Type.INT),
  DST_MASK(Type.INT),
  DST_AS(Type.LONG),
  DST_MAC(Type.LONG),
  REVERSE_BYTES(Type.LONG),
  REVERSE_PACKETS(Type.LONG),
  DST_NAT_IP_HIGH(Type.LONG),
  DST_NAT_IP_LOW(Type.LONG),
  DST_NAT_PORT(Type.INT),

  PROTO(Type.INT),
  TCP_FLAGS(Type.INT),
  TOS(Type.INT),
  ICMP(Type.INT),
  VLAN_ID(Type.INT),
  INNER_VLAN_ID(Type.INT),
  FLOW_DIRECTION(Type.TEXT),
  INGRESS_IF(Type.LONG),
  EGRESS_IF(Type.LONG),
  NEXT_HOP_HIGH(Type.LONG),
  NEXT_HOP_LOW(Type.LONG),
  END_REASON(Type.INT),
  FIREWALL_EVENT(Type.INT),
  FORWARDING_STATUS(Type.INT),
  SAMPLING_RATE(Type.LONG),
  /** See {@link SamplingWord}. */
  SAMPLING_SOURCE(Type.TEXT),
  QUIRKS(Type.INT),
  EXTRA(Type.TEXT),

  SRC_COUNTRY(Type.TEXT),
  SRC_CITY(Type.TEXT),
  SRC_LAT(Type.DOUBLE),
  SRC_LON(Type.DOUBLE),
  SRC_TIME_ZONE(Type.TEXT),
  DST_COUNTRY(Type.TEXT),
  DST_CITY(Type.TEXT),
  DST_LAT(Type.DOUBLE),
  DST_LON(Type.DOUBLE),
  DST_TIME_ZONE(Type.TEXT),
  SRC_ASN(Type.LONG),
  SRC_AS_ORG(Type.TEXT),
  DST_ASN(Type.LONG),
  DST_AS_ORG(Type.TEXT),
  THREATS(Type.TEXT),
  THREAT_COUNT(Type.INT),
  /** NULL for an event that was never enriched. */
  RISK_SCORE(Type.INT),
  REASONS(Type.TEXT),
  NETWORK_DIRECTION(Type.TEXT),

  PRODUCT(Type.TEXT),
  /** NULL for what is no exchange. */
  VERDICT(Type.TEXT),
  RULE(Type.TEXT),
  SCHEME(Type.TEXT),
  METHOD(Type.TEXT),
  HOST(Type.TEXT),
  PATH(Type.TEXT),
  STATUS(Type.INT),
  FAILURE(Type.TEXT);

  /** How a column is kept in Parquet. */
  enum Type {
    INT,
    LONG,
    /** Nanoseconds since 1970 UTC. */
    TIME,
    DOUBLE,
    /** UTF-8. */
    TEXT,
    /** 16 bytes. */
    UUID
  }

  private final Type type;
  private final String title;

  Column(Type type) {
    this.type = type;
    this.title = name().toLowerCase(Locale.ROOT);
  }

  Type type() {
    return type;
  }

  /** The column's name in the file and in SQL. */
  String title() {
    return title;
  }

  /** The name quoted for SQL ({@code end} is a keyword). */
  String sql() {
    return '"' + title + '"';
  }
}
