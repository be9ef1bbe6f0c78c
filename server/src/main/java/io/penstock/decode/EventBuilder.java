package io.penstock.decode;

import io.penstock.decode.OptionsRow.Lesson;
import io.penstock.event.Endpoint;
import io.penstock.event.Endpoint.Nat;
import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.IpProtocol;
import io.penstock.event.Origin;
import io.penstock.event.Quirk;
import io.penstock.event.Traffic;
import io.penstock.event.Traffic.Direction;
import io.penstock.event.Traffic.Sampling;
import io.penstock.event.Traffic.Sampling.Algorithm;
import io.penstock.event.Traffic.Sampling.Source;
import io.penstock.packet.HeaderProtocol;
import io.penstock.wire.DataRecord;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Collects what a record says and makes the event of it. Used again for every record of a decoder.
 *
 * <p>A {@link RecordPlan} first puts the fields into slots as they stand. What depends on several
 * fields (which of two address families is meant, when the flow started, what the sampling rate is)
 * is decided when the event is built; a value that this leaves without a place joins the extra
 * members.
 */
final class EventBuilder {

  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** Fewer octets than this for each packet cannot be: an IPv4 header alone has as many. */
  private static final int OCTETS_PER_PACKET_MIN = 20;

  /** Values of firewallEvent. */
  private static final int FLOW_CREATED = 1;

  private static final int FLOW_DELETED = 2;
  private static final int FLOW_DENIED = 3;
  private static final int FLOW_UPDATED = 5;

  private static final Slot[] CONNECTION_COUNTERS = {
    Slot.BYTES, Slot.PACKETS, Slot.REVERSE_BYTES, Slot.REVERSE_PACKETS
  };
  private static final byte[][] COUNTERS_AS_SENT = {
    ExtraField.encoded("bytesAsSent"),
    ExtraField.encoded("packetsAsSent"),
    ExtraField.encoded("reverseBytesAsSent"),
    ExtraField.encoded("reversePacketsAsSent")
  };

  private static final int APPLICATION_MEMBERS = NameKind.APPLICATION.members().size();
  private static final int HOPS = 256;
  private static final int RATES = 64;

  private final long[] slots = new long[Slot.COUNT];
  private final long[] counters = new long[FirewallConnections.COUNTERS];
  private final ExtraMembers extra = new ExtraMembers();
  private final ListWriter lists = new ListWriter(extra);
  private final FlowTimes times = new FlowTimes(slots, extra);
  private final TrafficPool traffics = new TrafficPool();
  private final SampledPacket packet;
  private final EventIds ids;
  // Routers name few next hops and few rates, over and over: no need for a new object each time.
  private final @Nullable Ip[] hops = new @Nullable Ip[HOPS];
  private final @Nullable Sampling[] rates = new @Nullable Sampling[RATES];

  private int quirks;
  private long high;
  private long low;

  EventBuilder(EventIds ids, DecodeConfig.Tunnels tunnels) {
    this.ids = ids;
    this.packet = new SampledPacket(tunnels);
  }

  /** Forgets the last record and turns to one of this message. */
  void begin(MessageContext message) {
    Arrays.fill(slots, Event.ABSENT);
    extra.clear();
    lists.begin();
    message.describe(extra);
    packet.begin();
    times.begin(message);
    quirks = message.quirks();
  }

  /** Forgets the last record and turns to a sample, which is as old as its datagram. */
  void begin(long nanos, int oddities) {
    Arrays.fill(slots, Event.ABSENT);
    extra.clear();
    lists.begin();
    packet.begin();
    times.begin(nanos);
    quirks = oddities;
  }

  /** What has no place of its own. */
  ExtraMembers extra() {
    return extra;
  }

  /** Writes the lists among them. */
  ListWriter lists() {
    return lists;
  }

  /**
   * Puts a field's value into a slot.
   *
   * @return false if the slot cannot say what was sent, so that it must stay extra
   */
  boolean place(
      Reading reading,
      int slot,
      long max,
      boolean fillsOnly,
      byte[] bytes,
      int offset,
      int length) {
    if (fillsOnly && slots[slot] > 0) {
      return false;
    }
    return switch (reading) {
      case NUMBER -> {
        long value = number(bytes, offset, length);
        boolean fits = value >= 0 && value <= max;
        slots[slot] = fits ? value : slots[slot];
        yield fits;
      }
      case IPV4 -> {
        slots[slot] = length == 4 ? (int) INT.get(bytes, offset) & 0xffff_ffffL : slots[slot];
        yield length == 4;
      }
      case IPV6 -> length == 16 && placeV6(slot, bytes, offset);
      default -> placeRare(reading, slot, bytes, offset, length);
    };
  }

  /** What most records hold once or never, apart: a longer {@link #place} is not inlined. */
  private boolean placeRare(Reading reading, int slot, byte[] bytes, int offset, int length) {
    return switch (reading) {
      case RATE -> {
        long value = number(bytes, offset, length);
        slots[slot] = value >= 0 ? value : slots[slot];
        yield value > 0;
      }
      case MAC -> {
        slots[slot] = length == 6 ? DataRecord.unsigned(bytes, offset, 6) : slots[slot];
        yield length == 6;
      }
      case NAME -> {
        slots[slot] = LongMap.mix(bytes, offset, length);
        yield true;
      }
      case PROBABILITY -> {
        long value = oneIn(bytes, offset, length);
        slots[slot] = value >= 0 ? value : slots[slot];
        yield value >= 0;
      }
      default -> times.place(reading, slot, bytes, offset, length);
    };
  }

  /**
   * Tells what the beginning of a sampled frame says, of all that the record itself has not said;
   * to be called when its own fields have been placed.
   *
   * @return whether there was an IP packet
   */
  boolean packet(HeaderProtocol protocol, byte[] bytes, int offset, int length) {
    return packet.tell(protocol, bytes, offset, length, this);
  }

  /** A record of a packet whose packets and octets nobody counted is about that one. */
  void countPacket() {
    offer(Slot.PACKETS, 1);
    offer(Slot.BYTES, packet.octets());
  }

  /** Fills a slot that is still empty. */
  void offer(Slot slot, long value) {
    int index = slot.ordinal();
    slots[index] = slots[index] == Event.ABSENT ? value : slots[index];
  }

  /** Whether the record sent this address, or none at all. */
  boolean agrees(Slot v4, Slot v6, long high, long low) {
    if (Ip.isV4(high, low) && get(v4) > 0) {
      return get(v4) == (low & 0xffff_ffffL);
    }
    boolean isSame = slots[v6.ordinal()] == high && slots[v6.ordinal() + 1] == low;
    return isSame || !isSent(v4, v6);
  }

  private boolean isSent(Slot v4, Slot v6) {
    return get(v4) > 0 || has(v6) && !isEmptyV6(v6);
  }

  /** Fills a slot that is empty or zero; whether it did. */
  boolean fill(Slot slot, long value) {
    if (get(slot) > 0) {
      return false;
    }
    set(slot, value);
    return true;
  }

  /** Fills an address that was not sent in either family; whether it did. */
  boolean fillAddress(Slot v4, Slot v6, byte[] bytes, int offset, int length) {
    if (isSent(v4, v6)) {
      return false;
    }
    return place(
        length == 4 ? Reading.IPV4 : Reading.IPV6,
        (length == 4 ? v4 : v6).ordinal(),
        0,
        false,
        bytes,
        offset,
        length);
  }

  /** Whether the addresses placed so far are IPv6. */
  boolean isPlacedV6() {
    boolean sentV4 = has(Slot.SOURCE_V4) || has(Slot.DESTINATION_V4);
    return (has(Slot.SOURCE_V6) || has(Slot.DESTINATION_V6)) && !sentV4;
  }

  /** Fills an address that was not sent in either family; {@code ::} stays an extra member. */
  void offerAddress(Slot v4, Slot v6, boolean isV6, long high, long low) {
    boolean hasNone = !isV6 && (high | low) == 0;
    if (isSent(v4, v6) || hasNone) {
      return;
    }
    if (isV6) {
      slots[v6.ordinal()] = high;
      slots[v6.ordinal() + 1] = low;
      return;
    }
    set(v4, low & 0xffff_ffffL);
  }

  /** An unsigned integer, ABSENT when it has no octets, more than eight, or 64 significant bits. */
  static long number(byte[] bytes, int offset, int length) {
    return switch (length) {
      case 1 -> bytes[offset] & 0xff;
      case 2 -> (short) SHORT.get(bytes, offset) & 0xffff;
      case 4 -> (int) INT.get(bytes, offset) & 0xffff_ffffL;
      case 8 -> Math.max((long) LONG.get(bytes, offset), Event.ABSENT);
      case 3, 5, 6, 7 -> DataRecord.unsigned(bytes, offset, length);
      default -> Event.ABSENT;
    };
  }

  private boolean placeV6(int slot, byte[] bytes, int offset) {
    long high = (long) LONG.get(bytes, offset);
    long low = (long) LONG.get(bytes, offset + 8);
    slots[slot] = high;
    slots[slot + 1] = low;
    // All ones is no address, and would look like an empty slot.
    return (high & low) != -1;
  }

  private static long oneIn(byte[] bytes, int offset, int length) {
    double probability =
        switch (length) {
          case 4 -> Float.intBitsToFloat((int) INT.get(bytes, offset));
          case 8 -> Double.longBitsToDouble((long) LONG.get(bytes, offset));
          default -> Double.NaN;
        };
    return probability > 0 && probability <= 1 ? Math.round(1 / probability) : Event.ABSENT;
  }

  /** The event of a flow record whose fields have been placed. */
  Event flow(MessageContext message, RecordPlan plan) {
    boolean isV6 = isV6();
    times.settle(message);
    settleWrap(plan);
    if (plan.isConnection()) {
      settleConnection(message);
    }
    var traffic = traffic(icmp(message.putsIcmpIntoPort()), sampling(message));
    var source = source(isV6);
    var destination = destination(isV6);
    NatEvents.write(get(Slot.NAT_EVENT), extra);
    Leftover.write(slots, extra);
    if (message.announcements().hasNames()) {
      join(message.announcements(), message.domain(), plan);
    }
    return event(message.origin(), Event.Kind.FLOW, source, destination, traffic);
  }

  /**
   * The event of a sampled packet, or of a discarded one, whose fields have been placed.
   *
   * @param announced what the agent said of itself; null when nothing
   */
  Event packet(Origin origin, Event.Kind kind, @Nullable Announcements announced) {
    boolean isV6 = isV6();
    long rate = get(Slot.RATE);
    var traffic =
        traffic(icmp(false), rate > 0 ? ofRecord(rate, Algorithm.UNKNOWN) : Sampling.UNKNOWN);
    var source = source(isV6);
    var destination = destination(isV6);
    Leftover.write(slots, extra);
    if (announced != null && announced.hasNames()) {
      joinInterfaces(announced, origin.observationDomain());
    }
    return event(origin, kind, source, destination, traffic);
  }

  /** The event of a moment's counters, all of which stand among the extra members. */
  Event counters(Origin origin) {
    return event(origin, Event.Kind.COUNTERS, Endpoint.NONE, Endpoint.NONE, Traffic.NONE);
  }

  private Traffic traffic(int icmp, Sampling sampling) {
    return traffics.of(
        (int) get(Slot.PROTOCOL),
        (int) get(Slot.TCP_FLAGS),
        (int) get(Slot.TOS),
        icmp,
        (int) get(Slot.VLAN),
        (int) get(Slot.INNER_VLAN),
        direction(),
        get(Slot.INGRESS),
        get(Slot.EGRESS),
        nextHop(),
        (int) get(Slot.END_REASON),
        (int) get(Slot.FIREWALL_EVENT),
        forwardingStatus(),
        sampling);
  }

  /** Adds what the exporter told of the numbers in the record, unless the record does so itself. */
  private void join(Announcements announced, long domain, RecordPlan plan) {
    if (!plan.tells(NameKind.INTERFACE)) {
      joinInterfaces(announced, domain);
    }
    if (!plan.tells(NameKind.APPLICATION)) {
      join(announced, domain, NameKind.APPLICATION, get(Slot.APPLICATION), 0, APPLICATION_MEMBERS);
    }
    if (!plan.tells(NameKind.VRF)) {
      join(announced, domain, NameKind.VRF, get(Slot.INGRESS_VRF), 0, 1);
      join(announced, domain, NameKind.VRF, get(Slot.EGRESS_VRF), 1, 2);
    }
    if (!plan.tells(NameKind.SAMPLER)) {
      join(announced, domain, NameKind.SAMPLER, get(Slot.SAMPLER), 0, 1);
    }
  }

  private void joinInterfaces(Announcements announced, long domain) {
    join(announced, domain, NameKind.INTERFACE, get(Slot.INGRESS), 0, 2);
    join(announced, domain, NameKind.INTERFACE, get(Slot.EGRESS), 2, 4);
  }

  private void join(
      Announcements announced, long domain, NameKind kind, long number, int from, int to) {
    if (number == Event.ABSENT) {
      return;
    }
    var members = announced.named(kind, domain, number);
    for (int i = from; members != null && i < to; i++) {
      if (members[i].length > 0) {
        extra.member(members[i]);
      }
    }
  }

  /**
   * The event of an options record; what it announces counts for its exporter from now on.
   *
   * @param record what was placed
   */
  Event options(MessageContext message, RecordPlan plan, DataRecord record) {
    announce(message, plan, record);
    times.set(message.believedExportNanos());
    return event(message.origin(), Event.Kind.OPTIONS, Endpoint.NONE, Endpoint.NONE, Traffic.NONE);
  }

  /** Takes note of what an options record announces. */
  void announce(MessageContext message, RecordPlan plan, DataRecord record) {
    var lesson =
        new Lesson(
            rate(), get(Slot.SAMPLER), get(Slot.ALGORITHM), algorithm(), get(Slot.SYSTEM_START));
    message
        .announcements()
        .learn(message.domain(), record, plan, lesson, message.origin().receivedNanos());
  }

  private Event event(
      Origin origin, Event.Kind kind, Endpoint source, Endpoint destination, Traffic traffic) {
    ids.next(origin.receivedNanos());
    return new Event(
        ids.high(),
        ids.low(),
        kind,
        origin,
        times.start(),
        times.end(),
        source,
        destination,
        traffic,
        quirks | times.quirks() | lists.quirks(),
        extra.toBytes(),
        null);
  }

  private Endpoint source(boolean isV6) {
    settleAddress(Slot.SOURCE_V4, Slot.SOURCE_V6, isV6);
    return new Endpoint(
        high,
        low,
        (int) get(Slot.SOURCE_PORT),
        prefix(Slot.SOURCE_PREFIX_V4, Slot.SOURCE_PREFIX_V6, isV6),
        get(Slot.SOURCE_AS),
        get(Slot.SOURCE_MAC),
        get(Slot.BYTES),
        get(Slot.PACKETS),
        nat(Slot.SOURCE_NAT_V4, Slot.SOURCE_NAT_V6, Slot.SOURCE_NAT_PORT));
  }

  private Endpoint destination(boolean isV6) {
    settleAddress(Slot.DESTINATION_V4, Slot.DESTINATION_V6, isV6);
    return new Endpoint(
        high,
        low,
        (int) get(Slot.DESTINATION_PORT),
        prefix(Slot.DESTINATION_PREFIX_V4, Slot.DESTINATION_PREFIX_V6, isV6),
        get(Slot.DESTINATION_AS),
        get(Slot.DESTINATION_MAC),
        get(Slot.REVERSE_BYTES),
        get(Slot.REVERSE_PACKETS),
        nat(Slot.DESTINATION_NAT_V4, Slot.DESTINATION_NAT_V6, Slot.DESTINATION_NAT_PORT));
  }

  /**
   * Whether the flow is IPv6 where a template has room for both families: as element 60 says, else
   * the family that is not all zero (decoding case 46).
   */
  private boolean isV6() {
    long version = get(Slot.IP_VERSION);
    boolean sentV4 = has(Slot.SOURCE_V4) || has(Slot.DESTINATION_V4);
    boolean sentV6 = has(Slot.SOURCE_V6) || has(Slot.DESTINATION_V6);
    boolean isV6 = sentV6 && !sentV4;
    if (sentV4 && sentV6) {
      boolean isV4Empty = get(Slot.SOURCE_V4) <= 0 && get(Slot.DESTINATION_V4) <= 0;
      boolean isV6Empty = isEmptyV6(Slot.SOURCE_V6) && isEmptyV6(Slot.DESTINATION_V6);
      isV6 = version == 6 || version != 4 && isV4Empty && !isV6Empty;
    }
    boolean tellsWhatAddressesTell = version == (isV6 ? 6 : 4) && (sentV4 || sentV6);
    if (tellsWhatAddressesTell) {
      clear(Slot.IP_VERSION);
    }
    return isV6;
  }

  /**
   * Leaves the address in {@link #high} and {@link #low}. The other family's zero says nothing; an
   * IPv4 address in mapped form stays extra too, since the event shows it as plain IPv4 (case 47),
   * as does {@code ::}, which an event cannot tell from no address.
   */
  private void settleAddress(Slot v4, Slot v6, boolean isV6) {
    high = 0;
    low = 0;
    if (has(v6) && (isV6 || !has(v4))) {
      high = slots[v6.ordinal()];
      low = slots[v6.ordinal() + 1];
      if (!Ip.isV4(high, low) && (high | low) != 0) {
        clearV6(v6);
      }
      if (get(v4) == 0) {
        clear(v4);
      }
      return;
    }
    if (has(v4)) {
      low = Ip.v4Low((int) get(v4));
      clear(v4);
    }
    if (isEmptyV6(v6)) {
      clearV6(v6);
    }
  }

  private int prefix(Slot v4, Slot v6, boolean isV6) {
    var own = isV6 ? v6 : v4;
    var other = isV6 ? v4 : v6;
    long length = take(own);
    if (length != Event.ABSENT && get(other) == 0) {
      clear(other);
    }
    return (int) length;
  }

  /**
   * The translated end; as with {@link #settleAddress}, a zero of the other family says nothing.
   */
  private @Nullable Nat nat(Slot v4, Slot v6, Slot port) {
    if (!has(v4) && !has(v6) && !has(port)) {
      return null;
    }
    var ip = Ip.NONE;
    if (has(v6) && !isEmptyV6(v6) && get(v4) <= 0) {
      ip = new Ip(slots[v6.ordinal()], slots[v6.ordinal() + 1]);
      clearV6(v6);
      clear(v4);
    } else if (has(v4)) {
      ip = Ip.v4((int) take(v4));
    }
    if (isEmptyV6(v6) && has(v4)) {
      clearV6(v6);
    }
    return new Nat(ip, (int) get(port));
  }

  /** The next hop; zero is none (decoding case 48). */
  private @Nullable Ip nextHop() {
    if (isEmptyV6(Slot.NEXT_HOP_V6)) {
      clearV6(Slot.NEXT_HOP_V6);
    }
    long v4 = get(Slot.NEXT_HOP_V4);
    if (v4 <= 0) {
      clear(Slot.NEXT_HOP_V4);
      int v6 = Slot.NEXT_HOP_V6.ordinal();
      var hop = has(Slot.NEXT_HOP_V6) ? hop(slots[v6], slots[v6 + 1]) : null;
      clearV6(Slot.NEXT_HOP_V6);
      return hop;
    }
    clear(Slot.NEXT_HOP_V4);
    return hop(0, Ip.v4Low((int) v4));
  }

  private Ip hop(long high, long low) {
    int index = (int) ((high ^ low) * 0x9e37_79b9_7f4a_7c15L >>> 56);
    var known = hops[index];
    if (known != null && known.low() == low && known.high() == high) {
      return known;
    }
    var hop = new Ip(high, low);
    hops[index] = hop;
    return hop;
  }

  /**
   * ICMP type and code of an ICMP flow (decoding case 53): from the combined element, from the two
   * single ones, or from the destination port, where exporters without such elements put it. What a
   * flow of another protocol holds there stays extra.
   */
  private int icmp(boolean isInPort) {
    long protocol = get(Slot.PROTOCOL);
    boolean isV6 = protocol == IpProtocol.ICMP6;
    if (!isV6 && protocol != IpProtocol.ICMP && protocol != Event.ABSENT) {
      return Event.ABSENT;
    }
    long icmp = isV6 ? take(Slot.ICMP_V6) : take(Slot.ICMP_V4);
    if (icmp == Event.ABSENT) {
      icmp =
          isV6
              ? typeAndCode(Slot.ICMP_TYPE_V6, Slot.ICMP_CODE_V6)
              : typeAndCode(Slot.ICMP_TYPE_V4, Slot.ICMP_CODE_V4);
    }
    if (icmp == Event.ABSENT && isV6) {
      icmp = take(Slot.ICMP_V4);
    }
    if (icmp == Event.ABSENT && protocol != Event.ABSENT && isInPort) {
      icmp = get(Slot.DESTINATION_PORT);
    }
    return (int) icmp;
  }

  private long typeAndCode(Slot type, Slot code) {
    if (!has(type) || !has(code)) {
      return Event.ABSENT;
    }
    return take(type) << 8 | take(code);
  }

  private Direction direction() {
    long direction = get(Slot.DIRECTION);
    if (direction != 0 && direction != 1) {
      return Direction.UNKNOWN;
    }
    clear(Slot.DIRECTION);
    return direction == 0 ? Direction.INGRESS : Direction.EGRESS;
  }

  /**
   * Leaves of a firewall's counters what was not counted before (decoding case 60). A connection
   * that was made or denied has carried nothing yet, whatever its counters hold.
   */
  private void settleConnection(MessageContext message) {
    long event = get(Slot.FIREWALL_EVENT);
    long connection = get(Slot.CONNECTION);
    for (int i = 0; i < CONNECTION_COUNTERS.length; i++) {
      counters[i] = get(CONNECTION_COUNTERS[i]);
    }
    var known = message.announcements().connections();
    if (event == FLOW_CREATED || event == FLOW_DENIED) {
      Arrays.fill(counters, Event.ABSENT);
    }
    if (event == FLOW_CREATED && connection > 0) {
      known.created(message.domain(), connection);
    }
    if (event == FLOW_UPDATED && connection > 0) {
      known.updated(message.domain(), connection, counters);
    }
    if (event == FLOW_DELETED && connection > 0) {
      known.ended(message.domain(), connection, counters);
    }
    for (int i = 0; i < CONNECTION_COUNTERS.length; i++) {
      long sent = get(CONNECTION_COUNTERS[i]);
      if (sent != counters[i]) {
        extra.member(COUNTERS_AS_SENT[i]);
        extra.unsigned(sent);
        set(CONNECTION_COUNTERS[i], counters[i]);
      }
    }
  }

  /** RFC 7270 §4.12: one octet. Some send four, with the octet first or last (case 58). */
  private int forwardingStatus() {
    long status = take(Slot.FORWARDING_STATUS);
    if (status <= 0xff) {
      return (int) status;
    }
    if ((status & 0xff_ffff) == 0) {
      return (int) (status >>> 24);
    }
    set(Slot.FORWARDING_STATUS, status);
    return Event.ABSENT;
  }

  private void settleWrap(RecordPlan plan) {
    long bytes = get(Slot.BYTES);
    long packets = get(Slot.PACKETS);
    // Dividing, because a product of two counters may overflow.
    boolean isImplausible = bytes > 0 && packets > bytes / OCTETS_PER_PACKET_MIN;
    quirks |= isImplausible && plan.hasShortByteCount() ? Quirk.COUNTER_WRAP.bit() : 0;
  }

  /**
   * The record's own rate, else that of its message's header, else what was announced, else what
   * the operator configured. Only NetFlow v5 has one in the header, and it tells of those very
   * flows: what the device announced beside it, in another protocol, is about others.
   */
  private Sampling sampling(MessageContext message) {
    long rate = rate();
    if (rate != Event.ABSENT) {
      return ofRecord(rate, algorithm());
    }
    if (message.headerSampling().rate() > 0) {
      return message.headerSampling();
    }
    var port = get(Slot.DIRECTION) == 1 ? Slot.EGRESS : Slot.INGRESS;
    var announcements = message.announcements();
    var announced =
        announcements.sampling(message.domain(), get(Slot.SEQUENCE), get(Slot.SAMPLER), get(port));
    return announced.rate() > 0 ? announced : announcements.configured();
  }

  /**
   * The sampling rate that the slots tell (decoding case 75): a rate; a run of sampled and a run of
   * skipped packets (RFC 5477 §8.2), of which some exporters send the first alone and mean a rate;
   * or so many out of a population. A rate of zero means that nothing was left out. A selector that
   * samples by time or filters by content has none.
   */
  private long rate() {
    long algorithm = get(Slot.ALGORITHM);
    boolean hasRate = algorithm < OptionsRow.FILTERS && algorithm != OptionsRow.TIME_BASED;
    if (!hasRate) {
      return Event.ABSENT;
    }
    long rate = get(Slot.RATE);
    if (rate > 0) {
      return rate;
    }
    long sampled = get(Slot.SAMPLED_RUN);
    long skipped = get(Slot.SKIPPED_RUN);
    if (sampled > 0) {
      return skipped >= 0 ? ratio(sampled + skipped, sampled) : sampled;
    }
    long size = get(Slot.SAMPLE_SIZE);
    if (size > 0 && get(Slot.SAMPLE_POPULATION) >= size) {
      return ratio(get(Slot.SAMPLE_POPULATION), size);
    }
    return rate == 0 ? 1 : Event.ABSENT;
  }

  private static long ratio(long all, long some) {
    return Math.max(1, Math.round((double) all / some));
  }

  private Algorithm algorithm() {
    return SamplingAlgorithms.of(get(Slot.ALGORITHM), get(Slot.SAMPLING_MODE));
  }

  private Sampling ofRecord(long rate, Algorithm algorithm) {
    int index = (int) (rate * 0x9e37_79b9_7f4a_7c15L >>> 58);
    var known = rates[index];
    if (known != null && known.rate() == rate && known.algorithm() == algorithm) {
      return known;
    }
    var sampling = new Sampling(rate, Source.RECORD, algorithm);
    rates[index] = sampling;
    return sampling;
  }

  private long get(Slot slot) {
    return slots[slot.ordinal()];
  }

  private boolean has(Slot slot) {
    return slots[slot.ordinal()] != Event.ABSENT;
  }

  private boolean isEmptyV6(Slot slot) {
    return (slots[slot.ordinal()] | slots[slot.ordinal() + 1]) == 0;
  }

  private void set(Slot slot, long value) {
    slots[slot.ordinal()] = value;
  }

  private long take(Slot slot) {
    long value = slots[slot.ordinal()];
    slots[slot.ordinal()] = Event.ABSENT;
    return value;
  }

  private void clear(Slot slot) {
    slots[slot.ordinal()] = Event.ABSENT;
  }

  private void clearV6(Slot slot) {
    slots[slot.ordinal()] = Event.ABSENT;
    slots[slot.ordinal() + 1] = Event.ABSENT;
  }
}
