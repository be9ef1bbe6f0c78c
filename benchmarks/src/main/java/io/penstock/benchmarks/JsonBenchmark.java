package io.penstock.benchmarks;

import io.avaje.json.stream.JsonStream;
import io.penstock.event.Ip;
import io.penstock.records.BatchIds;
import io.penstock.records.JsonBatch;
import io.penstock.records.JsonRecords;
import io.penstock.records.JsonRecords.Expected;
import java.nio.charset.StandardCharsets;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Posted records to events, against a general JSON reader that only steps over them. */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH calls the @Setup method before any other
public class JsonBenchmark {

  private static final int RECORDS = 1_000;

  private final JsonRecords records = new JsonRecords(10_000);
  private final JsonStream stream = JsonStream.builder().build();
  private final JsonRecords.Sender sender =
      new JsonRecords.Sender(Ip.v4(0xc0000201), 1_795_000_000_000_000_000L, null, null, "request");
  private byte[] body;

  @Setup
  public void write() {
    body = SamplePosts.flows(RECORDS, 1).getBytes(StandardCharsets.UTF_8);
  }

  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public int baselineStepOver() {
    int fields = 0;
    try (var reader = stream.reader(body)) {
      for (reader.beginObject(); reader.hasNextField(); fields++) {
        reader.nextField();
        reader.skipValue();
      }
    }
    return fields;
  }

  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public JsonBatch events() {
    return records.decode(body, body.length, Expected.ANY, sender, BatchIds.at(1_795_000_000_000L));
  }
}
