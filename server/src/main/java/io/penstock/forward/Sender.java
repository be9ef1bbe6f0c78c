package io.penstock.forward;

import io.penstock.event.Ip;
import io.penstock.receive.SampledWarning;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One destination: its queue, and the thread that empties it. */
final class Sender {

  private static final Logger LOG = LoggerFactory.getLogger(Sender.class);

  /** For an abandoned thread to count what it did not send. */
  private static final Duration LAST_MOMENT = Duration.ofMillis(100);

  private final Destination destination;
  private final ExporterFilter filter;
  private final Outbox outbox;
  private final Resolver resolver;
  private final ForwardMetrics.Counters counters;
  private final SampledWarning warning;
  private final Thread thread;
  private @Nullable RawSockets raw;
  private Addresses addresses = Addresses.NONE;
  private @Nullable PlainOutlet plain;
  private @Nullable KeepingOutlet keeping;
  private volatile boolean abandoned;

  Sender(
      Destination destination,
      int queueBytes,
      Resolver resolver,
      ForwardMetrics metrics,
      InstantSource clock) {
    this.destination = destination;
    this.filter = new ExporterFilter(destination);
    this.outbox = new Outbox(queueBytes);
    this.resolver = resolver;
    this.counters = metrics.of(destination.name());
    this.warning = new SampledWarning(clock);
    this.thread =
        Thread.ofPlatform().daemon().name("forward-" + destination.name()).unstarted(this::run);
    metrics.waiting(destination.name(), outbox::size);
  }

  /** Whether it wants what comes in at a listener. */
  boolean wants(String listener) {
    return destination.listeners().isEmpty() || destination.listeners().contains(listener);
  }

  boolean wants(Ip exporter) {
    return filter.wants(exporter);
  }

  /**
   * Starts to send.
   *
   * @throws IllegalStateException when it cannot be as it was asked for
   */
  void start(Self self) {
    openRaw();
    resolver.start(self);
    thread.start();
  }

  private void openRaw() {
    if (destination.source() == SourceAddress.OWN) {
      return;
    }
    try {
      raw = RawSockets.open();
    } catch (IOException e) {
      if (destination.source() == SourceAddress.KEEP) {
        throw new IllegalStateException(
            "FORWARD_TO: %s cannot keep the exporters' addresses: %s; allow it, or say source=%s"
                .formatted(
                    destination.name(), e.getMessage(), SourceAddress.KEEP_IF_POSSIBLE.word()),
            e);
      }
      LOG.atWarn()
          .addKeyValue("destination", destination.name())
          .addKeyValue("why", e.getMessage())
          .log("datagrams are forwarded under this machine's address");
    }
  }

  /** Copies a datagram into the queue, or drops it when that is full; never waits for a network. */
  void offer(InetSocketAddress from, byte[] buffer, int offset, int length) {
    if (!outbox.add(from, buffer, offset, length)) {
      counters.dropped(Drop.QUEUE_FULL, 1);
    }
  }

  /** To be called some time after datagrams were offered. */
  void wake() {
    outbox.wake();
  }

  /** Nobody offers any more; what waits is still sent. */
  void finish() {
    outbox.close();
  }

  /** Waits for the end; what was not sent by then is dropped. */
  void stop(Duration atMost) {
    resolver.stop();
    if (thread.getState() == Thread.State.NEW) {
      closeRaw();
      return;
    }
    try {
      if (!thread.join(atMost)) {
        abandon();
        thread.join(LAST_MOMENT);
      }
    } catch (InterruptedException _) {
      abandon();
      Thread.currentThread().interrupt();
    }
  }

  private void abandon() {
    abandoned = true;
    thread.interrupt();
  }

  private void run() {
    try {
      resolver.awaitFirst();
    } catch (InterruptedException _) {
      // Stopped meanwhile: what waits is counted below.
    }
    for (var filled = next(); filled != null; filled = next()) {
      send(filled);
    }
    closeOutlets();
    closeRaw();
  }

  private void closeRaw() {
    if (raw != null) {
      raw.close();
      raw = null;
    }
  }

  /** Interrupted only when the queue is closed, and then it does not wait. */
  private Outbox.@Nullable Filled next() {
    while (true) {
      try {
        return outbox.take();
      } catch (InterruptedException _) {
        abandoned = true;
      }
    }
  }

  private void send(Outbox.Filled filled) {
    reconnect();
    int sent = 0;
    long bytes = 0;
    for (int i = 0; i < filled.count(); i++) {
      if (abandoned) {
        counters.dropped(Drop.STOPPED, filled.count() - i);
        break;
      }
      var payload = filled.payload(i);
      int length = payload.remaining();
      var drop = sendSafely(filled.sender(i), payload);
      if (drop == null) {
        sent++;
        bytes += length;
      } else {
        counters.dropped(drop, 1);
      }
    }
    counters.datagrams().inc(sent);
    counters.bytes().inc(bytes);
  }

  private @Nullable Drop sendSafely(InetSocketAddress from, ByteBuffer payload) {
    try {
      return send(from, payload);
    } catch (RuntimeException e) {
      // A bug of ours; the thread goes on with the next.
      warning.warn(
          held ->
              LOG.atError()
                  .addKeyValue("destination", destination.name())
                  .addKeyValue("repeated", held)
                  .setCause(e)
                  .log("forwarding a datagram failed"));
      return Drop.FAILED;
    }
  }

  private @Nullable Drop send(InetSocketAddress from, ByteBuffer payload) {
    if (plain == null) {
      return Drop.UNRESOLVED;
    }
    if (keeping != null) {
      var drop = keeping.send(from, payload);
      if (drop != Drop.FAMILY || destination.source() == SourceAddress.KEEP) {
        return drop;
      }
    }
    return plain.send(payload);
  }

  /** The name may have got other addresses since. */
  private void reconnect() {
    var now = resolver.addresses();
    if (now.equals(addresses)) {
      return;
    }
    closeOutlets();
    addresses = now;
    if (now.first() != null) {
      var target = new InetSocketAddress(now.first(), destination.port());
      plain = new PlainOutlet(target, counters.refused(), warning);
      keeping = raw == null ? null : new KeepingOutlet(now, destination.port(), raw, warning);
    }
  }

  private void closeOutlets() {
    if (plain != null) {
      plain.close();
      plain = null;
    }
    keeping = null;
  }
}
