package io.penstock.store;

import io.penstock.event.Endpoint;
import io.penstock.event.Enrichment;
import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Event;
import io.penstock.event.HttpExchange;
import io.penstock.event.Ip;
import io.penstock.event.Origin;
import io.penstock.event.Traffic;
import io.penstock.event.Traffic.Sampling;
import io.penstock.store.ColumnBuffer.Blobs;
import io.penstock.store.ColumnBuffer.Numbers;
import io.penstock.store.ColumnBuffer.Uuids;
import io.penstock.store.ColumnBuffer.Words;
import io.penstock.store.Part.Partition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Events laid out as columns until they are written as a file of one row group, sorted by the time
 * they were received. For one thread; filled again after {@link #clear}.
 */
final class RowGroup {

  private static final Column[] COLUMNS = Column.values();

  private static final List<Column> EXCHANGE =
      List.copyOf(EnumSet.range(Column.PRODUCT, Column.FAILURE));

  private final ColumnBuffer[] buffers = new ColumnBuffer[COLUMNS.length];
  private int rows;
  private boolean isSorted = true;
  private long oldest = Long.MAX_VALUE;
  private long newest = Long.MIN_VALUE;

  RowGroup() {
    for (var column : COLUMNS) {
      buffers[column.ordinal()] = ColumnBuffer.of(column);
    }
  }

  /** What was written: the file's size and the bounds of its rows. */
  record Written(int rows, long bytes, long oldestNanos, long newestNanos) {

    Part part(Partition partition, Path file) {
      return new Part(
          partition.tenant(),
          partition.day(),
          file.getFileName().toString(),
          rows,
          bytes,
          oldestNanos,
          newestNanos);
    }
  }

  int rows() {
    return rows;
  }

  void clear() {
    for (var buffer : buffers) {
      buffer.clear();
    }
    rows = 0;
    isSorted = true;
    oldest = Long.MAX_VALUE;
    newest = Long.MIN_VALUE;
  }

  void add(Event event) {
    long received = event.origin().receivedNanos();
    isSorted &= received >= newest;
    oldest = Math.min(oldest, received);
    newest = Math.max(newest, received);
    uuid(Column.ID).add(event.idHigh(), event.idLow());
    word(Column.KIND, event.kind().name());
    number(Column.START).add(event.startNanos());
    number(Column.END).add(event.endNanos());
    number(Column.QUIRKS).addUnless(0, event.quirks());
    origin(event.origin());
    source(event.source());
    destination(event.destination());
    traffic(event.traffic());
    extra(event.extra());
    enrichment(event.enrichment());
    exchange(event.http());
    rows++;
  }

  private void origin(Origin origin) {
    number(Column.RECEIVED).add(origin.receivedNanos());
    word(Column.TYPE, origin.protocol().name());
    number(Column.EXPORTER_HIGH).add(origin.exporter().high());
    number(Column.EXPORTER_LOW).add(origin.exporter().low());
    number(Column.EXPORTER_PORT).add(origin.exporterPort());
    sent(Column.OBSERVATION_DOMAIN, origin.observationDomain());
    sent(Column.SEQUENCE, origin.sequence());
    sent(Column.EXPORTED, origin.exportNanos());
    word(Column.COLLECTOR_ID, origin.collector());
    word(Column.SOURCE_ID, origin.sourceId());
    word(Column.TRACE_ID, origin.requestId());
  }

  private void source(Endpoint end) {
    address(Column.SRC_IP_HIGH, Column.SRC_IP_LOW, end);
    sent(Column.SRC_PORT, end.port());
    sent(Column.SRC_MASK, end.prefixLength());
    sent(Column.SRC_AS, end.as());
    sent(Column.SRC_MAC, end.mac());
    sent(Column.BYTES, end.bytes());
    sent(Column.PACKETS, end.packets());
    var nat = end.nat();
    ip(Column.SRC_NAT_IP_HIGH, Column.SRC_NAT_IP_LOW, nat == null ? null : nat.ip());
    sent(Column.SRC_NAT_PORT, nat == null ? Event.ABSENT : nat.port());
  }

  private void destination(Endpoint end) {
    address(Column.DST_IP_HIGH, Column.DST_IP_LOW, end);
    sent(Column.DST_PORT, end.port());
    sent(Column.DST_MASK, end.prefixLength());
    sent(Column.DST_AS, end.as());
    sent(Column.DST_MAC, end.mac());
    sent(Column.REVERSE_BYTES, end.bytes());
    sent(Column.REVERSE_PACKETS, end.packets());
    var nat = end.nat();
    ip(Column.DST_NAT_IP_HIGH, Column.DST_NAT_IP_LOW, nat == null ? null : nat.ip());
    sent(Column.DST_NAT_PORT, nat == null ? Event.ABSENT : nat.port());
  }

  private void traffic(Traffic traffic) {
    sent(Column.PROTO, traffic.protocol());
    sent(Column.TCP_FLAGS, traffic.tcpFlags());
    sent(Column.TOS, traffic.tos());
    sent(Column.ICMP, traffic.icmp());
    sent(Column.VLAN_ID, traffic.vlan());
    sent(Column.INNER_VLAN_ID, traffic.innerVlan());
    var direction = traffic.direction();
    word(Column.FLOW_DIRECTION, direction == Traffic.Direction.UNKNOWN ? null : direction.name());
    sent(Column.INGRESS_IF, traffic.ingressInterface());
    sent(Column.EGRESS_IF, traffic.egressInterface());
    ip(Column.NEXT_HOP_HIGH, Column.NEXT_HOP_LOW, traffic.nextHop());
    sent(Column.END_REASON, traffic.endReason());
    sent(Column.FIREWALL_EVENT, traffic.firewallEvent());
    sent(Column.FORWARDING_STATUS, traffic.forwardingStatus());
    var sampling = traffic.sampling();
    boolean isKnown = sampling.rate() != 0 || sampling.from() != Sampling.Source.UNKNOWN;
    number(Column.SAMPLING_RATE).addUnless(Event.ABSENT, isKnown ? sampling.rate() : Event.ABSENT);
    word(Column.SAMPLING_SOURCE, isKnown ? SamplingWord.of(sampling) : null);
  }

  private void extra(byte[] extra) {
    if (extra.length == 0) {
      buffer(Column.EXTRA).absent();
      return;
    }
    ((Blobs) buffer(Column.EXTRA)).add(extra);
  }

  private void enrichment(@Nullable Enrichment found) {
    geo(
        found == null ? null : found.sourceGeo(),
        Column.SRC_COUNTRY,
        Column.SRC_CITY,
        Column.SRC_LAT,
        Column.SRC_LON,
        Column.SRC_TIME_ZONE);
    geo(
        found == null ? null : found.destinationGeo(),
        Column.DST_COUNTRY,
        Column.DST_CITY,
        Column.DST_LAT,
        Column.DST_LON,
        Column.DST_TIME_ZONE);
    system(found == null ? null : found.sourceAs(), Column.SRC_ASN, Column.SRC_AS_ORG);
    system(found == null ? null : found.destinationAs(), Column.DST_ASN, Column.DST_AS_ORG);
    if (found == null) {
      buffer(Column.THREATS).absent();
      buffer(Column.THREAT_COUNT).absent();
      buffer(Column.RISK_SCORE).absent();
      buffer(Column.REASONS).absent();
      buffer(Column.NETWORK_DIRECTION).absent();
      return;
    }
    var threats = found.threats();
    word(Column.THREATS, threats.isEmpty() ? null : NestedJson.ofThreats(threats));
    number(Column.THREAT_COUNT).add(threats.size());
    number(Column.RISK_SCORE).add(found.riskScore());
    word(Column.REASONS, found.reasons().isEmpty() ? null : NestedJson.ofWords(found.reasons()));
    var direction = found.direction();
    word(
        Column.NETWORK_DIRECTION,
        direction == Enrichment.Direction.UNKNOWN ? null : direction.name());
  }

  private void exchange(@Nullable HttpExchange http) {
    if (http == null) {
      for (var column : EXCHANGE) {
        buffer(column).absent();
      }
      return;
    }
    word(Column.PRODUCT, http.product());
    word(Column.VERDICT, http.verdict());
    word(Column.RULE, http.rule());
    word(Column.SCHEME, http.scheme());
    word(Column.METHOD, http.method());
    word(Column.HOST, http.host());
    word(Column.PATH, http.path());
    sent(Column.STATUS, http.status());
    word(Column.FAILURE, http.failure());
  }

  private void geo(
      @Nullable Geo geo, Column country, Column city, Column lat, Column lon, Column zone) {
    if (geo == null) {
      buffer(country).absent();
      buffer(city).absent();
      buffer(lat).absent();
      buffer(lon).absent();
      buffer(zone).absent();
      return;
    }
    word(country, geo.country());
    word(city, geo.city());
    number(lat).add(geo.latitude());
    number(lon).add(geo.longitude());
    word(zone, geo.timeZone());
  }

  private void system(@Nullable AutonomousSystem system, Column number, Column organization) {
    if (system == null) {
      buffer(number).absent();
      buffer(organization).absent();
      return;
    }
    number(number).add(system.number());
    word(organization, system.organization());
  }

  private void address(Column high, Column low, Endpoint end) {
    if (!end.hasIp()) {
      buffer(high).absent();
      buffer(low).absent();
      return;
    }
    number(high).add(end.ipHigh());
    number(low).add(end.ipLow());
  }

  private void ip(Column high, Column low, @Nullable Ip ip) {
    if (ip == null) {
      buffer(high).absent();
      buffer(low).absent();
      return;
    }
    number(high).add(ip.high());
    number(low).add(ip.low());
  }

  private void sent(Column column, long value) {
    number(column).addUnless(Event.ABSENT, value);
  }

  private void word(Column column, @Nullable String word) {
    ((Words) buffer(column)).add(word);
  }

  private Numbers number(Column column) {
    return (Numbers) buffer(column);
  }

  private Uuids uuid(Column column) {
    return (Uuids) buffer(column);
  }

  private ColumnBuffer buffer(Column column) {
    return buffers[column.ordinal()];
  }

  /**
   * Writes the rows as a new Parquet file and waits until it is on the disk. The file's directory
   * entry is the caller's to sync.
   */
  Written write(Path file, ColumnEncoder encoder) throws IOException {
    var order = order();
    var out = new Bytes(1 << 20);
    out.put(ParquetFormat.MAGIC, 0, ParquetFormat.MAGIC.length);
    var chunks = new ArrayList<ColumnChunk>(COLUMNS.length);
    for (var column : COLUMNS) {
      chunks.add(encoder.encode(column, buffer(column), order, rows, out, 0));
    }
    ParquetFormat.footer(out, List.of(new ParquetFormat.RowGroupMeta(rows, chunks)));
    try (var channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      var bytes = ByteBuffer.wrap(out.array(), 0, out.size());
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    return new Written(rows, out.size(), oldest, newest);
  }

  /** Row numbers by the time received; rows of the same time keep their order. */
  private int[] order() {
    if (isSorted) {
      return IntStream.range(0, rows).toArray();
    }
    var received = number(Column.RECEIVED).values();
    return IntStream.range(0, rows)
        .boxed()
        .sorted((a, b) -> Long.compare(received[a], received[b]))
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
