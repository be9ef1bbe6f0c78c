package io.penstock.records;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.avaje.json.mapper.JsonMapper;
import io.penstock.event.EventJson;
import io.penstock.event.Ip;
import io.penstock.records.JsonRecords.Expected;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever is posted, decoding ends in a value, and what it takes prints as valid JSON. */
final class JsonRecordsPropertyTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final JsonRecords.Sender SENDER =
      new JsonRecords.Sender(Ip.v4(1), 1_790_000_000_000_000_000L, null, null, "t");
  private static final List<String> SEEDS =
      List.of(
          """
          {"collector_id":"c","format":"flows.v1","records":[{"ts":1723351200.456,\
          "src_ip":"10.0.0.10","dst_ip":"8.8.8.8","src_port":54000,"dst_port":53,\
          "protocol":"udp","bytes":120,"packets":1,"note":"\\u00fc \\"x\\"","l":[1,{"a":null}]}]}""",
          """
          [{"ts":1642176000.25,"uid":"C1","id":{"orig_h":"2001:db8::1","orig_p":1},\
          "id.resp_h":"8.8.8.8","proto":"icmp","duration":1e-3,"orig_bytes":0,"x":-1.5E+7}]""",
          """
          {"type":"IPFIX","time_flow_start_ns":1681583295157626000,"src_addr":"1.1.1.1",\
          "dst_addr":"2.2.2.2","src_mac":"00:11:22:33:44:55","next_hop":"::1","tcp_flags":"?"}
          {"ts":"2024-08-11T04:40:00Z","src_ip":"1.1.1.1","dst_ip":"2.2.2.2","ü":"é"}""");
  private static final byte[] ALPHABET = "{}[]\",:\\u0123456789.eE+-tfn \n\u0000".getBytes(UTF_8);

  @Test
  void damagedBodiesAreAnsweredAndTakenOnesPrint() {
    var random = new Random(42);
    int taken = 0;
    for (int round = 0; round < 60_000; round++) {
      byte[] body = damaged(SEEDS.get(round % SEEDS.size()).getBytes(UTF_8), random);
      var expected = Expected.values()[random.nextInt(Expected.values().length)];

      var batch = new JsonRecords(100).decode(body, body.length, expected, SENDER, BatchIds.at(1));

      if (batch instanceof JsonBatch.Taken(var events)) {
        taken++;
        for (var event : events) {
          String document = new String(EventJson.write("t", event), UTF_8);
          assertThat(JSON.fromJsonObject(document)).containsKey("id");
          assertThat(event.endNanos()).isGreaterThanOrEqualTo(event.startNanos());
        }
      }
    }
    assertThat(taken).isGreaterThan(1_000);
  }

  private static byte[] damaged(byte[] body, Random random) {
    byte[] out = body;
    for (int i = random.nextInt(3); i > 0; i--) {
      int at = random.nextInt(out.length);
      switch (random.nextInt(4)) {
        case 0 -> out[at] = ALPHABET[random.nextInt(ALPHABET.length)];
        case 1 -> out[at] = (byte) random.nextInt();
        case 2 -> out = Arrays.copyOf(out, Math.max(1, at));
        default -> {
          int length = Math.min(random.nextInt(12), out.length - at);
          System.arraycopy(out, random.nextInt(out.length - length + 1), out, at, length);
        }
      }
    }
    return out;
  }
}
