package io.penstock.records;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.avaje.json.mapper.JsonMapper;
import io.penstock.event.Event;
import io.penstock.event.EventJson;
import io.penstock.event.Events;
import io.penstock.event.Ip;
import io.penstock.event.Protocol;
import io.penstock.event.Quirk;
import io.penstock.event.Traffic;
import io.penstock.records.JsonBatch.Fault;
import io.penstock.records.JsonBatch.RecordError;
import io.penstock.records.JsonRecords.Expected;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonRecordsTest {

  private static final long RECEIVED = 1_790_000_000_123_456_789L;
  private static final JsonRecords.Sender SENDER =
      new JsonRecords.Sender(Ip.v4(0x7f000001), RECEIVED, "header-collector", null, "trace-1");
  private static final String FLOW =
      """
      {"ts":1723351200.456,"src_ip":"10.0.0.10","dst_ip":"8.8.8.8","src_port":54000,\
      "dst_port":53,"protocol":"udp","bytes":120,"packets":1}""";

  private static JsonBatch decode(Expected expected, String body) {
    return decode(expected, body.getBytes(UTF_8));
  }

  private static JsonBatch decode(Expected expected, byte[] body) {
    return new JsonRecords(10_000)
        .decode(body, body.length, expected, SENDER, BatchIds.at(1_790_000_000_123L));
  }

  private static List<Event> events(Expected expected, String body) {
    var batch = decode(expected, body);
    assertThat(batch).isInstanceOf(JsonBatch.Taken.class);
    return ((JsonBatch.Taken) batch).events();
  }

  private static Event event(Expected expected, String body) {
    var events = events(expected, body);
    assertThat(events).hasSize(1);
    return events.getFirst();
  }

  private static String extra(Event event) {
    return new String(event.extra(), UTF_8);
  }

  private static List<RecordError> errors(Expected expected, String body) {
    var batch = decode(expected, body);
    assertThat(batch).isInstanceOf(JsonBatch.Invalid.class);
    return ((JsonBatch.Invalid) batch).errors();
  }

  private static Fault fault(Expected expected, String body) {
    var batch = decode(expected, body);
    assertThat(batch).isInstanceOf(JsonBatch.Malformed.class);
    return ((JsonBatch.Malformed) batch).fault();
  }

  @Test
  void aFlowFillsAnEvent() {
    var event = event(Expected.ANY, FLOW);

    assertThat(event.kind()).isEqualTo(Event.Kind.FLOW);
    assertThat(event.startNanos()).isEqualTo(1_723_351_200_456_000_000L);
    assertThat(event.endNanos()).isEqualTo(event.startNanos());
    assertThat(event.source().ip()).hasToString("10.0.0.10");
    assertThat(event.source().port()).isEqualTo(54_000);
    assertThat(event.source().bytes()).isEqualTo(120);
    assertThat(event.source().packets()).isEqualTo(1);
    assertThat(event.destination().ip()).hasToString("8.8.8.8");
    assertThat(event.destination().port()).isEqualTo(53);
    assertThat(event.destination().bytes()).isEqualTo(Event.ABSENT);
    assertThat(event.traffic().protocol()).isEqualTo(17);
    assertThat(event.extra()).isEmpty();
    assertThat(event.origin().protocol()).isEqualTo(Protocol.FLOW_JSON);
    assertThat(event.origin().receivedNanos()).isEqualTo(RECEIVED);
    assertThat(event.origin().collector()).isEqualTo("header-collector");
    assertThat(event.origin().requestId()).isEqualTo("trace-1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[%s,%s]",
        "{\"records\":[%s,%s]}",
        "{\"collector_id\":\"c\",\"format\":\"flows.v1\",\"records\":[%s,%s]}",
        "{\"records\":[%s,%s],\"format\":\"flows.v1\",\"more\":{\"a\":[1]}}",
        "%s\n%s",
        "%s\r\n\r\n%s\n",
        "%s%s",
        "\ufeff[%s , %s]\n"
      })
  void everyFormOfBatchIsTaken(String form) {
    assertThat(events(Expected.ANY, form.formatted(FLOW, FLOW))).hasSize(2);
    assertThat(events(Expected.NETFLOW, form.formatted(FLOW, FLOW))).hasSize(2);
    assertThat(events(Expected.TYPED, form.formatted(FLOW, FLOW))).hasSize(2);
  }

  @Test
  void whatStandsBehindTheRecordsCountsToo() {
    var event =
        event(
            Expected.ANY,
            "{\"records\":[" + FLOW + "],\"collector_id\":\"late\",\"source_id\":\"s-1\"}");

    assertThat(event.origin().collector()).isEqualTo("late");
    assertThat(event.origin().sourceId()).isEqualTo("s-1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"id.orig_h\":\"10.0.0.1\",\"id.orig_p\":1234,\"id.resp_h\":\"8.8.8.8\",\"id.resp_p\":53",
        "\"id_orig_h\":\"10.0.0.1\",\"id_orig_p\":1234,\"id_resp_h\":\"8.8.8.8\",\"id_resp_p\":53",
        "\"id\":{\"orig_h\":\"10.0.0.1\",\"orig_p\":1234,\"resp_h\":\"8.8.8.8\",\"resp_p\":53}"
      })
  void allThreeSpellingsOfZeeksIdsAreRead(String ids) {
    String record =
        "{\"ts\":1642176000.25,\"uid\":\"C1\","
            + ids
            + ",\"proto\":\"udp\",\"service\":\"dns\","
            + "\"duration\":1.5,\"orig_bytes\":40,\"resp_bytes\":120,\"orig_pkts\":1,"
            + "\"resp_pkts\":0,\"conn_state\":\"SF\"}";

    for (var expected : List.of(Expected.ZEEK, Expected.ANY, Expected.TYPED)) {
      var event = event(expected, record);

      assertThat(event.origin().protocol()).isEqualTo(Protocol.ZEEK);
      assertThat(event.source().ip()).hasToString("10.0.0.1");
      assertThat(event.source().port()).isEqualTo(1234);
      assertThat(event.source().bytes()).isEqualTo(40);
      assertThat(event.source().packets()).isEqualTo(1);
      assertThat(event.destination().ip()).hasToString("8.8.8.8");
      assertThat(event.destination().port()).isEqualTo(53);
      assertThat(event.destination().bytes()).isEqualTo(120);
      assertThat(event.destination().packets()).isZero();
      assertThat(event.startNanos()).isEqualTo(1_642_176_000_250_000_000L);
      assertThat(event.endNanos()).isEqualTo(1_642_176_001_750_000_000L);
      assertThat(extra(event))
          .isEqualTo("\"uid\":\"C1\",\"service\":\"dns\",\"conn_state\":\"SF\"");
    }
  }

  @Test
  void zeeksIcmpTypeAndCodeAreFoundWhereThePortsStand() {
    var event =
        event(
            Expected.ZEEK,
            """
            {"ts":1,"id.orig_h":"10.0.0.1","id.orig_p":3,"id.resp_h":"10.0.0.2","id.resp_p":1,\
            "proto":"icmp"}""");

    assertThat(event.traffic().icmp()).isEqualTo(3 << 8 | 1);
    assertThat(event.source().port()).isEqualTo(3);
  }

  @Test
  void zeekRecordsNeedATimeOrAnOriginatorOnTheirOwnRoute() {
    var timeless = event(Expected.ZEEK, "{\"id.orig_h\":\"10.0.0.1\"}");
    assertThat(timeless.startNanos()).isEqualTo(RECEIVED);
    assertThat(timeless.quirks()).isEqualTo(Quirk.TIME_MISSING.bit());
    assertThat(event(Expected.ZEEK, "{\"ts\":5}").source().hasIp()).isFalse();

    assertThat(errors(Expected.ZEEK, "[{\"uid\":\"C1\"},7]"))
        .containsExactly(
            new RecordError(0, "missing required fields (ts or id.orig_h)"),
            new RecordError(1, "must be JSON object"));
  }

  @ParameterizedTest
  @CsvSource({
    "timestamp,src_ip,dst_ip,src_port,dst_port,protocol,bytes,packets",
    "ts,ipv4_src_addr,ipv4_dst_addr,sourceTransportPort,destinationTransportPort,"
        + "protocolIdentifier,inOctets,inPackets",
    "first_switched,sourceIPv4Address,destinationIPv4Address,l4_src_port,l4_dst_port,proto,"
        + "octetDeltaCount,packetDeltaCount",
    "time_flow_start_ns,src_addr,dst_addr,src_port,dst_port,proto,outOctets,outPackets"
  })
  void everyNameOfTheMappingTableIsRead(
      String ts,
      String src,
      String dst,
      String srcPort,
      String dstPort,
      String proto,
      String bytes,
      String packets) {
    var event =
        event(
            Expected.NETFLOW,
            """
            {"%s":1642176000,"%s":"192.168.1.100","%s":"8.8.8.8","%s":54321,"%s":53,"%s":17,\
            "%s":192,"%s":2}"""
                .formatted(ts, src, dst, srcPort, dstPort, proto, bytes, packets));

    assertThat(event.startNanos()).isEqualTo(1_642_176_000_000_000_000L);
    assertThat(event.source().ip()).hasToString("192.168.1.100");
    assertThat(event.destination().ip()).hasToString("8.8.8.8");
    assertThat(event.source().port()).isEqualTo(54_321);
    assertThat(event.destination().port()).isEqualTo(53);
    assertThat(event.traffic().protocol()).isEqualTo(17);
    assertThat(event.source().bytes()).isEqualTo(192);
    assertThat(event.source().packets()).isEqualTo(2);
    assertThat(event.extra()).isEmpty();
  }

  @Test
  void goflow2sJsonIsRead() {
    var event =
        event(
            Expected.NETFLOW,
            """
            {"type":"NETFLOW_V9","time_received_ns":1681583295157626000,"sequence_num":2999,\
            "sampling_rate":100,"sampler_address":"192.168.0.1",\
            "time_flow_start_ns":1681583295157626001,"time_flow_end_ns":1681583296157626000,\
            "bytes":1500,"packets":1,"src_addr":"2001:db8::1","dst_addr":"2001:db8::2",\
            "etype":"IPv6","proto":"TCP","src_port":443,"dst_port":50001,"in_if":1,"out_if":2,\
            "src_mac":"00:11:22:aa:bb:cc","vlan_id":7,"ip_tos":8,"ip_ttl":255,"tcp_flags":16,\
            "icmp_type":0,"icmp_code":0,"src_as":65001,"dst_as":65002,"next_hop":"2001:db8::ff",\
            "src_net":"2001:db8::/32"}""");

    assertThat(event.startNanos()).isEqualTo(1_681_583_295_157_626_001L);
    assertThat(event.endNanos()).isEqualTo(1_681_583_296_157_626_000L);
    assertThat(event.source().ip()).hasToString("2001:db8::1");
    assertThat(event.source().as()).isEqualTo(65_001);
    assertThat(event.source().mac()).isEqualTo(0x001122aabbccL);
    assertThat(event.destination().as()).isEqualTo(65_002);
    var traffic = event.traffic();
    assertThat(traffic.protocol()).isEqualTo(6);
    assertThat(traffic.tcpFlags()).isEqualTo(16);
    assertThat(traffic.tos()).isEqualTo(8);
    assertThat(traffic.vlan()).isEqualTo(7);
    assertThat(traffic.icmp()).isEqualTo(Event.ABSENT);
    assertThat(traffic.ingressInterface()).isEqualTo(1);
    assertThat(traffic.egressInterface()).isEqualTo(2);
    assertThat(traffic.nextHop()).hasToString("2001:db8::ff");
    assertThat(traffic.sampling())
        .isEqualTo(new Traffic.Sampling(100, Traffic.Sampling.Source.RECORD));
    assertThat(extra(event))
        .contains(
            "\"sent.type\":\"NETFLOW_V9\"",
            "\"sampler_address\":\"192.168.0.1\"",
            "\"ip_ttl\":255",
            "\"src_net\":\"2001:db8::/32\"");
  }

  @Test
  void iPv6InformationElementsAreRead() {
    var event =
        event(
            Expected.NETFLOW,
            """
            {"flowStartMilliseconds":1642176000123,"flowEndMilliseconds":1642176001123,\
            "sourceIPv6Address":"2001:db8::1","destinationIPv6Address":"::ffff:1.2.3.4"}""");

    assertThat(event.startNanos()).isEqualTo(1_642_176_000_123_000_000L);
    assertThat(event.endNanos()).isEqualTo(1_642_176_001_123_000_000L);
    assertThat(event.source().ip()).hasToString("2001:db8::1");
    assertThat(event.destination().ip()).hasToString("1.2.3.4");
  }

  @ParameterizedTest
  @CsvSource({
    "1723351200, 1723351200000000000",
    "1723351200.5, 1723351200500000000",
    "1723351200.123456789, 1723351200123456789",
    "1723351200456, 1723351200456000000",
    "1723351200456.25, 1723351200456250000",
    "1723351200456789, 1723351200456789000",
    "1723351200456789123, 1723351200456789123",
    "1.7233512e9, 1723351200000000000",
    "\"1723351200.5\", 1723351200500000000",
    "\"2024-08-11T04:40:00Z\", 1723351200000000000",
    "\"2024-08-11T06:40:00.5+02:00\", 1723351200500000000",
    "\"2024-08-11 04:40:00.25\", 1723351200250000000",
    "0, 0"
  })
  void timesComeInManyForms(String sent, long nanos) {
    String record = "{\"ts\":%s,\"src_ip\":\"1.1.1.1\",\"dst_ip\":\"2.2.2.2\"}".formatted(sent);

    assertThat(event(Expected.ANY, record).startNanos()).isEqualTo(nanos);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-1",
        "true",
        "\"soon\"",
        "[1]",
        "{}",
        "1e400",
        "1e999999999",
        "99999999999999999999",
        "\"2024-13-01T00:00:00Z\"",
        "9300000000000000000",
        "9223372036.9"
      })
  void whatIsNoTimeIsRefused(String sent) {
    String record = "{\"ts\":%s,\"src_ip\":\"1.1.1.1\",\"dst_ip\":\"2.2.2.2\"}".formatted(sent);

    assertThat(errors(Expected.ANY, record))
        .containsExactly(new RecordError(0, "ts is not a time"));
  }

  @ParameterizedTest
  @CsvSource({
    "src_ip, '\"10.0.0.256\"', src_ip is not an IP address",
    "src_ip, '\"010.0.0.1\"', src_ip is not an IP address",
    "src_ip, 167772161, src_ip is not an IP address",
    "dst_ip, '\"localhost\"', dst_ip is not an IP address",
    "src_port, 65536, src_port is not a port (0 to 65535)",
    "src_port, -1, src_port is not a port (0 to 65535)",
    "dst_port, '\"http\"', dst_port is not a port (0 to 65535)",
    "bytes, -5, bytes is not a whole number of 0 or more",
    "bytes, 1.5, bytes is not a whole number of 0 or more",
    "packets, 9223372036854775808, packets is not a whole number of 0 or more",
    "packets, [], packets is not a whole number of 0 or more"
  })
  void whatMakesAFlowMustBeWellFormed(String field, String value, String reason) {
    String record = FLOW.replaceFirst("\"" + field + "\":[^,}]*", "\"" + field + "\":" + value);

    assertThat(errors(Expected.ANY, record)).containsExactly(new RecordError(0, reason));
  }

  @Test
  void zerosAreKeptAndNumbersInQuotesAreNumbers() {
    var event =
        event(
            Expected.NETFLOW,
            """
            {"ts":"1642176000","src_ip":"1.1.1.1","dst_ip":"2.2.2.2","src_port":"0","dst_port":0,\
            "protocol":"0","bytes":0,"packets":120.0}""");

    assertThat(event.source().port()).isZero();
    assertThat(event.destination().port()).isZero();
    assertThat(event.traffic().protocol()).isZero();
    assertThat(event.source().bytes()).isZero();
    assertThat(event.source().packets()).isEqualTo(120);
  }

  @Test
  void aMissingFieldIsNamed() {
    assertThat(errors(Expected.ANY, FLOW.replace("dst_ip", "dest")))
        .containsExactly(new RecordError(0, "Missing required flow fields: dst_ip"));
    assertThat(errors(Expected.ANY, "[{}]").getFirst().reason())
        .isEqualTo("Missing event timestamp. Required one of: ts, time, @timestamp");
    assertThat(errors(Expected.ANY, "[{\"time\":1}]").getFirst().reason())
        .isEqualTo("Missing required flow fields: src_ip, dst_ip");
    assertThat(errors(Expected.NETFLOW, "[{\"ts\":1,\"src_ip\":null,\"dst_ip\":\"\"}]"))
        .containsExactly(new RecordError(0, "missing required fields (timestamp, src_ip, dst_ip)"));
  }

  @Test
  void allFaultyRecordsAreListedAndNoneIsTaken() {
    String good = FLOW;
    String bad = "{\"x\":1}";

    var batch = decode(Expected.ANY, "[" + String.join(",", bad, good, bad) + "]");

    assertThat(batch).isInstanceOf(JsonBatch.Invalid.class);
    var invalid = (JsonBatch.Invalid) batch;
    assertThat(invalid.total()).isEqualTo(3);
    assertThat(invalid.invalid()).isEqualTo(2);
    assertThat(invalid.errors()).extracting(RecordError::index).containsExactly(0, 2);
  }

  @Test
  void whatHasNoPlaceIsKeptAsItWasSent() {
    var event =
        event(
            Expected.ANY,
            FLOW.replace(
                "\"packets\":1",
                """
                "packets":1,"note":"a\\n\\"b\\" \u00fc","list":[1, {"deep":null}],"n":1.50,\
                "none":null,"tcp_flags":"SA","inOctets":7,"device":"gw-1\""""));

    assertThat(extra(event))
        .isEqualTo(
            """
            "note":"a\\n\\"b\\" \u00fc","list":[1, {"deep":null}],"n":1.50,"none":null,\
            "inOctets":7,"device":"gw-1","sent.tcp_flags":"SA\"""");
  }

  @Test
  void aNameThatTheDocumentUsesItselfIsRenamed() {
    var event =
        event(
            Expected.ANY,
            FLOW.replace("\"packets\":1", "\"packets\":1,\"risk_score\":99,\"proto\":6"));

    assertThat(extra(event)).isEqualTo("\"sent.risk_score\":99,\"sent.proto\":6");
    assertThat(event.traffic().protocol()).isEqualTo(17);
  }

  @Test
  void noNameOfTheDocumentCanBeForged() {
    var random = new Events(7);
    var names = new HashSet<String>();
    for (int i = 0; i < 2_000; i++) {
      var origin = random.origin();
      var event = random.event(origin);
      if (origin.protocol() == Protocol.ZEEK && event.extra().length == 0) {
        var document = new String(EventJson.write("t", event), UTF_8);
        names.addAll(JsonMapper.builder().build().fromJsonObject(document).keySet());
      }
    }
    assertThat(names).hasSizeGreaterThan(50);

    for (var name : names) {
      String forged = FLOW.replace("}", ",\"" + name + "\":[\"forged\"]}");

      if (decode(Expected.ANY, forged) instanceof JsonBatch.Taken(var events)) {
        assertThat(extra(events.getFirst())).isIn("", "\"sent." + name + "\":[\"forged\"]");
      }
    }
  }

  @Test
  void escapedNamesAreTheSameNames() {
    var event =
        event(Expected.ANY, FLOW.replace("\"src_ip\"", "\"src\\u005fip\"").replace("53", "54"));

    assertThat(event.source().ip()).hasToString("10.0.0.10");
    assertThat(event.extra()).isEmpty();
  }

  @Test
  void theLastOfTwoEqualNamesCounts() {
    var event = event(Expected.ANY, FLOW.replace("\"bytes\":120", "\"bytes\":1,\"bytes\":2"));

    assertThat(event.source().bytes()).isEqualTo(2);
    assertThat(event.extra()).isEmpty();
  }

  @Test
  void anUnknownProtocolNameIsKept() {
    var event = event(Expected.ANY, FLOW.replace("\"udp\"", "\"carrier-pigeon\""));

    assertThat(event.traffic().protocol()).isEqualTo(Event.ABSENT);
    assertThat(extra(event)).isEqualTo("\"sent.protocol\":\"carrier-pigeon\"");
  }

  @ParameterizedTest
  @CsvSource({
    "not json, SHAPE",
    "42, SHAPE",
    "'\"text\"', SHAPE",
    "'', EMPTY",
    "'  \n', EMPTY",
    "[], EMPTY",
    "'{\"records\":[]}', EMPTY",
    "'{\"records\":{}}', RECORDS",
    "'{\"records\":null}', RECORDS",
    "'{\"format\":\"unknown.v9\",\"records\":[]}', FORMAT",
    "'[{\"a\":1}', SYNTAX",
    "'[{\"a\":1},]', SYNTAX",
    "'[{\"a\":01}]', SYNTAX",
    "'[{\"a\":1}] x', SYNTAX",
    "'{\"a\":1}\n{\"b\"', SYNTAX",
    "'{\"a\":1}\n}', SYNTAX",
    "'[{\"a\":tru}]', SYNTAX",
    "'[{\"a\":\"\\x\"}]', SYNTAX",
    "'[{\"a\":1.}]', SYNTAX",
    "'{\"records\":[]} {}', SYNTAX"
  })
  void aBodyThatIsNoBatchIsSaidToBeSo(String body, Fault fault) {
    assertThat(fault(Expected.ANY, body)).isEqualTo(fault);
  }

  @Test
  void aSyntaxErrorIsLocated() {
    var batch = decode(Expected.ANY, FLOW + "\n{\"ts\":nope}\n");

    assertThat(batch)
        .isEqualTo(
            new JsonBatch.Malformed(
                Fault.SYNTAX, "Invalid JSON on line 2, column 7: expected a value"));
  }

  @Test
  void theTypeOfABulkIsChecked() {
    assertThat(fault(Expected.TYPED, "{\"type\":\"sflow\",\"records\":[]}")).isEqualTo(Fault.TYPE);
    assertThat(
            event(Expected.TYPED, "{\"type\":\"netflow\",\"records\":[" + FLOW + "]}")
                .origin()
                .protocol())
        .isEqualTo(Protocol.FLOW_JSON);
    assertThat(
            event(Expected.TYPED, "{\"type\":\"zeek\",\"records\":[{\"ts\":1}]}")
                .origin()
                .protocol())
        .isEqualTo(Protocol.ZEEK);
  }

  @Test
  void tooManyRecordsAreCounted() {
    String body =
        IntStream.range(0, 10_001).mapToObj(_ -> "{}").collect(Collectors.joining(",", "[", "]"));

    assertThat(decode(Expected.ANY, body)).isEqualTo(new JsonBatch.TooMany(10_000, 10_001));
  }

  @Test
  void depthAndSizeOfARecordAreBounded() {
    String deep = "[".repeat(100) + "]".repeat(100);
    assertThat(fault(Expected.ANY, "[{\"a\":" + deep + "}]")).isEqualTo(Fault.SYNTAX);
    assertThat(fault(Expected.ANY, "[".repeat(1_000_000))).isEqualTo(Fault.SYNTAX);

    String large = FLOW.replace("\"udp\"", "\"udp\",\"blob\":\"" + "x".repeat(300_000) + "\"");
    assertThat(errors(Expected.ANY, large).getFirst().reason()).startsWith("larger than");

    String many =
        IntStream.range(0, 300).mapToObj(i -> ",\"m" + i + "\":1").collect(Collectors.joining());
    assertThat(errors(Expected.ANY, FLOW.replace("}", many + "}")).getFirst().reason())
        .startsWith("more than");
  }

  @Test
  void otherEncodingsThanUtf8AreRefused() {
    byte[] latin1 = FLOW.replace("udp", "\u00fc").getBytes(StandardCharsets.ISO_8859_1);

    var batch = decode(Expected.ANY, latin1);

    assertThat(batch).isEqualTo(new JsonBatch.Malformed(Fault.ENCODING, "Body is not valid UTF-8"));
  }

  @Test
  void idsOfABatchDifferAndDerivedOnesComeBack() {
    var events = events(Expected.ANY, "[" + FLOW + "," + FLOW + "]");
    assertThat(events.get(0).idLow()).isNotEqualTo(events.get(1).idLow());

    var one = BatchIds.derived("default", "/v1/ingest", "key", new byte[] {1});
    assertThat(BatchIds.derived("default", "/v1/ingest", "key", new byte[] {1})).isEqualTo(one);
    assertThat(BatchIds.derived("default", "/v1/ingest", "key", new byte[] {2})).isNotEqualTo(one);
    assertThat(BatchIds.derived("other", "/v1/ingest", "key", new byte[] {1})).isNotEqualTo(one);
    assertThat(new UUID(one.high(), one.low(3)).version()).isEqualTo(8);
    assertThat(new UUID(one.high(), one.low(3)).variant()).isEqualTo(2);
    var fresh = BatchIds.at(1_790_000_000_123L);
    assertThat(new UUID(fresh.high(), fresh.low(0)).version()).isEqualTo(7);
    assertThat(fresh.high() >>> 16).isEqualTo(1_790_000_000_123L);
  }

  @ParameterizedTest
  @CsvSource({
    "\\ud800, \ufffd",
    "a\\udc00\\ud800b, a\ufffd\ufffdb",
    "\\ud83d\\ude00, \ud83d\ude00"
  })
  void anEscapedHalfOfACharacterIsReplaced(String escaped, String text) {
    var event =
        event(Expected.ANY, "{\"source_id\":\"" + escaped + "\",\"records\":[" + FLOW + "]}");

    assertThat(event.origin().sourceId()).isEqualTo(text);
  }
}
