package io.penstock.api;

import io.penstock.api.DemoConfig.Variant;
import io.penstock.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Made-up records as clients post them, with the fields and ranges that the contract gives. */
final class DemoRecords {

  private static final List<String> SERVERS =
      List.of(
          "8.8.8.8",
          "8.8.4.4",
          "1.1.1.1",
          "1.0.0.1",
          "9.9.9.9",
          "208.67.222.222",
          "142.250.72.14",
          "104.16.132.229",
          "151.101.1.140");

  private static final List<String> THREATS =
      List.of(
          "45.149.3.1",
          "45.149.3.2",
          "45.149.3.3",
          "185.220.101.1",
          "185.220.101.2",
          "91.92.240.1",
          "91.92.240.2");

  private static final int[] PORTS = {80, 443, 22, 53, 25, 110, 143, 993, 995, 21, 23, 3389, 1433};

  private static final int THREAT_PERCENT = 3;

  private final RandomGenerator random;

  DemoRecords(RandomGenerator random) {
    this.random = random;
  }

  /** So many records of a kind, sent at a moment. */
  byte[] batch(Variant variant, int count, long millis) {
    var records = new ArrayList<Map<String, @Nullable Object>>(count);
    for (int i = 0; i < count; i++) {
      records.add(
          switch (variant) {
            case NETFLOW -> flow(millis);
            case ZEEK -> connection(millis);
          });
    }
    return Json.bytes(records);
  }

  private Map<String, @Nullable Object> flow(long millis) {
    return Json.object(
        "ts", millis / 1000.0,
        "src_ip", inside(),
        "dst_ip", outside(),
        "src_port", random.nextInt(1024, 65536),
        "dst_port", PORTS[random.nextInt(PORTS.length)],
        "protocol", random.nextBoolean() ? "tcp" : "udp",
        "bytes", random.nextInt(64, 50_001),
        "packets", random.nextInt(1, 101),
        "demo", true);
  }

  private Map<String, @Nullable Object> connection(long millis) {
    return Json.object(
        "ts",
        millis / 1000.0,
        "uid",
        "C" + Long.toString(random.nextLong() >>> 1, 36),
        "id_orig_h",
        inside(),
        "id_orig_p",
        random.nextInt(1024, 65536),
        "id_resp_h",
        outside(),
        "id_resp_p",
        PORTS[random.nextInt(PORTS.length)],
        "proto",
        random.nextBoolean() ? "tcp" : "udp",
        "conn_state",
        "SF",
        "history",
        "ShADadFf",
        "duration",
        random.nextInt(1, 10_000) / 1000.0,
        "orig_bytes",
        random.nextInt(64, 50_001),
        "resp_bytes",
        random.nextInt(64, 50_001),
        "orig_pkts",
        random.nextInt(1, 101),
        "resp_pkts",
        random.nextInt(1, 101),
        "demo",
        true);
  }

  private String inside() {
    return "10." + random.nextInt(256) + "." + random.nextInt(256) + "." + random.nextInt(1, 255);
  }

  private String outside() {
    var from = random.nextInt(100) < THREAT_PERCENT ? THREATS : SERVERS;
    return from.get(random.nextInt(from.size()));
  }
}
