package io.penstock.pipeline;

import io.penstock.decode.DatagramDecoder;
import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.receive.DatagramHandler;
import io.penstock.receive.Drop;
import io.penstock.stream.StreamHandler;
import io.penstock.wire.Exporter;
import io.penstock.wire.Rejection;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * One worker's way from datagrams and stream messages to the log: decodes them and hands the events
 * on in frames. A frame is closed when it is full, or when the worker has nothing more to do at the
 * moment.
 */
public final class FlowIntake implements DatagramHandler, StreamHandler {

  /** Events in a frame at most: enough to compress well, little enough to hold a worker briefly. */
  private static final int FRAME_EVENTS = 2048;

  /** Bytes of what has no field of its own in a frame: an exporter may send 64 KiB a record. */
  private static final int FRAME_EXTRA_BYTES = 1 << 20;

  private final Pipeline pipeline;
  private final String tenant;
  private final DatagramDecoder decoder;
  private List<Event> gathered = new ArrayList<>(FRAME_EVENTS);
  private int extraBytes;

  /**
   * @param tenant whose flows these are
   * @param decoder makes the decoder that passes its events to the given consumer
   */
  public FlowIntake(
      Pipeline pipeline, String tenant, Function<Consumer<Event>, DatagramDecoder> decoder) {
    this.pipeline = pipeline;
    this.tenant = tenant;
    this.decoder = decoder.apply(this::gather);
  }

  public DatagramDecoder decoder() {
    return decoder;
  }

  @Override
  public void handle(
      InetSocketAddress from, long receivedNanos, byte[] buffer, int offset, int length) {
    decoder.decode(from, receivedNanos, buffer, offset, length);
  }

  @Override
  public void message(
      Exporter exporter, long receivedNanos, byte[] buffer, int offset, int length) {
    decoder.decode(exporter, receivedNanos, buffer, offset, length);
  }

  @Override
  public void rejected(Exporter exporter, Rejection reason, int octets) {
    decoder.reject(exporter, reason, octets);
  }

  @Override
  public void closed(Exporter exporter) {
    decoder.close(exporter);
  }

  @Override
  public void receivedOn(int localPort) {
    decoder.receivedOn(localPort);
  }

  @Override
  public void dropped(Drop reason, InetSocketAddress from, byte[] buffer, int offset, int length) {
    var entry =
        switch (reason) {
          case QUEUE_FULL -> io.penstock.exporters.Drop.QUEUE_FULL;
          case HANDLER_ERROR -> io.penstock.exporters.Drop.HANDLER_ERROR;
          case STOPPED -> io.penstock.exporters.Drop.STOPPED;
        };
    decoder.book().dropped(from, entry, buffer, offset, length);
  }

  private void gather(Event event) {
    gathered.add(event);
    extraBytes += event.extra().length;
    if (gathered.size() == FRAME_EVENTS || extraBytes >= FRAME_EXTRA_BYTES) {
      flush();
    }
  }

  /** Hands on what was gathered; what the log refuses is counted in the books. */
  @Override
  public void flush() {
    if (gathered.isEmpty()) {
      return;
    }
    var batch = new EventBatch(tenant, gathered, null);
    gathered = new ArrayList<>(FRAME_EVENTS);
    extraBytes = 0;
    var _ = pipeline.acceptFlows(batch);
  }
}
