package io.penstock.http;

import io.penstock.json.Json;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The streams of events that clients listen to, each on its request's own thread. There may be only
 * so many, over all, of one tenant and of one key; a client that does not read is cut off; one that
 * went away is noticed by the next heartbeat, and one whose key was disabled is let go. Safe for
 * many threads.
 */
public final class LiveStreams implements AutoCloseable {

  /**
   * How much of this there may be.
   *
   * @param streamsMax streams at a time
   * @param perTenantMax streams of one tenant at a time
   * @param perKeyMax streams of one key at a time
   * @param heartbeat longest silence on a stream
   * @param writeTimeout how long a client may take to read what was sent
   */
  public record Limits(
      int streamsMax, int perTenantMax, int perKeyMax, Duration heartbeat, Duration writeTimeout) {

    public static final Limits DEFAULT =
        new Limits(200, 100, 20, Duration.ofSeconds(15), Duration.ofSeconds(10));
  }

  /**
   * What one client is told, and in which form. For one thread.
   *
   * @param <O> server-sent events, or the messages of a WebSocket
   */
  @FunctionalInterface
  public interface Telling<O extends LiveOutput> {

    /** Adds what there is to tell, waiting up to {@code patience} for something to come up. */
    void tell(O out, Duration patience) throws IOException, InterruptedException;

    /** The client hears no more. */
    default void end() {}
  }

  private static final Duration KEY_CHECK = Duration.ofSeconds(1);

  private record Live(Thread thread, Principal principal, LiveOutput out) {}

  private final Limits limits;
  private final ReentrantLock lock = new ReentrantLock();
  private final Set<Live> streams = new HashSet<>();
  private boolean isClosed;
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("live-streams").factory());
  private final Counter refused;
  private final Counter cutOff;

  public LiveStreams(Limits limits, PrometheusRegistry registry) {
    this.limits = limits;
    this.refused =
        Counter.builder()
            .name("telemetry_live_streams_refused_total")
            .help(
                "Live streams that were refused: too many of one key, of one tenant, or over all.")
            .labelNames("reason")
            .register(registry);
    this.cutOff =
        Counter.builder()
            .name("telemetry_live_streams_cut_off_total")
            .help("Live streams whose client did not read in time.")
            .register(registry);
    GaugeWithCallback.builder()
        .name("telemetry_live_streams")
        .help("Clients that listen to a live stream.")
        .callback(gauge -> gauge.call((double) count()))
        .register(registry);
    long pause = Math.max(10, limits.writeTimeout.toMillis() / 4);
    var _ = watch.scheduleWithFixedDelay(this::cutOff, pause, pause, TimeUnit.MILLISECONDS);
  }

  /**
   * The answer that tells by server-sent events until the client has had enough, or a 429 or 503.
   *
   * @param telling begins to tell; not asked for a client that is refused
   */
  public Answer open(Request request, Supplier<? extends Telling<EventStream>> telling) {
    var caller = request.caller();
    return refusal(caller.principal())
        .orElseGet(
            () ->
                Answer.stream("text/event-stream", out -> run(caller, telling, out))
                    .with("Cache-Control", "no-cache")
                    .with("X-Accel-Buffering", "no"));
  }

  /** The same over a WebSocket; what is not a handshake of one is refused. */
  public Answer openSocket(Request request, Supplier<? extends Telling<FrameStream>> telling) {
    var caller = request.caller();
    return request
        .socketRefusal()
        .or(() -> refusal(caller.principal()))
        .orElseGet(
            () -> new Answer.Upgraded(Map.of(), frames -> converse(caller, telling, frames)));
  }

  /** How many clients listen. */
  int count() {
    lock.lock();
    try {
      return streams.size();
    } finally {
      lock.unlock();
    }
  }

  private Optional<Answer> refusal(Principal principal) {
    lock.lock();
    try {
      if (isClosed || streams.size() >= limits.streamsMax) {
        refused.labelValues("server").inc();
        return Optional.of(
            Answer.problem(503, "too_many_streams", "Too many live streams, please retry later")
                .with("Retry-After", "30"));
      }
      if (count(one -> one.keyId().equals(principal.keyId())) >= limits.perKeyMax) {
        return Optional.of(tooMany("key", "This key has too many live streams open"));
      }
      if (count(one -> one.tenant().equals(principal.tenant())) >= limits.perTenantMax) {
        return Optional.of(tooMany("tenant", "This tenant has too many live streams open"));
      }
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  private long count(Predicate<Principal> test) {
    return streams.stream().filter(one -> test.test(one.principal)).count();
  }

  private Answer tooMany(String of, String detail) {
    refused.labelValues(of).inc();
    return Answer.problem(429, "too_many_streams", detail).with("Retry-After", "30");
  }

  private void run(
      Caller caller, Supplier<? extends Telling<EventStream>> telling, OutputStream raw)
      throws IOException {
    var out = new EventStream(raw);
    var live = new Live(Thread.currentThread(), caller.principal(), out);
    if (!enter(live)) {
      // Others were faster between the head of this answer and its body.
      out.event(null, "error", Json.text(Json.object("error", "too_many_streams")));
      out.flush();
      return;
    }
    out.retry(3_000);
    var _ = follow(caller, telling, live, out);
  }

  private void converse(
      Caller caller, Supplier<? extends Telling<FrameStream>> telling, FrameStream out)
      throws IOException {
    var live = new Live(Thread.currentThread(), caller.principal(), out);
    if (!enter(live)) {
      out.end(FrameStream.TRY_AGAIN_LATER);
      return;
    }
    out.listen(() -> interrupt(live));
    out.end(
        switch (follow(caller, telling, live, out)) {
          case STOPPED -> FrameStream.GOING_AWAY;
          case NOT_ALLOWED -> FrameStream.POLICY_VIOLATION;
        });
  }

  /** Why nothing more is told. */
  private enum End {
    /** The server stops, or the client said that it has had enough. */
    STOPPED,
    NOT_ALLOWED
  }

  private <O extends LiveOutput> End follow(
      Caller caller, Supplier<? extends Telling<O>> begin, Live live, O out) throws IOException {
    try {
      var telling = begin.get();
      try {
        out.flush();
        follow(caller, telling, out);
        return End.NOT_ALLOWED;
      } finally {
        telling.end();
      }
    } catch (InterruptedException | Outgoing.StoppedException stopped) {
      // The answer ends in good order. The thread is the web server's: it is not to find the
      // interrupt, which was meant for the wait alone.
      return End.STOPPED;
    } finally {
      leave(live);
    }
  }

  private <O extends LiveOutput> void follow(Caller caller, Telling<O> telling, O out)
      throws IOException, InterruptedException {
    long checked = System.nanoTime();
    while (true) {
      long before = out.flushes();
      telling.tell(out, limits.heartbeat);
      out.flush();
      if (out.flushes() == before) {
        out.keepAlive();
        out.flush();
      }
      if (System.nanoTime() - checked >= KEY_CHECK.toNanos()) {
        if (!caller.isStillAllowed().getAsBoolean()) {
          return;
        }
        checked = System.nanoTime();
      }
    }
  }

  private boolean enter(Live live) {
    lock.lock();
    try {
      if (refusal(live.principal).isPresent()) {
        return false;
      }
      return streams.add(live);
    } finally {
      lock.unlock();
    }
  }

  private void leave(Live live) {
    lock.lock();
    try {
      streams.remove(live);
      // Only who is in the set is interrupted, so nobody does it from here on.
      var _ = Thread.interrupted();
    } finally {
      lock.unlock();
    }
  }

  private void interrupt(Live live) {
    lock.lock();
    try {
      if (streams.contains(live)) {
        live.out.interrupt(live.thread);
      }
    } finally {
      lock.unlock();
    }
  }

  /** An interrupt closes the connection of a thread that waits for it (see SocketChannel). */
  private void cutOff() {
    lock.lock();
    try {
      long now = System.nanoTime();
      for (var live : streams) {
        if (live.out.writingNanos(now) > limits.writeTimeout.toNanos()) {
          cutOff.inc();
          live.thread.interrupt();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Ends all streams; there will be no others. */
  @Override
  public void close() {
    watch.close();
    lock.lock();
    try {
      isClosed = true;
      streams.forEach(live -> live.out.interrupt(live.thread));
    } finally {
      lock.unlock();
    }
  }
}
