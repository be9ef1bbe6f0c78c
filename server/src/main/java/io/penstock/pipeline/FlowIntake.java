package io.penstock.pipeline;

import io.penstock.admit.FlowGate;
import io.penstock.admit.Verdict;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One worker's way from datagrams and stream messages to the log: lets in whoever may send, decodes
 * what they sent and hands the events on in frames, each of one tenant. A frame is closed when it
 * is full, or when the worker has nothing more to do at the moment.
 */
public final class FlowIntake implements DatagramHandler, StreamHandler {

  /** Events in a frame at most: enough to compress well, little enough to hold a worker briefly. */
  private static final int FRAME_EVENTS = 2048;

  /** Bytes of what has no field of its own in a frame: an exporter may send 64 KiB a record. */
  private static final int FRAME_EXTRA_BYTES = 1 << 20;

  /** Of the same in all frames together, when exporters of many tenants send at once. */
  private static final int EXTRA_BYTES_MAX = 4 * FRAME_EXTRA_BYTES;

  private static final int EVENTS_MAX = 4 * FRAME_EVENTS;

  private final Pipeline pipeline;
  private final FlowGate gate;
  private final DatagramDecoder decoder;
  private final Map<String, Frame> frames = new HashMap<>();

  /** Events of the message at hand, while it is not clear how many of them may pass. */
  private final List<Event> held = new ArrayList<>();

  private @Nullable Frame frame;
  private @Nullable String sourceId;
  private boolean isLimited;
  private int events;
  private int extraBytes;

  /** What was gathered for one tenant. */
  private static final class Frame {
    private final String tenant;
    private List<Event> events = new ArrayList<>();
    private int extraBytes;

    Frame(String tenant) {
      this.tenant = tenant;
    }
  }

  /**
   * @param gate lets exporters in, and says whose flows theirs are
   * @param decoder makes the decoder that passes its events to the given consumer
   */
  public FlowIntake(
      Pipeline pipeline, FlowGate gate, Function<Consumer<Event>, DatagramDecoder> decoder) {
    this.pipeline = pipeline;
    this.gate = gate;
    this.decoder = decoder.apply(this::take);
  }

  public DatagramDecoder decoder() {
    return decoder;
  }

  @Override
  public @Nullable Drop refuses(InetSocketAddress from) {
    return switch (gate.turnTo(from.getAddress())) {
      case ALLOWED, RATE_LIMIT -> null;
      case DISABLED -> Drop.DISABLED;
      case IP_NOT_ALLOWED -> Drop.IP_NOT_ALLOWED;
      case ADMISSION_ERROR -> Drop.ADMISSION_ERROR;
    };
  }

  @Override
  public void handle(
      InetSocketAddress from, long receivedNanos, byte[] buffer, int offset, int length) {
    decode(new Exporter(from), receivedNanos, buffer, offset, length);
  }

  @Override
  public void message(
      Exporter exporter, long receivedNanos, byte[] buffer, int offset, int length) {
    var verdict = gate.turnTo(exporter.address().getAddress());
    if (verdict != Verdict.ALLOWED) {
      gate.refusedMessage(verdict);
      return;
    }
    decode(exporter, receivedNanos, buffer, offset, length);
  }

  private void decode(
      Exporter exporter, long receivedNanos, byte[] buffer, int offset, int length) {
    if (!Objects.equals(sourceId, gate.sourceId())) {
      sourceId = gate.sourceId();
      decoder.sourceIs(sourceId);
    }
    isLimited = gate.isLimited();
    try {
      decoder.decode(exporter, receivedNanos, buffer, offset, length);
    } finally {
      // What was decoded until something broke is not lost with it.
      release();
    }
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
          case DISABLED, IP_NOT_ALLOWED, ADMISSION_ERROR -> io.penstock.exporters.Drop.REFUSED;
        };
    decoder.book().dropped(from, entry, buffer, offset, length);
  }

  private void take(Event event) {
    if (isLimited) {
      held.add(event);
      return;
    }
    gather(event);
  }

  private void release() {
    if (held.isEmpty()) {
      return;
    }
    int passed = gate.pass(held.size());
    for (int i = 0; i < passed; i++) {
      gather(held.get(i));
    }
    held.clear();
  }

  private void gather(Event event) {
    var to = frameOf(gate.tenant());
    int extra = event.extra().length;
    to.events.add(event);
    to.extraBytes += extra;
    events++;
    extraBytes += extra;
    if (to.events.size() == FRAME_EVENTS || to.extraBytes >= FRAME_EXTRA_BYTES) {
      handOn(to);
    } else if (events >= EVENTS_MAX || extraBytes >= EXTRA_BYTES_MAX) {
      flush();
    }
  }

  private Frame frameOf(String tenant) {
    var last = frame;
    if (last != null && last.tenant.equals(tenant)) {
      return last;
    }
    var found = frames.computeIfAbsent(tenant, Frame::new);
    frame = found;
    return found;
  }

  /** Hands on what was gathered; what the log refuses is counted in the books. */
  @Override
  public void flush() {
    for (var gathered : frames.values()) {
      handOn(gathered);
    }
    frames.clear();
    frame = null;
  }

  private void handOn(Frame full) {
    int size = full.events.size();
    if (size == 0) {
      return;
    }
    var batch = new EventBatch(full.tenant, full.events, null);
    events -= size;
    extraBytes -= full.extraBytes;
    full.events = new ArrayList<>(size);
    full.extraBytes = 0;
    var _ = pipeline.acceptFlows(batch);
  }
}
