package io.penstock.event;

import com.google.protobuf.CodedInputStream;
import io.penstock.event.Endpoint.Nat;
import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Enrichment.ThreatMatch;
import io.penstock.event.EventBatch.Receipt;
import io.penstock.event.Traffic.Direction;
import io.penstock.event.Traffic.Sampling;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads one batch: tables first, then events that refer to them. */
final class EventReader {

  private static final Enrichment.Direction[] DIRECTIONS = Enrichment.Direction.values();
  private static final Direction[] OBSERVED_DIRECTIONS = Direction.values();
  private static final Sampling.Source[] SAMPLING_SOURCES = Sampling.Source.values();
  private static final Sampling.Algorithm[] SAMPLING_ALGORITHMS = Sampling.Algorithm.values();
  private static final ThreatMatch.Side[] SIDES = ThreatMatch.Side.values();
  private static final Event.Kind[] KINDS = Event.Kind.values();

  private final List<Origin> origins = new ArrayList<>();
  private final List<Geo> geos = new ArrayList<>();
  private final List<AutonomousSystem> systems = new ArrayList<>();
  private final List<ThreatMatch> threats = new ArrayList<>();
  private final List<String> reasons = new ArrayList<>();
  private final List<Sampling> samplings = new ArrayList<>();
  private final List<Event> events = new ArrayList<>();
  private final Fields fields = new Fields();

  EventBatch read(byte[] bytes, int offset, int length) throws IOException {
    var in = CodedInputStream.newInstance(bytes, offset, length);
    String tenant = "";
    Receipt receipt = null;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (tag >>> 3) {
        case 1 -> tenant = in.readString();
        case 2 -> receipt = nested(in, EventReader::readReceipt);
        case 3 -> origins.add(nested(in, EventReader::readOrigin));
        case 4 -> geos.add(nested(in, EventReader::readGeo));
        case 5 -> systems.add(nested(in, EventReader::readSystem));
        case 6 -> threats.add(nested(in, EventReader::readThreat));
        case 7 -> reasons.add(in.readString());
        case 8 -> samplings.add(nested(in, EventReader::readSampling));
        case 9 -> events.add(nested(in, this::readEvent));
        default -> in.skipField(tag);
      }
    }
    return new EventBatch(tenant, events, receipt);
  }

  private static <T> T nested(CodedInputStream in, Body<T> body) throws IOException {
    int limit = in.pushLimit(in.readRawVarint32());
    var value = body.read(in);
    in.checkLastTagWas(0);
    in.popLimit(limit);
    return value;
  }

  private Event readEvent(CodedInputStream in) throws IOException {
    var f = fields;
    f.clear();
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      int field = tag >>> 3;
      boolean known =
          field < 16
              ? f.readCommon(in, field)
              : field < 30
                  ? f.readTraffic(in, field)
                  : field < 50
                      ? f.readEndpoints(in, field)
                      : field < 60 ? f.readEnrichment(in, field) : f.readExchange(in, field);
      if (!known) {
        in.skipField(tag);
      }
    }
    return f.event(this);
  }

  private static Receipt readReceipt(CodedInputStream in) throws IOException {
    String endpoint = "";
    String key = "";
    byte[] fingerprint = {};
    long at = 0;
    int status = 0;
    String body = "";
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (tag >>> 3) {
        case 1 -> endpoint = in.readString();
        case 2 -> key = in.readString();
        case 3 -> fingerprint = in.readByteArray();
        case 4 -> at = in.readFixed64();
        case 5 -> status = in.readUInt32();
        case 6 -> body = in.readString();
        default -> in.skipField(tag);
      }
    }
    return new Receipt(endpoint, key, fingerprint, at, status, body);
  }

  private static Origin readOrigin(CodedInputStream in) throws IOException {
    var protocol = Protocol.FLOW_JSON;
    var exporter = Ip.NONE;
    int port = 0;
    long domain = Event.ABSENT;
    long sequence = Event.ABSENT;
    long exported = Event.ABSENT;
    long received = 0;
    String collector = null;
    String sourceId = null;
    String requestId = null;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (tag >>> 3) {
        case 1 -> protocol = Protocol.of(in.readUInt32());
        case 2 -> exporter = ip(in);
        case 3 -> port = in.readUInt32();
        case 4 -> domain = in.readUInt64();
        case 5 -> sequence = in.readUInt64();
        case 6 -> exported = in.readFixed64();
        case 7 -> received = in.readFixed64();
        case 8 -> collector = in.readString();
        case 9 -> sourceId = in.readString();
        case 10 -> requestId = in.readString();
        default -> in.skipField(tag);
      }
    }
    return new Origin(
        protocol, exporter, port, domain, sequence, exported, received, collector, sourceId,
        requestId);
  }

  private static Geo readGeo(CodedInputStream in) throws IOException {
    String country = "";
    String city = null;
    double latitude = Double.NaN;
    double longitude = Double.NaN;
    String timeZone = null;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (tag >>> 3) {
        case 1 -> country = in.readString();
        case 2 -> city = in.readString();
        case 3 -> latitude = in.readDouble();
        case 4 -> longitude = in.readDouble();
        case 5 -> timeZone = in.readString();
        default -> in.skipField(tag);
      }
    }
    return new Geo(country, city, latitude, longitude, timeZone);
  }

  private static AutonomousSystem readSystem(CodedInputStream in) throws IOException {
    long number = 0;
    String organization = null;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (tag >>> 3) {
        case 1 -> number = in.readUInt64();
        case 2 -> organization = in.readString();
        default -> in.skipField(tag);
      }
    }
    return new AutonomousSystem(number, organization);
  }

  private static ThreatMatch readThreat(CodedInputStream in) throws IOException {
    var side = ThreatMatch.Side.SOURCE;
    String value = "";
    String indicator = "";
    String category = "";
    int confidence = 0;
    String feed = "";
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (tag >>> 3) {
        case 1 -> side = SIDES[in.readUInt32()];
        case 2 -> value = in.readString();
        case 3 -> indicator = in.readString();
        case 4 -> category = in.readString();
        case 5 -> confidence = in.readUInt32();
        case 6 -> feed = in.readString();
        default -> in.skipField(tag);
      }
    }
    return new ThreatMatch(side, value, indicator, category, confidence, feed);
  }

  private static Sampling readSampling(CodedInputStream in) throws IOException {
    long rate = 0;
    var from = Sampling.Source.UNKNOWN;
    var algorithm = Sampling.Algorithm.UNKNOWN;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (tag >>> 3) {
        case 1 -> rate = in.readUInt64();
        case 2 -> from = SAMPLING_SOURCES[in.readUInt32()];
        case 3 -> algorithm = SAMPLING_ALGORITHMS[in.readUInt32()];
        default -> in.skipField(tag);
      }
    }
    return new Sampling(rate, from, algorithm);
  }

  private static Ip ip(CodedInputStream in) throws IOException {
    var bytes = in.readByteArray();
    return Ip.of(bytes, 0, bytes.length);
  }

  /** Reads the fields of one nested message. */
  private interface Body<T> {
    T read(CodedInputStream in) throws IOException;
  }

  /** The fields of one event while it is read. */
  private static final class Fields {
    private static final int NO_INDEX = -1;

    private final End source = new End();
    private final End destination = new End();
    private final List<Integer> threatIndexes = new ArrayList<>();
    private final List<Integer> reasonIndexes = new ArrayList<>();
    private long idHigh;
    private long idLow;
    private int kind;
    private int origin;
    private long start;
    private long duration;
    private int quirks;
    private byte[] extra = Event.NO_EXTRA;
    private int protocol;
    private int tcpFlags;
    private int tos;
    private int icmp;
    private int vlan;
    private int innerVlan;
    private int direction;
    private long ingress;
    private long egress;
    private @Nullable Ip nextHop;
    private int endReason;
    private int firewallEvent;
    private int forwardingStatus;
    private int sampling;
    private int risk;
    private int sourceGeo;
    private int destinationGeo;
    private int sourceSystem;
    private int destinationSystem;
    private int networkDirection;
    private @Nullable String product;
    private @Nullable String verdict;
    private String rule = "";
    private String scheme = "";
    private String method = "";
    private String host = "";
    private String path = "";
    private int status;
    private @Nullable String failure;

    void clear() {
      source.clear();
      destination.clear();
      idHigh = 0;
      idLow = 0;
      kind = 0;
      origin = 0;
      start = 0;
      duration = 0;
      quirks = 0;
      extra = Event.NO_EXTRA;
      protocol = Event.ABSENT;
      tcpFlags = Event.ABSENT;
      tos = Event.ABSENT;
      icmp = Event.ABSENT;
      vlan = Event.ABSENT;
      innerVlan = Event.ABSENT;
      direction = Direction.UNKNOWN.ordinal();
      ingress = Event.ABSENT;
      egress = Event.ABSENT;
      nextHop = null;
      endReason = Event.ABSENT;
      firewallEvent = Event.ABSENT;
      forwardingStatus = Event.ABSENT;
      sampling = NO_INDEX;
      risk = Event.ABSENT;
      sourceGeo = NO_INDEX;
      destinationGeo = NO_INDEX;
      sourceSystem = NO_INDEX;
      destinationSystem = NO_INDEX;
      networkDirection = 0;
      product = null;
      verdict = null;
      rule = "";
      scheme = "";
      method = "";
      host = "";
      path = "";
      status = Event.ABSENT;
      failure = null;
      threatIndexes.clear();
      reasonIndexes.clear();
    }

    boolean readCommon(CodedInputStream in, int field) throws IOException {
      switch (field) {
        case 1 -> idHigh = in.readFixed64();
        case 2 -> idLow = in.readFixed64();
        case 3 -> origin = in.readUInt32();
        case 4 -> start = in.readFixed64();
        case 5 -> duration = in.readSInt64();
        case 6 -> source.v4(in.readFixed32());
        case 7 -> destination.v4(in.readFixed32());
        case 8 -> source.port = in.readUInt32();
        case 9 -> destination.port = in.readUInt32();
        case 10 -> source.bytes = in.readUInt64();
        case 11 -> source.packets = in.readUInt64();
        case 12 -> protocol = in.readUInt32();
        case 13 -> tcpFlags = in.readUInt32();
        case 14 -> ingress = in.readUInt64();
        case 15 -> egress = in.readUInt64();
        default -> {
          return false;
        }
      }
      return true;
    }

    boolean readTraffic(CodedInputStream in, int field) throws IOException {
      switch (field) {
        case 16 -> kind = in.readUInt32();
        case 17 -> quirks = in.readUInt32();
        case 18 -> extra = in.readByteArray();
        case 19 -> tos = in.readUInt32();
        case 20 -> icmp = in.readUInt32();
        case 21 -> vlan = in.readUInt32();
        case 22 -> innerVlan = in.readUInt32();
        case 23 -> direction = in.readUInt32();
        case 24 -> nextHop = ip(in);
        case 25 -> endReason = in.readUInt32();
        case 26 -> firewallEvent = in.readUInt32();
        case 27 -> forwardingStatus = in.readUInt32();
        case 28 -> sampling = in.readUInt32();
        default -> {
          return false;
        }
      }
      return true;
    }

    boolean readEndpoints(CodedInputStream in, int field) throws IOException {
      switch (field) {
        case 30 -> source.ip(ip(in));
        case 31 -> source.prefixLength = in.readUInt32();
        case 32 -> source.as = in.readUInt64();
        case 33 -> source.mac = in.readFixed64();
        case 34 -> source.natIp = ip(in);
        case 35 -> source.natPort = in.readUInt32();
        case 40 -> destination.ip(ip(in));
        case 41 -> destination.prefixLength = in.readUInt32();
        case 42 -> destination.as = in.readUInt64();
        case 43 -> destination.mac = in.readFixed64();
        case 44 -> destination.natIp = ip(in);
        case 45 -> destination.natPort = in.readUInt32();
        case 46 -> destination.bytes = in.readUInt64();
        case 47 -> destination.packets = in.readUInt64();
        default -> {
          return false;
        }
      }
      return true;
    }

    boolean readEnrichment(CodedInputStream in, int field) throws IOException {
      switch (field) {
        case 50 -> risk = in.readUInt32();
        case 51 -> sourceGeo = in.readUInt32();
        case 52 -> destinationGeo = in.readUInt32();
        case 53 -> sourceSystem = in.readUInt32();
        case 54 -> destinationSystem = in.readUInt32();
        case 55 -> packed(in, threatIndexes);
        case 56 -> packed(in, reasonIndexes);
        case 57 -> networkDirection = in.readUInt32();
        default -> {
          return false;
        }
      }
      return true;
    }

    boolean readExchange(CodedInputStream in, int field) throws IOException {
      switch (field) {
        case 60 -> product = in.readString();
        case 61 -> verdict = in.readString();
        case 62 -> rule = in.readString();
        case 63 -> scheme = in.readString();
        case 64 -> method = in.readString();
        case 65 -> host = in.readString();
        case 66 -> path = in.readString();
        case 67 -> status = in.readUInt32();
        case 68 -> failure = in.readString();
        default -> {
          return false;
        }
      }
      return true;
    }

    private static void packed(CodedInputStream in, List<Integer> into) throws IOException {
      int limit = in.pushLimit(in.readRawVarint32());
      while (in.getBytesUntilLimit() > 0) {
        into.add(in.readUInt32());
      }
      in.popLimit(limit);
    }

    Event event(EventReader batch) {
      return new Event(
          idHigh,
          idLow,
          KINDS[kind],
          batch.origins.get(origin),
          start,
          start + duration,
          source.endpoint(),
          destination.endpoint(),
          traffic(batch),
          quirks,
          extra,
          risk == Event.ABSENT ? null : enrichment(batch),
          verdict == null
              ? null
              : new HttpExchange(
                  product, verdict, rule, scheme, method, host, path, status, failure));
    }

    private Traffic traffic(EventReader batch) {
      return new Traffic(
          protocol,
          tcpFlags,
          tos,
          icmp,
          vlan,
          innerVlan,
          OBSERVED_DIRECTIONS[direction],
          ingress,
          egress,
          nextHop,
          endReason,
          firewallEvent,
          forwardingStatus,
          sampling == NO_INDEX ? Sampling.UNKNOWN : batch.samplings.get(sampling));
    }

    private Enrichment enrichment(EventReader batch) {
      return new Enrichment(
          at(batch.geos, sourceGeo),
          at(batch.geos, destinationGeo),
          at(batch.systems, sourceSystem),
          at(batch.systems, destinationSystem),
          all(batch.threats, threatIndexes),
          risk,
          all(batch.reasons, reasonIndexes),
          DIRECTIONS[networkDirection]);
    }

    private static <T> @Nullable T at(List<T> table, int index) {
      return index == NO_INDEX ? null : table.get(index);
    }

    private static <T> List<T> all(List<T> table, List<Integer> indexes) {
      if (indexes.isEmpty()) {
        return List.of();
      }
      var values = new ArrayList<T>(indexes.size());
      for (int index : indexes) {
        values.add(table.get(index));
      }
      return List.copyOf(values);
    }
  }

  /** The fields of one end while it is read. */
  private static final class End {
    private long ipHigh;
    private long ipLow;
    private int port;
    private int prefixLength;
    private long as;
    private long mac;
    private long bytes;
    private long packets;
    private @Nullable Ip natIp;
    private int natPort;

    void clear() {
      ipHigh = 0;
      ipLow = 0;
      port = Event.ABSENT;
      prefixLength = Event.ABSENT;
      as = Event.ABSENT;
      mac = Event.ABSENT;
      bytes = Event.ABSENT;
      packets = Event.ABSENT;
      natIp = null;
      natPort = Event.ABSENT;
    }

    void v4(int bits) {
      ipHigh = 0;
      ipLow = Ip.v4Low(bits);
    }

    void ip(Ip ip) {
      ipHigh = ip.high();
      ipLow = ip.low();
    }

    Endpoint endpoint() {
      var nat = natIp == null ? null : new Nat(natIp, natPort);
      return new Endpoint(ipHigh, ipLow, port, prefixLength, as, mac, bytes, packets, nat);
    }
  }
}
