package io.penstock.shape;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.decode.Corpus;
import io.penstock.event.Endpoint;
import io.penstock.event.Enrichment;
import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Direction;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Enrichment.ThreatMatch;
import io.penstock.event.Event;
import io.penstock.event.HttpExchange;
import io.penstock.event.Ip;
import io.penstock.event.Origin;
import io.penstock.event.Protocol;
import io.penstock.event.Quirk;
import io.penstock.event.Traffic;
import io.penstock.event.Traffic.Sampling;
import io.penstock.records.BatchIds;
import io.penstock.records.JsonBatch;
import io.penstock.records.JsonRecords;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Events that between them have everything an event can have: recorded ones, posted ones, and made
 * ones for what no recording has. The same at each call.
 */
final class SampleEvents {

  private static final List<String> RECORDINGS =
      List.of(
          "exporters/softflowd-1.1.0_nf5_sampled10_mixed.pcap",
          "exporters/softflowd-1.1.0_ipfix_bidirectional_http.pcap",
          "exporters/softflowd-1.1.0_ipfix_ether_vlan.pcap",
          "exporters/pmacctd-1.7.7_nfprobe_v9_mixed.pcap",
          "exporters/pmacctd-1.7.7_sfprobe_sflow5_mixed.pcap",
          "goflow2/sflow5_sflow_test_TestSFlowDecodeDropEgressQueue-data_a8bffe.bin",
          "goflow2/nf.session.pcap",
          "vendors/Netflow_9_Cisco_ASA.pcap",
          "vendors/Netflow_9_H3C.pcap",
          "vendors/IPFIX_Mikrotik_RouterOS_6_39_2.pcap",
          "vendors/Netflow_9_Cisco_NBAR_options_template_260.pcap");

  /** Enough to show what a recording has. */
  private static final int OF_EACH = 5;

  private static final String POSTED =
      """
      [{"ts":1723351200.456,"src_ip":"10.0.0.10","dst_ip":"8.8.8.8","src_port":54000,\
      "dst_port":53,"protocol":"udp","bytes":120,"packets":1,\
      "note":"\\u00fc \\"x\\" \\\\ \\ud83d\\ude00 \\u0001","src":"mine",\
      "mplsTopLabel":[100,200],"l":[1,{"a":null}]},
      {"ts":1642176000.25,"uid":"C1","id.orig_h":"2001:db8::1","id.orig_p":128,\
      "id.resp_h":"2001:db8::2","id.resp_p":129,"proto":"icmp","duration":1.5,"orig_bytes":48,\
      "resp_bytes":48,"service":"ping"}]\
      """;

  private static final Geo LONDON = new Geo("GB", "London", 51.5142, -0.0931, "Europe/London");
  private static final Geo SOMEWHERE = new Geo("DE", null, Double.NaN, Double.NaN, null);
  private static final AutonomousSystem TELSTRA = new AutonomousSystem(1221, "Telstra \"Pty\" Ltd");
  private static final AutonomousSystem NAMELESS = new AutonomousSystem(4_200_000_000L, null);

  private static final List<ThreatMatch> THREATS =
      List.of(
          new ThreatMatch(
              ThreatMatch.Side.SOURCE,
              "198.51.100.7",
              "198.51.100.0/24",
              "scanner",
              25,
              "drop.txt"),
          new ThreatMatch(
              ThreatMatch.Side.DESTINATION, "203.0.113.9", "203.0.113.9", "c2", 90, "feodo.csv"),
          new ThreatMatch(
              ThreatMatch.Side.DOMAIN, "www.evil.example", "evil.example", "malware", 60, "d.csv"));

  private SampleEvents() {}

  static List<Event> all() {
    var events = new ArrayList<Event>();
    for (var recording : RECORDINGS) {
      var decoded = Corpus.decode(recording).events();
      events.addAll(decoded.subList(0, Math.min(OF_EACH, decoded.size())));
    }
    events.addAll(posted());
    events.addAll(made());
    events.addAll(exchanges());
    return events;
  }

  /** Requests of programs: answered here, blocked, failed on the way, and one that is sealed. */
  private static List<Event> exchanges() {
    var details =
        """
        "listener":"proxy","http_version":"HTTP/1.1",\
        "url":"https://cdn.example/t/index.html?v=1&guid=b117",\
        "query":[["v","1"],["guid","b117"]],\
        "request_headers":[["Host","cdn.example"],["User-Agent","curl/8.5 \\"x\\""],\
        ["Referer","https://app.example/"]],\
        "response_headers":[["content-type","text/html; charset=utf-8"]],\
        "duration_ns":3500000\
        """;
    return List.of(
        exchange(20, "192.0.2.80", details, http("MOCK", "GET", 200, null)),
        exchange(21, null, "\"listener\":\"proxy\"", http("BLOCK", "PATCH", 403, null)),
        exchange(22, null, "\"listener\":\"socks\"", http("OBSERVE", "POST", -1, "UPSTREAM_GONE")),
        exchange(23, null, "\"encrypted\":\"AAAA\"", http("TUNNEL", "CONNECT", 200, null)));
  }

  private static HttpExchange http(
      String verdict, String method, int status, @Nullable String failure) {
    return new HttpExchange(
        verdict.equals("MOCK") ? "cribl" : null,
        verdict,
        "cribl: /t/*",
        "https",
        method,
        "cdn.example",
        "/t/index.html",
        status < 0 ? Event.ABSENT : status,
        failure);
  }

  private static Event exchange(
      long id, @Nullable String server, String details, HttpExchange http) {
    long ended = 1_795_000_000_123_456_789L;
    var client = Ip.parse("10.1.2.3").orElseThrow();
    var origin =
        new Origin(
            Protocol.HTTP,
            client,
            50_123,
            Event.ABSENT,
            Event.ABSENT,
            Event.ABSENT,
            ended,
            null,
            null,
            null);
    var far = server == null ? Ip.NONE : Ip.parse(server).orElseThrow();
    return new Event(
        0x018bcfe568008000L,
        0x9000_0000_0000_0000L + id,
        Event.Kind.EXCHANGE,
        origin,
        ended - 3_500_000,
        ended,
        near(client, 50_123, 12),
        near(far, 443, http.status() == Event.ABSENT ? Event.ABSENT : 29),
        Traffic.NONE,
        0,
        details.getBytes(UTF_8),
        null,
        http);
  }

  private static Endpoint near(Ip ip, int port, long bytes) {
    return new Endpoint(
        ip.high(),
        ip.low(),
        port,
        Event.ABSENT,
        Event.ABSENT,
        Event.ABSENT,
        bytes,
        Event.ABSENT,
        null);
  }

  private static List<Event> posted() {
    var body = POSTED.getBytes(UTF_8);
    var sender =
        new JsonRecords.Sender(
            Ip.v4(0xc0000205), 1_795_000_000_000_000_000L, "edge-1", "src-9", "trace-1");
    var batch =
        new JsonRecords(10)
            .decode(body, body.length, JsonRecords.Expected.ANY, sender, new BatchIds(0x7001, 1));
    if (batch instanceof JsonBatch.Taken(var events)) {
      return events;
    }
    throw new IllegalStateException("the posted sample was not taken: " + batch);
  }

  private static List<Event> made() {
    var v4 = end("198.51.100.7", 50_000, 1_500, 3, "192.0.2.1", 61_000);
    var back = end("203.0.113.9", 443, 90_000, 70, null, 0);
    var v6 = end("2001:db8::7", 50_000, 800, 2, null, 0);
    var v6Back = end("2001:db8:0:1::9", 443, Event.ABSENT, Event.ABSENT, "2001:db8:f::1", 8443);
    return List.of(
        event(1, Event.Kind.FLOW, v4, back, traffic(6, Event.ABSENT, 100, rate(1_000)), 0)
            .enriched(found(LONDON, SOMEWHERE, TELSTRA, NAMELESS, THREATS, 90, Direction.INBOUND)),
        event(2, Event.Kind.FLOW, v6, v6Back, traffic(17, 1, 0, Sampling.UNKNOWN), 0)
            .enriched(found(null, LONDON, null, TELSTRA, List.of(), 30, Direction.INTERNAL)),
        // A firewall that denies, and one whose flow ends.
        event(3, Event.Kind.FLOW, v4, back, traffic(6, 3, 0, Sampling.UNKNOWN), 0)
            .enriched(found(null, null, null, null, List.of(), 10, Direction.EXTERNAL)),
        event(4, Event.Kind.FLOW, v4, back, traffic(132, 2, 0, Sampling.UNKNOWN), 0)
            .enriched(found(null, null, null, null, List.of(), 75, Direction.UNKNOWN)),
        event(5, Event.Kind.DROP, v4, back, traffic(6, Event.ABSENT, 0, rate(10)), 0),
        // Layer 2 only: neither end has an address.
        event(6, Event.Kind.FLOW, layer2(), Endpoint.NONE, Traffic.NONE, 0),
        // Counters too large to be scaled within 64 bits, and odd times.
        event(
            7,
            Event.Kind.FLOW,
            end("10.0.0.1", 1, Long.MAX_VALUE, 1L << 40, null, 0),
            Endpoint.NONE,
            traffic(255, Event.ABSENT, 0, rate(4_000)),
            Quirk.CLOCK_SKEW.bit() | Quirk.COUNTER_WRAP.bit()),
        event(8, Event.Kind.COUNTERS, Endpoint.NONE, Endpoint.NONE, Traffic.NONE, 0));
  }

  private static Event event(
      long id,
      Event.Kind kind,
      Endpoint source,
      Endpoint destination,
      Traffic traffic,
      int quirks) {
    long received = 1_795_000_000_123_456_789L;
    var origin =
        new Origin(
            Protocol.IPFIX,
            Ip.parse("2001:db8::ffff").orElseThrow(),
            4739,
            7,
            id == 7 ? Event.ABSENT : 4_294_967_295L,
            received + 5_000_000_000L,
            received,
            null,
            null,
            null);
    return new Event(
        0x018bcfe568008000L,
        0x9000_0000_0000_0000L + id,
        kind,
        origin,
        received - 60_000_000_000L,
        received - 1_500_000_000L,
        source,
        destination,
        traffic,
        quirks,
        "\"mplsTopLabelStackSection\":\"000641\",\"ifName\":\"ge-0\\/0\"".getBytes(UTF_8),
        null);
  }

  private static Endpoint end(
      String ip, int port, long bytes, long packets, @Nullable String nat, int natPort) {
    var address = Ip.parse(ip).orElseThrow();
    return new Endpoint(
        address.high(),
        address.low(),
        port,
        24,
        64_500,
        0x0a1b_2c3d_4e5fL,
        bytes,
        packets,
        nat == null ? null : new Endpoint.Nat(Ip.parse(nat).orElseThrow(), natPort));
  }

  private static Endpoint layer2() {
    return new Endpoint(
        0, 0, Event.ABSENT, Event.ABSENT, Event.ABSENT, 0x0a1b_2c3d_4e5fL, 64, 1, null);
  }

  private static Traffic traffic(int protocol, int firewallEvent, int innerVlan, Sampling rate) {
    return new Traffic(
        protocol,
        0x1b,
        0xb8,
        0x0800,
        20,
        innerVlan == 0 ? Event.ABSENT : innerVlan,
        Traffic.Direction.EGRESS,
        11,
        4_294_967_294L,
        Ip.parse("192.0.2.254").orElseThrow(),
        3,
        firewallEvent,
        firewallEvent == Event.ABSENT ? 64 : Event.ABSENT,
        rate);
  }

  private static Sampling rate(long rate) {
    return new Sampling(rate, Sampling.Source.SAMPLER, Sampling.Algorithm.RANDOM);
  }

  private static Enrichment found(
      @Nullable Geo sourceGeo,
      @Nullable Geo destinationGeo,
      @Nullable AutonomousSystem sourceAs,
      @Nullable AutonomousSystem destinationAs,
      List<ThreatMatch> threats,
      int risk,
      Direction direction) {
    return new Enrichment(
        sourceGeo,
        destinationGeo,
        sourceAs,
        destinationAs,
        threats,
        risk,
        risk > 30 ? List.of("threat_match") : List.of(),
        direction);
  }
}
