package io.penstock.event;

import com.google.protobuf.CodedOutputStream;
import io.penstock.event.Endpoint.Nat;
import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Enrichment.ThreatMatch;
import io.penstock.event.EventBatch.Receipt;
import io.penstock.event.Traffic.Direction;
import io.penstock.event.Traffic.Sampling;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes one batch. Events are written first, into a buffer of their own, which fills the tables of
 * what repeats; then tables and events are put together, tables first, so that a reader needs one
 * pass.
 */
final class EventWriter {

  /** More than the fixed-size fields of an event can take. */
  private static final int EVENT_BYTES_MAX = 512;

  private final Table<Origin> origins = new Table<>();
  private final Table<Geo> geos = new Table<>();
  private final Table<AutonomousSystem> systems = new Table<>();
  private final Table<ThreatMatch> threats = new Table<>();
  private final Table<String> reasons = new Table<>();
  private final Table<Sampling> samplings = new Table<>();
  private byte[] scratch = new byte[2 * EVENT_BYTES_MAX];

  byte[] write(EventBatch batch) {
    try {
      var events = new Part(sizeGuess(batch.events()));
      var out = CodedOutputStream.newInstance(events, 8192);
      for (var event : batch.events()) {
        message(out, 9, writeEvent(event));
      }
      out.flush();
      return assemble(batch, events);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
  }

  private byte[] assemble(EventBatch batch, Part events) throws IOException {
    var head = new ByteArrayOutputStream(1024);
    var out = CodedOutputStream.newInstance(head, 1024);
    out.writeString(1, batch.tenant());
    if (batch.receipt() != null) {
      nested(out, 2, batch.receipt(), EventWriter::writeReceipt);
    }
    table(out, 3, origins, EventWriter::writeOrigin);
    table(out, 4, geos, EventWriter::writeGeo);
    table(out, 5, systems, EventWriter::writeSystem);
    table(out, 6, threats, EventWriter::writeThreat);
    for (var reason : reasons.entries) {
      out.writeString(7, reason);
    }
    table(out, 8, samplings, EventWriter::writeSampling);
    out.flush();
    return events.behind(head.toByteArray());
  }

  private static int sizeGuess(List<Event> events) {
    long bytes = 64;
    for (var event : events) {
      bytes += 160 + event.extra().length + textBytes(event.http());
    }
    return (int) Math.min(bytes, 1 << 30);
  }

  /** Bytes that come behind others, without a copy of their own in between. */
  private static final class Part extends ByteArrayOutputStream {
    Part(int capacity) {
      super(capacity);
    }

    byte[] behind(byte[] head) {
      var whole = Arrays.copyOf(head, head.length + count);
      System.arraycopy(buf, 0, whole, head.length, count);
      return whole;
    }
  }

  /** Writes an event to {@link #scratch} and returns its length. */
  private int writeEvent(Event event) throws IOException {
    int needed =
        EVENT_BYTES_MAX
            + event.extra().length
            + listBytes(event.enrichment())
            + textBytes(event.http());
    if (scratch.length < needed) {
      scratch = new byte[2 * needed];
    }
    var out = CodedOutputStream.newInstance(scratch);
    out.writeFixed64(1, event.idHigh());
    out.writeFixed64(2, event.idLow());
    out.writeUInt32(3, origins.index(event.origin()));
    out.writeFixed64(4, event.startNanos());
    out.writeSInt64(5, event.endNanos() - event.startNanos());
    writeSource(out, event.source());
    writeDestination(out, event.destination());
    writeTraffic(out, event.traffic());
    if (event.kind() != Event.Kind.FLOW) {
      out.writeUInt32(16, event.kind().ordinal());
    }
    if (event.quirks() != 0) {
      out.writeUInt32(17, event.quirks());
    }
    if (event.extra().length > 0) {
      out.writeByteArray(18, event.extra());
    }
    if (event.enrichment() != null) {
      writeEnrichment(out, event.enrichment());
    }
    if (event.http() != null) {
      writeExchange(out, event.http());
    }
    out.flush();
    return out.getTotalBytesWritten();
  }

  private static int listBytes(@Nullable Enrichment enrichment) {
    return enrichment == null ? 0 : 8 * (enrichment.threats().size() + enrichment.reasons().size());
  }

  /** At most, in UTF-8. */
  private static int textBytes(@Nullable HttpExchange http) {
    if (http == null) {
      return 0;
    }
    int characters =
        length(http.product())
            + http.verdict().length()
            + http.rule().length()
            + http.scheme().length()
            + http.method().length()
            + http.host().length()
            + http.path().length()
            + length(http.failure());
    return 3 * characters + 64;
  }

  private static int length(@Nullable String text) {
    return text == null ? 0 : text.length();
  }

  private static void writeSource(CodedOutputStream out, Endpoint end) throws IOException {
    address(out, 6, 30, end);
    number(out, 8, end.port());
    number(out, 10, end.bytes());
    number(out, 11, end.packets());
    number(out, 31, end.prefixLength());
    number(out, 32, end.as());
    mac(out, 33, end.mac());
    nat(out, 34, end.nat());
  }

  private static void writeDestination(CodedOutputStream out, Endpoint end) throws IOException {
    address(out, 7, 40, end);
    number(out, 9, end.port());
    number(out, 41, end.prefixLength());
    number(out, 42, end.as());
    mac(out, 43, end.mac());
    nat(out, 44, end.nat());
    number(out, 46, end.bytes());
    number(out, 47, end.packets());
  }

  private void writeTraffic(CodedOutputStream out, Traffic traffic) throws IOException {
    number(out, 12, traffic.protocol());
    number(out, 13, traffic.tcpFlags());
    number(out, 14, traffic.ingressInterface());
    number(out, 15, traffic.egressInterface());
    number(out, 19, traffic.tos());
    number(out, 20, traffic.icmp());
    number(out, 21, traffic.vlan());
    number(out, 22, traffic.innerVlan());
    if (traffic.direction() != Direction.UNKNOWN) {
      out.writeUInt32(23, traffic.direction().ordinal());
    }
    if (traffic.nextHop() != null) {
      out.writeByteArray(24, traffic.nextHop().toBytes());
    }
    number(out, 25, traffic.endReason());
    number(out, 26, traffic.firewallEvent());
    number(out, 27, traffic.forwardingStatus());
    if (!traffic.sampling().equals(Sampling.UNKNOWN)) {
      out.writeUInt32(28, samplings.index(traffic.sampling()));
    }
  }

  private void writeEnrichment(CodedOutputStream out, Enrichment found) throws IOException {
    out.writeUInt32(50, found.riskScore());
    reference(out, 51, geos, found.sourceGeo());
    reference(out, 52, geos, found.destinationGeo());
    reference(out, 53, systems, found.sourceAs());
    reference(out, 54, systems, found.destinationAs());
    references(out, 55, threats, found.threats());
    references(out, 56, reasons, found.reasons());
    out.writeUInt32(57, found.direction().ordinal());
  }

  private static void writeExchange(CodedOutputStream out, HttpExchange http) throws IOException {
    text(out, 60, http.product());
    out.writeString(61, http.verdict());
    out.writeString(62, http.rule());
    out.writeString(63, http.scheme());
    out.writeString(64, http.method());
    out.writeString(65, http.host());
    out.writeString(66, http.path());
    number(out, 67, http.status());
    text(out, 68, http.failure());
  }

  private static <T> void reference(
      CodedOutputStream out, int field, Table<T> table, @Nullable T value) throws IOException {
    if (value != null) {
      out.writeUInt32(field, table.index(value));
    }
  }

  private static <T> void references(
      CodedOutputStream out, int field, Table<T> table, List<T> values) throws IOException {
    if (values.isEmpty()) {
      return;
    }
    int length = 0;
    for (var value : values) {
      length += CodedOutputStream.computeUInt32SizeNoTag(table.index(value));
    }
    out.writeTag(field, 2);
    out.writeUInt32NoTag(length);
    for (var value : values) {
      out.writeUInt32NoTag(table.index(value));
    }
  }

  private static void address(CodedOutputStream out, int v4Field, int v6Field, Endpoint end)
      throws IOException {
    if (Ip.isV4(end.ipHigh(), end.ipLow())) {
      out.writeFixed32(v4Field, (int) end.ipLow());
      return;
    }
    if (end.hasIp()) {
      out.writeTag(v6Field, 2);
      out.writeUInt32NoTag(16);
      out.writeFixed64NoTag(Long.reverseBytes(end.ipHigh()));
      out.writeFixed64NoTag(Long.reverseBytes(end.ipLow()));
    }
  }

  private static void number(CodedOutputStream out, int field, long value) throws IOException {
    if (value != Event.ABSENT) {
      out.writeUInt64(field, value);
    }
  }

  private static void mac(CodedOutputStream out, int field, long mac) throws IOException {
    if (mac != Event.ABSENT) {
      out.writeFixed64(field, mac);
    }
  }

  private static void nat(CodedOutputStream out, int field, @Nullable Nat nat) throws IOException {
    if (nat != null) {
      out.writeByteArray(field, nat.ip().toBytes());
      number(out, field + 1, nat.port());
    }
  }

  private void message(CodedOutputStream out, int field, int length) throws IOException {
    out.writeTag(field, 2);
    out.writeUInt32NoTag(length);
    out.writeRawBytes(scratch, 0, length);
  }

  private static <T> void table(CodedOutputStream out, int field, Table<T> table, Body<T> body)
      throws IOException {
    for (var entry : table.entries) {
      nested(out, field, entry, body);
    }
  }

  private static <T> void nested(CodedOutputStream out, int field, T value, Body<T> body)
      throws IOException {
    var bytes = new ByteArrayOutputStream(128);
    var inner = CodedOutputStream.newInstance(bytes, 128);
    body.write(inner, value);
    inner.flush();
    out.writeByteArray(field, bytes.toByteArray());
  }

  private static void writeReceipt(CodedOutputStream out, Receipt receipt) throws IOException {
    out.writeString(1, receipt.endpoint());
    out.writeString(2, receipt.key());
    out.writeByteArray(3, receipt.fingerprint());
    out.writeFixed64(4, receipt.atNanos());
    out.writeUInt32(5, receipt.status());
    out.writeString(6, receipt.body());
  }

  private static void writeOrigin(CodedOutputStream out, Origin origin) throws IOException {
    out.writeUInt32(1, origin.protocol().number());
    out.writeByteArray(2, origin.exporter().toBytes());
    out.writeUInt32(3, origin.exporterPort());
    number(out, 4, origin.observationDomain());
    number(out, 5, origin.sequence());
    if (origin.exportNanos() != Event.ABSENT) {
      out.writeFixed64(6, origin.exportNanos());
    }
    out.writeFixed64(7, origin.receivedNanos());
    text(out, 8, origin.collector());
    text(out, 9, origin.sourceId());
    text(out, 10, origin.requestId());
  }

  private static void writeGeo(CodedOutputStream out, Geo geo) throws IOException {
    out.writeString(1, geo.country());
    text(out, 2, geo.city());
    if (!Double.isNaN(geo.latitude())) {
      out.writeDouble(3, geo.latitude());
      out.writeDouble(4, geo.longitude());
    }
    text(out, 5, geo.timeZone());
  }

  private static void writeSystem(CodedOutputStream out, AutonomousSystem system)
      throws IOException {
    out.writeUInt64(1, system.number());
    text(out, 2, system.organization());
  }

  private static void writeThreat(CodedOutputStream out, ThreatMatch threat) throws IOException {
    out.writeUInt32(1, threat.side().ordinal());
    out.writeString(2, threat.value());
    out.writeString(3, threat.indicator());
    out.writeString(4, threat.category());
    out.writeUInt32(5, threat.confidence());
    out.writeString(6, threat.feed());
  }

  private static void writeSampling(CodedOutputStream out, Sampling sampling) throws IOException {
    out.writeUInt64(1, sampling.rate());
    out.writeUInt32(2, sampling.from().ordinal());
    if (sampling.algorithm() != Sampling.Algorithm.UNKNOWN) {
      out.writeUInt32(3, sampling.algorithm().ordinal());
    }
  }

  private static void text(CodedOutputStream out, int field, @Nullable String text)
      throws IOException {
    if (text != null) {
      out.writeString(field, text);
    }
  }

  /** Writes the fields of one table entry. */
  private interface Body<T> {
    void write(CodedOutputStream out, T value) throws IOException;
  }

  /** Values by identity, in the order in which they were first seen. */
  private static final class Table<T> {
    private final IdentityHashMap<T, Integer> indexes = new IdentityHashMap<>();
    private final List<T> entries = new ArrayList<>();
    private @Nullable T last;
    private int lastIndex;

    @SuppressWarnings("ReferenceEquality") // the table is by identity
    int index(T value) {
      if (value == last) {
        return lastIndex;
      }
      var known = indexes.get(value);
      if (known == null) {
        known = entries.size();
        indexes.put(value, known);
        entries.add(value);
      }
      last = value;
      lastIndex = known;
      return known;
    }
  }
}
