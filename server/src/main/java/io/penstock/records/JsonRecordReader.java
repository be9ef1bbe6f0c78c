package io.penstock.records;

import io.penstock.event.Endpoint;
import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.IpProtocol;
import io.penstock.event.Origin;
import io.penstock.event.Quirk;
import io.penstock.event.Traffic;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Makes an event of one JSON object. First the object's members are sorted, as ranges of bytes,
 * into the event's fields and the rest; then the fields are converted. What makes a flow a flow
 * (time, addresses, ports, counters) must be well formed, or the record is refused. Any other value
 * that does not fit its place stays in the event as it was sent, as does every unknown member.
 *
 * <p>One reader serves one batch, record after record; for one thread.
 */
final class JsonRecordReader {

  /** Most members of a record; more is an error of the record. */
  private static final int MEMBERS_MAX = 256;

  /** Most bytes of a record; more is an error of the record. */
  private static final int RECORD_BYTES_MAX = 256 * 1024;

  private static final long MAC_MAX = 0xffff_ffff_ffffL;
  private static final long UNSIGNED_32_MAX = 0xffff_ffffL;

  /** Prefix of a member whose name the event's document uses itself. */
  private static final byte[] SENT = "sent.".getBytes(StandardCharsets.US_ASCII);

  private static final FieldNames RESERVED = reserved();

  /** Traffic of which only the protocol is known, by far the most frequent sort. */
  private static final Traffic[] ONLY_PROTOCOL = onlyProtocol();

  /** What a record must have. */
  enum Required {
    /** flows.v1 */
    FLOW,
    /** NetFlow JSON */
    NETFLOW,
    /** A time or an originator. */
    ZEEK_LENIENT,
    /** A time and both ends. */
    ZEEK
  }

  private final byte[] in;
  private final JsonScanner scanner;
  private final BatchIds ids;
  private final Origin flowOrigin;
  private final Origin zeekOrigin;

  private final int[] nameStart = new int[JsonField.count()];
  private final int[] nameEnd = new int[JsonField.count()];
  private final int[] valueStart = new int[JsonField.count()];
  private final int[] valueEnd = new int[JsonField.count()];
  private final int[] rank = new int[JsonField.count()];
  private long present;

  /** Name start, name end, value start, value end of each member without a place. */
  private int[] extra = new int[4 * 32];

  private int extras;
  private byte[] extraBytes = new byte[512];
  private @Nullable String error;
  private int quirks;

  JsonRecordReader(
      byte[] in, JsonScanner scanner, BatchIds ids, Origin flowOrigin, Origin zeekOrigin) {
    this.in = in;
    this.scanner = scanner;
    this.ids = ids;
    this.flowOrigin = flowOrigin;
    this.zeekOrigin = zeekOrigin;
  }

  /** Why the last record gave no event. */
  String error() {
    return error == null ? "unreadable record" : error;
  }

  /** Whether the object ahead carries Zeek's ids. Does not move. */
  boolean isZeekAhead() {
    int start = scanner.position();
    boolean zeek = false;
    scanner.expect('{');
    if (!scanner.take('}')) {
      do {
        int name = scanner.readName();
        int end = scanner.nameEnd();
        zeek |= JsonField.ZEEK_MARKS.find(in, name, end, scanner.nameHash()) >= 0;
        zeek |= end - name == 2 && in[name] == 'i' && in[name + 1] == 'd' && scanner.peek() == '{';
        scanner.skipValue();
      } while (!zeek && scanner.take(','));
    }
    scanner.moveTo(start);
    return zeek;
  }

  /** Takes the object ahead; null when it cannot be an event. The object is taken either way. */
  @Nullable Event read(int index, boolean zeek, Required required) {
    present = 0;
    extras = 0;
    quirks = 0;
    error = null;
    scanner.peek();
    int start = scanner.position();
    readMembers(zeek ? JsonField.ZEEK : JsonField.FLOW);
    if (scanner.position() - start > RECORD_BYTES_MAX) {
      fail("larger than " + RECORD_BYTES_MAX + " bytes");
    }
    checkRequired(required);
    return error == null ? toEvent(index, zeek) : null;
  }

  private void readMembers(FieldNames names) {
    scanner.expect('{');
    if (scanner.take('}')) {
      return;
    }
    int members = 0;
    do {
      int name = scanner.readName();
      int end = scanner.nameEnd();
      int found = find(names, name, end);
      int next = scanner.peek();
      int value = scanner.position();
      if (found >= 0 && JsonField.ordinalOf(found) == JsonField.ZEEK_ID.ordinal() && next == '{') {
        readMembers(JsonField.ZEEK_NESTED);
        continue;
      }
      scanner.skipValue();
      if (++members > MEMBERS_MAX) {
        fail("more than " + MEMBERS_MAX + " members");
      } else {
        sort(found, name, end, value, scanner.position());
      }
    } while (scanner.take(','));
    scanner.expect('}');
  }

  private int find(FieldNames names, int start, int end) {
    if (!scanner.wasEscaped()) {
      return names.find(in, start, end, scanner.nameHash());
    }
    var plain =
        JsonValues.unescaped(new String(in, start, end - start, StandardCharsets.UTF_8))
            .getBytes(StandardCharsets.UTF_8);
    return names.find(plain, 0, plain.length, FieldNames.hash(plain, 0, plain.length));
  }

  /** Puts a member in its field, or with the rest when it has none or a better one holds it. */
  private void sort(int found, int name, int nameTo, int value, int valueTo) {
    if (found < 0 || JsonField.ordinalOf(found) == JsonField.ZEEK_ID.ordinal()) {
      addExtra(name, nameTo, value, valueTo);
      return;
    }
    boolean empty =
        JsonValues.isNull(in, value, valueTo) || valueTo - value == 2 && in[value] == '"';
    if (empty) {
      return;
    }
    int field = JsonField.ordinalOf(found);
    int newRank = JsonField.rankOf(found);
    if ((present & 1L << field) != 0) {
      if (newRank > rank[field]) {
        addExtra(name, nameTo, value, valueTo);
        return;
      }
      if (newRank < rank[field]) {
        addExtra(nameStart[field], nameEnd[field], valueStart[field], valueEnd[field]);
      }
    }
    present |= 1L << field;
    rank[field] = newRank;
    nameStart[field] = name;
    nameEnd[field] = nameTo;
    valueStart[field] = value;
    valueEnd[field] = valueTo;
  }

  /** A name that comes twice keeps its last value, as in every other JSON reader. */
  private void addExtra(int name, int nameTo, int value, int valueTo) {
    int at = extras;
    for (int i = 0; i < extras; i += 4) {
      if (Arrays.equals(in, extra[i], extra[i + 1], in, name, nameTo)) {
        at = i;
        break;
      }
    }
    if (at == extra.length) {
      extra = Arrays.copyOf(extra, 2 * extra.length);
    }
    extra[at] = name;
    extra[at + 1] = nameTo;
    extra[at + 2] = value;
    extra[at + 3] = valueTo;
    extras = Math.max(extras, at + 4);
  }

  private boolean has(JsonField field) {
    return (present & 1L << field.ordinal()) != 0;
  }

  private void fail(String why) {
    if (error == null) {
      error = why;
    }
  }

  private void checkRequired(Required required) {
    boolean time = has(JsonField.START);
    boolean source = has(JsonField.SOURCE_IP);
    boolean destination = has(JsonField.DESTINATION_IP);
    switch (required) {
      case ZEEK_LENIENT -> {
        if (!time && !source) {
          fail("missing required fields (ts or id.orig_h)");
        }
      }
      case NETFLOW -> {
        if (!time || !source || !destination) {
          fail("missing required fields (timestamp, src_ip, dst_ip)");
        }
      }
      case FLOW, ZEEK -> {
        if (!time) {
          fail("Missing event timestamp. Required one of: ts, time, @timestamp");
        } else if (!source || !destination) {
          String first = required == Required.ZEEK ? "id.orig_h" : "src_ip";
          String second = required == Required.ZEEK ? "id.resp_h" : "dst_ip";
          fail(
              "Missing required flow fields: "
                  + (source ? second : destination ? first : first + ", " + second));
        }
      }
    }
  }

  private @Nullable Event toEvent(int index, boolean zeek) {
    var origin = zeek ? zeekOrigin : flowOrigin;
    long start = start(origin.receivedNanos());
    long end = end(start);
    int protocol = protocol();
    var source =
        endpoint(
            JsonField.SOURCE_IP,
            JsonField.SOURCE_PORT,
            JsonField.SOURCE_PREFIX,
            JsonField.SOURCE_AS,
            JsonField.SOURCE_MAC,
            JsonField.BYTES,
            JsonField.PACKETS,
            JsonField.SOURCE_NAT_IP,
            JsonField.SOURCE_NAT_PORT);
    var destination =
        endpoint(
            JsonField.DESTINATION_IP,
            JsonField.DESTINATION_PORT,
            JsonField.DESTINATION_PREFIX,
            JsonField.DESTINATION_AS,
            JsonField.DESTINATION_MAC,
            JsonField.REVERSE_BYTES,
            JsonField.REVERSE_PACKETS,
            JsonField.DESTINATION_NAT_IP,
            JsonField.DESTINATION_NAT_PORT);
    var traffic = traffic(protocol, zeek, source.port(), destination.port());
    if (error != null) {
      return null;
    }
    return new Event(
        ids.high(),
        ids.low(index),
        Event.Kind.FLOW,
        origin,
        start,
        end,
        source,
        destination,
        traffic,
        quirks,
        extraMembers(),
        null);
  }

  private long start(long receivedNanos) {
    if (!has(JsonField.START)) {
      quirks |= Quirk.TIME_MISSING.bit();
      return receivedNanos;
    }
    int field = JsonField.START.ordinal();
    long start = JsonValues.time(in, valueStart[field], valueEnd[field]);
    if (start == JsonValues.NONE) {
      fail(sentName(JsonField.START) + " is not a time");
    }
    return start;
  }

  private long end(long start) {
    if (has(JsonField.END)) {
      int field = JsonField.END.ordinal();
      long end = JsonValues.time(in, valueStart[field], valueEnd[field]);
      if (end >= start) {
        return end;
      }
      if (end > 0) {
        quirks |= Quirk.NEGATIVE_DURATION.bit();
      }
      spill(JsonField.END);
    }
    if (has(JsonField.DURATION)) {
      int field = JsonField.DURATION.ordinal();
      long nanos = JsonValues.duration(in, valueStart[field], valueEnd[field]);
      if (nanos >= 0 && start <= Long.MAX_VALUE - nanos) {
        return start + nanos;
      }
      spill(JsonField.DURATION);
    }
    return start;
  }

  /** A number or a name; a name that nobody knows stays as it was sent. */
  private int protocol() {
    if (!has(JsonField.PROTOCOL)) {
      return Event.ABSENT;
    }
    int field = JsonField.PROTOCOL.ordinal();
    int from = valueStart[field];
    int to = valueEnd[field];
    long number = JsonValues.wholeNumber(in, from, to);
    if (number >= 0 && number <= 255) {
      return (int) number;
    }
    var named = OptionalInt.empty();
    if (JsonValues.isQuoted(in, from, to) && to - from <= 32) {
      int common = commonProtocol(from, to);
      if (common >= 0) {
        return common;
      }
      named = IpProtocol.number(JsonValues.string(in, from, to));
    }
    if (named.isEmpty()) {
      spill(JsonField.PROTOCOL);
    }
    return named.orElse(Event.ABSENT);
  }

  private int commonProtocol(int from, int to) {
    if (to - from != 5) {
      return -1;
    }
    return switch ((in[from + 1] | 0x20) << 16 | (in[from + 2] | 0x20) << 8 | in[from + 3] | 0x20) {
      case 't' << 16 | 'c' << 8 | 'p' -> IpProtocol.TCP;
      case 'u' << 16 | 'd' << 8 | 'p' -> IpProtocol.UDP;
      default -> -1;
    };
  }

  private Endpoint endpoint(
      JsonField ip,
      JsonField port,
      JsonField prefix,
      JsonField as,
      JsonField mac,
      JsonField bytes,
      JsonField packets,
      JsonField natIp,
      JsonField natPort) {
    long high = 0;
    long low = 0;
    if (has(ip)) {
      int field = ip.ordinal();
      long v4 = JsonValues.v4(in, valueStart[field], valueEnd[field]);
      if (v4 != JsonValues.NONE) {
        low = Ip.v4Low((int) v4);
      } else {
        var parsed = JsonValues.ip(in, valueStart[field], valueEnd[field]);
        if (parsed.isEmpty()) {
          fail(sentName(ip) + " is not an IP address");
        } else {
          high = parsed.get().high();
          low = parsed.get().low();
        }
      }
    }
    return new Endpoint(
        high,
        low,
        (int) checked(port, 65_535, " is not a port (0 to 65535)"),
        (int) prefixLength(prefix),
        optional(as, UNSIGNED_32_MAX),
        mac(mac),
        checked(bytes, Long.MAX_VALUE, " is not a whole number of 0 or more"),
        checked(packets, Long.MAX_VALUE, " is not a whole number of 0 or more"),
        nat(natIp, natPort));
  }

  private long checked(JsonField field, long max, String otherwise) {
    if (!has(field)) {
      return Event.ABSENT;
    }
    long value = JsonValues.wholeNumber(in, valueStart[field.ordinal()], valueEnd[field.ordinal()]);
    if (value < 0 || value > max) {
      fail(sentName(field) + otherwise);
    }
    return value;
  }

  private long optional(JsonField field, long max) {
    if (!has(field)) {
      return Event.ABSENT;
    }
    long value = JsonValues.wholeNumber(in, valueStart[field.ordinal()], valueEnd[field.ordinal()]);
    if (value < 0 || value > max) {
      spill(field);
      return Event.ABSENT;
    }
    return value;
  }

  private long prefixLength(JsonField field) {
    return optional(field, 128);
  }

  private long mac(JsonField field) {
    if (!has(field)) {
      return Event.ABSENT;
    }
    long value = JsonValues.mac(in, valueStart[field.ordinal()], valueEnd[field.ordinal()]);
    if (value < 0 || value > MAC_MAX) {
      spill(field);
      return Event.ABSENT;
    }
    return value;
  }

  private Endpoint.@Nullable Nat nat(JsonField ip, JsonField port) {
    var address = optionalIp(ip);
    if (address == null) {
      if (has(port)) {
        spill(port);
      }
      return null;
    }
    return new Endpoint.Nat(address, (int) optional(port, 65_535));
  }

  private @Nullable Ip optionalIp(JsonField field) {
    if (!has(field)) {
      return null;
    }
    var ip = JsonValues.ip(in, valueStart[field.ordinal()], valueEnd[field.ordinal()]);
    if (ip.isEmpty()) {
      spill(field);
    }
    return ip.orElse(null);
  }

  private static final long TRAFFIC_FIELDS =
      bit(JsonField.TCP_FLAGS)
          | bit(JsonField.TOS)
          | bit(JsonField.ICMP)
          | bit(JsonField.ICMP_TYPE)
          | bit(JsonField.ICMP_CODE)
          | bit(JsonField.VLAN)
          | bit(JsonField.INNER_VLAN)
          | bit(JsonField.INGRESS_INTERFACE)
          | bit(JsonField.EGRESS_INTERFACE)
          | bit(JsonField.NEXT_HOP)
          | bit(JsonField.END_REASON)
          | bit(JsonField.FIREWALL_EVENT)
          | bit(JsonField.FLOW_DIRECTION)
          | bit(JsonField.FORWARDING_STATUS)
          | bit(JsonField.SAMPLING_RATE);

  private static long bit(JsonField field) {
    return 1L << field.ordinal();
  }

  private Traffic traffic(int protocol, boolean zeek, int sourcePort, int destinationPort) {
    int icmp = icmp(protocol, zeek, sourcePort, destinationPort);
    if ((present & TRAFFIC_FIELDS) == 0 && icmp == Event.ABSENT) {
      return protocol == Event.ABSENT ? Traffic.NONE : ONLY_PROTOCOL[protocol];
    }
    return new Traffic(
        protocol,
        (int) optional(JsonField.TCP_FLAGS, 0xffff),
        (int) optional(JsonField.TOS, 0xff),
        icmp,
        (int) optional(JsonField.VLAN, 0xffff),
        (int) optional(JsonField.INNER_VLAN, 0xffff),
        direction(),
        optional(JsonField.INGRESS_INTERFACE, UNSIGNED_32_MAX),
        optional(JsonField.EGRESS_INTERFACE, UNSIGNED_32_MAX),
        optionalIp(JsonField.NEXT_HOP),
        (int) optional(JsonField.END_REASON, 0xff),
        (int) optional(JsonField.FIREWALL_EVENT, 0xff),
        (int) optional(JsonField.FORWARDING_STATUS, 0xff),
        sampling());
  }

  /** Type and code. Zeek writes them where ports stand; goflow2 writes zeros for every protocol. */
  private int icmp(int protocol, boolean zeek, int sourcePort, int destinationPort) {
    long combined = optional(JsonField.ICMP, 0xffff);
    boolean isIcmp = protocol == IpProtocol.ICMP || protocol == IpProtocol.ICMP6;
    if (has(JsonField.ICMP_TYPE) && isIcmp) {
      long type = optional(JsonField.ICMP_TYPE, 0xff);
      long code = optional(JsonField.ICMP_CODE, 0xff);
      return type < 0 ? (int) combined : (int) (type << 8 | Math.max(code, 0));
    }
    if (has(JsonField.ICMP_TYPE)) {
      spill(JsonField.ICMP_TYPE);
    }
    if (has(JsonField.ICMP_CODE)) {
      spill(JsonField.ICMP_CODE);
    }
    boolean inPorts =
        zeek && isIcmp && combined < 0 && sourcePort >= 0 && (sourcePort | destinationPort) <= 0xff;
    return inPorts ? sourcePort << 8 | Math.max(destinationPort, 0) : (int) combined;
  }

  private Traffic.Direction direction() {
    return switch ((int) optional(JsonField.FLOW_DIRECTION, 1)) {
      case 0 -> Traffic.Direction.INGRESS;
      case 1 -> Traffic.Direction.EGRESS;
      default -> Traffic.Direction.UNKNOWN;
    };
  }

  private Traffic.Sampling sampling() {
    long rate = optional(JsonField.SAMPLING_RATE, UNSIGNED_32_MAX);
    return rate <= 0
        ? Traffic.Sampling.UNKNOWN
        : new Traffic.Sampling(rate, Traffic.Sampling.Source.RECORD);
  }

  /** Keeps a field's member as it was sent. */
  private void spill(JsonField field) {
    int i = field.ordinal();
    addExtra(nameStart[i], nameEnd[i], valueStart[i], valueEnd[i]);
  }

  private String sentName(JsonField field) {
    int i = field.ordinal();
    return new String(in, nameStart[i], nameEnd[i] - nameStart[i], StandardCharsets.UTF_8);
  }

  private byte[] extraMembers() {
    if (extras == 0) {
      return Event.NO_EXTRA;
    }
    int length = 0;
    for (int i = 0; i < extras; i += 4) {
      int name = extra[i];
      int nameLength = extra[i + 1] - name;
      int valueLength = extra[i + 3] - extra[i + 2];
      int needed = length + nameLength + valueLength + SENT.length + 4;
      if (needed > extraBytes.length) {
        extraBytes = Arrays.copyOf(extraBytes, Math.max(needed, 2 * extraBytes.length));
      }
      if (i > 0) {
        extraBytes[length++] = ',';
      }
      extraBytes[length++] = '"';
      int hash = FieldNames.hash(in, name, extra[i + 1]);
      if (RESERVED.find(in, name, extra[i + 1], hash) >= 0) {
        System.arraycopy(SENT, 0, extraBytes, length, SENT.length);
        length += SENT.length;
      }
      System.arraycopy(in, name, extraBytes, length, nameLength);
      length += nameLength;
      extraBytes[length++] = '"';
      extraBytes[length++] = ':';
      System.arraycopy(in, extra[i + 2], extraBytes, length, valueLength);
      length += valueLength;
    }
    return Arrays.copyOf(extraBytes, length);
  }

  private static Traffic[] onlyProtocol() {
    var all = new Traffic[256];
    for (int protocol = 0; protocol < all.length; protocol++) {
      var none = Traffic.NONE;
      all[protocol] =
          new Traffic(
              protocol,
              none.tcpFlags(),
              none.tos(),
              none.icmp(),
              none.vlan(),
              none.innerVlan(),
              none.direction(),
              none.ingressInterface(),
              none.egressInterface(),
              null,
              none.endReason(),
              none.firewallEvent(),
              none.forwardingStatus(),
              none.sampling());
    }
    return all;
  }

  /** Whether an event has a member of this name, so that no extra member may be called so. */
  static boolean isReserved(String name) {
    var bytes = name.getBytes(StandardCharsets.UTF_8);
    return RESERVED.find(bytes, 0, bytes.length, FieldNames.hash(bytes, 0, bytes.length)) >= 0;
  }

  /** The names that an event's document uses itself; a test compares them with what it prints. */
  private static FieldNames reserved() {
    var names =
        """
        id kind type tenant @timestamp ts client_ip exporter_port observation_domain sequence
        exported received collector_id source_id trace_id start end src_ip dst_ip src_port dst_port
        src_mask dst_mask src_as dst_as src_mac dst_mac src_nat_ip src_nat_port dst_nat_ip
        dst_nat_port proto protocol tcp_flags tos icmp_type icmp_code vlan_id inner_vlan_id
        flow_direction ingress_if egress_if next_hop end_reason firewall_event forwarding_status
        bytes packets reverse_bytes reverse_packets sampling_rate sampling scaled_bytes
        scaled_packets reverse_scaled_bytes reverse_scaled_packets clock_skew geo asn src_geo
        dst_geo src_asn dst_asn ti threat risk_score risk_10 reasons tags network_direction _source
        _enqueued_ts _processed_at _enriched quirks community_id exchange
        """;
    var map = new HashMap<String, Integer>();
    for (var name : names.strip().split("\\s+")) {
      map.put(name, 0);
    }
    return new FieldNames(map);
  }
}
