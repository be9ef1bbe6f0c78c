package io.penstock.store;

import io.penstock.event.Endpoint;
import io.penstock.event.Enrichment;
import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Event;
import io.penstock.event.HttpExchange;
import io.penstock.event.Ip;
import io.penstock.event.Origin;
import io.penstock.event.Protocol;
import io.penstock.event.Traffic;
import io.penstock.event.Traffic.Sampling;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads whole events back from a result that selects {@link #SELECT}: the mirror of RowGroup. */
final class EventRow {

  /** Every column in order, times as nanoseconds. */
  static final String SELECT =
      Arrays.stream(Column.values())
          .map(c -> c.type() == Column.Type.TIME ? "epoch_ns(" + c.sql() + ")" : c.sql())
          .collect(Collectors.joining(", "));

  private final ResultSet row;

  EventRow(ResultSet row) {
    this.row = row;
  }

  /** The event of the current row. */
  Event event() throws SQLException {
    var id = (UUID) row.getObject(index(Column.ID));
    var extra = text(Column.EXTRA);
    return new Event(
        id.getMostSignificantBits(),
        id.getLeastSignificantBits(),
        constant(Event.Kind.class, Column.KIND, Event.Kind.FLOW),
        origin(),
        number(Column.START, 0),
        number(Column.END, 0),
        source(),
        destination(),
        traffic(),
        (int) number(Column.QUIRKS, 0),
        extra == null ? Event.NO_EXTRA : extra.getBytes(StandardCharsets.UTF_8),
        enrichment(),
        exchange());
  }

  private @Nullable HttpExchange exchange() throws SQLException {
    var verdict = text(Column.VERDICT);
    return verdict == null
        ? null
        : new HttpExchange(
            text(Column.PRODUCT),
            verdict,
            written(Column.RULE),
            written(Column.SCHEME),
            written(Column.METHOD),
            written(Column.HOST),
            written(Column.PATH),
            (int) sent(Column.STATUS),
            text(Column.FAILURE));
  }

  private Origin origin() throws SQLException {
    return new Origin(
        constant(Protocol.class, Column.TYPE, Protocol.FLOW_JSON),
        new Ip(number(Column.EXPORTER_HIGH, 0), number(Column.EXPORTER_LOW, 0)),
        (int) number(Column.EXPORTER_PORT, 0),
        sent(Column.OBSERVATION_DOMAIN),
        sent(Column.SEQUENCE),
        sent(Column.EXPORTED),
        number(Column.RECEIVED, 0),
        text(Column.COLLECTOR_ID),
        text(Column.SOURCE_ID),
        text(Column.TRACE_ID));
  }

  private Endpoint source() throws SQLException {
    return new Endpoint(
        number(Column.SRC_IP_HIGH, 0),
        number(Column.SRC_IP_LOW, 0),
        (int) sent(Column.SRC_PORT),
        (int) sent(Column.SRC_MASK),
        sent(Column.SRC_AS),
        sent(Column.SRC_MAC),
        sent(Column.BYTES),
        sent(Column.PACKETS),
        nat(Column.SRC_NAT_IP_HIGH, Column.SRC_NAT_IP_LOW, Column.SRC_NAT_PORT));
  }

  private Endpoint destination() throws SQLException {
    return new Endpoint(
        number(Column.DST_IP_HIGH, 0),
        number(Column.DST_IP_LOW, 0),
        (int) sent(Column.DST_PORT),
        (int) sent(Column.DST_MASK),
        sent(Column.DST_AS),
        sent(Column.DST_MAC),
        sent(Column.REVERSE_BYTES),
        sent(Column.REVERSE_PACKETS),
        nat(Column.DST_NAT_IP_HIGH, Column.DST_NAT_IP_LOW, Column.DST_NAT_PORT));
  }

  private Endpoint.@Nullable Nat nat(Column high, Column low, Column port) throws SQLException {
    var ip = ip(high, low);
    return ip == null ? null : new Endpoint.Nat(ip, (int) sent(port));
  }

  private Traffic traffic() throws SQLException {
    return new Traffic(
        (int) sent(Column.PROTO),
        (int) sent(Column.TCP_FLAGS),
        (int) sent(Column.TOS),
        (int) sent(Column.ICMP),
        (int) sent(Column.VLAN_ID),
        (int) sent(Column.INNER_VLAN_ID),
        constant(Traffic.Direction.class, Column.FLOW_DIRECTION, Traffic.Direction.UNKNOWN),
        sent(Column.INGRESS_IF),
        sent(Column.EGRESS_IF),
        ip(Column.NEXT_HOP_HIGH, Column.NEXT_HOP_LOW),
        (int) sent(Column.END_REASON),
        (int) sent(Column.FIREWALL_EVENT),
        (int) sent(Column.FORWARDING_STATUS),
        sampling());
  }

  private Sampling sampling() throws SQLException {
    long rate = sent(Column.SAMPLING_RATE);
    var word = text(Column.SAMPLING_SOURCE);
    return rate == Event.ABSENT || word == null ? Sampling.UNKNOWN : SamplingWord.read(rate, word);
  }

  private @Nullable Enrichment enrichment() throws SQLException {
    long risk = sent(Column.RISK_SCORE);
    if (risk == Event.ABSENT) {
      return null;
    }
    var threats = text(Column.THREATS);
    var reasons = text(Column.REASONS);
    return new Enrichment(
        geo(
            Column.SRC_COUNTRY,
            Column.SRC_CITY,
            Column.SRC_LAT,
            Column.SRC_LON,
            Column.SRC_TIME_ZONE),
        geo(
            Column.DST_COUNTRY,
            Column.DST_CITY,
            Column.DST_LAT,
            Column.DST_LON,
            Column.DST_TIME_ZONE),
        system(Column.SRC_ASN, Column.SRC_AS_ORG),
        system(Column.DST_ASN, Column.DST_AS_ORG),
        threats == null ? List.of() : NestedJson.threats(threats),
        (int) risk,
        reasons == null ? List.of() : NestedJson.words(reasons),
        constant(
            Enrichment.Direction.class, Column.NETWORK_DIRECTION, Enrichment.Direction.UNKNOWN));
  }

  private @Nullable Geo geo(Column country, Column city, Column lat, Column lon, Column zone)
      throws SQLException {
    var code = text(country);
    return code == null ? null : new Geo(code, text(city), decimal(lat), decimal(lon), text(zone));
  }

  private @Nullable AutonomousSystem system(Column number, Column organization)
      throws SQLException {
    long as = row.getLong(index(number));
    return row.wasNull() ? null : new AutonomousSystem(as, text(organization));
  }

  private @Nullable Ip ip(Column high, Column low) throws SQLException {
    long upper = row.getLong(index(high));
    return row.wasNull() ? null : new Ip(upper, row.getLong(index(low)));
  }

  private long sent(Column column) throws SQLException {
    return number(column, Event.ABSENT);
  }

  private long number(Column column, long absent) throws SQLException {
    long value = row.getLong(index(column));
    return row.wasNull() ? absent : value;
  }

  private double decimal(Column column) throws SQLException {
    double value = row.getDouble(index(column));
    return row.wasNull() ? Double.NaN : value;
  }

  private String written(Column column) throws SQLException {
    var text = text(column);
    return text == null ? "" : text;
  }

  private @Nullable String text(Column column) throws SQLException {
    return row.getString(index(column));
  }

  private <E extends Enum<E>> E constant(Class<E> type, Column column, E absent)
      throws SQLException {
    var name = text(column);
    return name == null ? absent : Enum.valueOf(type, name);
  }

  private static int index(Column column) {
    return column.ordinal() + 1;
  }
}
