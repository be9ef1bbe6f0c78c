package io.penstock.benchmarks;

import io.penstock.event.ByteOutput;
import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.event.EventCodec;
import io.penstock.shape.Picks;
import io.penstock.shape.Schema;
import io.penstock.shape.Selection;
import io.penstock.shape.Shape;
import io.penstock.shape.Shapes;
import java.util.List;
import java.util.Set;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Events of frames of the log in the schemas of the sinks, against reading them there. */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH calls the @Setup method before any other
public class ShapeBenchmark {

  private static final int BATCH = 1_000;
  private static final String FILTER =
      "dst_ip in (10.0.0.0/8, 192.168.0.0/16) or dst_port in (22, 23, 3389) or city ~ \"city 12\"";

  private final ByteOutput out = new ByteOutput(4 << 20);
  private final Shape telemetry = shape(Schema.TELEMETRY);
  private final Shape ecs = shape(Schema.ECS);
  private final Shape ocsf = shape(Schema.OCSF);
  private final Shape cim = shape(Schema.CIM);
  private final Shape goflow2 = shape(Schema.GOFLOW2);
  private final Shape redacted =
      Shapes.of(
          new Selection(
              Schema.TELEMETRY, null, Set.of(), Set.of("src_mac", "geo.city", "tenant"), 1));
  private final Shape few =
      Shapes.of(
          new Selection(
              Schema.TELEMETRY,
              null,
              Set.of("id", "@timestamp", "src_ip", "dst_ip", "dst_port", "bytes", "geo.country"),
              Set.of(),
              1));
  private final Picks picks = new Picks(new Selection(Schema.ECS, FILTER, Set.of(), Set.of(), 1));
  private List<Event> events;
  private byte[] frame;

  private static Shape shape(Schema schema) {
    return Shapes.of(new Selection(schema, null, Set.of(), Set.of(), 1));
  }

  @Setup
  public void make() {
    frame = EventCodec.encode(new SampleEvents(1, 1_795_000_000_000_000_000L).batch(BATCH));
    events = EventCodec.decode(frame, 0, frame.length).events();
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public EventBatch baselineDecode() {
    return EventCodec.decode(frame, 0, frame.length);
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public ByteOutput telemetry() {
    return write(telemetry);
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public ByteOutput telemetryRedacted() {
    return write(redacted);
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public ByteOutput telemetryOfFewFields() {
    return write(few);
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public ByteOutput ecs() {
    return write(ecs);
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public ByteOutput ocsf() {
    return write(ocsf);
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public ByteOutput cim() {
    return write(cim);
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public ByteOutput goflow2() {
    return write(goflow2);
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int picks() {
    int taken = 0;
    for (var event : events) {
      taken += picks.takes(event) ? 1 : 0;
    }
    return taken;
  }

  private ByteOutput write(Shape shape) {
    out.truncate(0);
    for (var event : events) {
      shape.write("default", event, out);
    }
    return out;
  }
}
