package io.penstock.benchmarks;

import java.util.SplittableRandom;

/** Bodies as clients of the HTTP API post them. */
final class SamplePosts {

  private SamplePosts() {}

  /** A {@code flows.v1} batch. */
  static String flows(int records, long seed) {
    var random = new SplittableRandom(seed);
    var body =
        new StringBuilder("{\"collector_id\":\"bench\",\"format\":\"flows.v1\",\"records\":[");
    for (int i = 0; i < records; i++) {
      body.append(i == 0 ? "" : ",");
      flow(body, random);
    }
    return body.append("]}").toString();
  }

  private static void flow(StringBuilder body, SplittableRandom random) {
    body.append("{\"ts\":").append(1_795_000_000L + random.nextInt(3_600)).append(".456");
    body.append(",\"src_ip\":\"10.0.").append(random.nextInt(256)).append('.');
    body.append(random.nextInt(256)).append("\",\"dst_ip\":\"");
    body.append(80 + random.nextInt(90)).append('.').append(random.nextInt(256)).append('.');
    body.append(random.nextInt(256)).append('.').append(random.nextInt(256));
    body.append("\",\"src_port\":").append(1_024 + random.nextInt(60_000));
    body.append(",\"dst_port\":443,\"protocol\":\"tcp\",\"bytes\":");
    body.append(40 + random.nextInt(100_000)).append(",\"packets\":");
    body.append(1 + random.nextInt(100)).append('}');
  }
}
