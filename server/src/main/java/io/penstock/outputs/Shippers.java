package io.penstock.outputs;

import io.penstock.control.Output;
import io.penstock.control.Outputs;
import io.penstock.destination.ElasticConfig;
import io.penstock.destination.ElasticSetup;
import io.penstock.destination.ElasticSink;
import io.penstock.destination.SinkConfig;
import io.penstock.event.Endpoint;
import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.Nanos;
import io.penstock.event.Origin;
import io.penstock.event.Protocol;
import io.penstock.event.Traffic;
import io.penstock.log.EventLog;
import io.penstock.sink.DeadLetters;
import io.penstock.sink.Delivery;
import io.penstock.sink.Room;
import io.penstock.sink.Shipper;
import io.penstock.sink.SinkMetrics;
import io.penstock.sink.SinkStatus;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sinks of all tenants, as the table of outputs has them: what is added there ships, what is
 * changed there goes on at the same place of the log, what is deleted there is forgotten. Nothing
 * here waits for a destination but what asks for one. Safe for many threads.
 */
public final class Shippers implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Shippers.class);

  private static final Duration LOOK = Duration.ofMillis(500);

  /** Looks between two at what only keeps its place. */
  private static final int LOOKS_OF_PLACES = 4;

  /**
   * How long a place in the log that no output has is kept, in case the database is a wrong one.
   */
  private static final Duration ORPHAN = Duration.ofHours(24);

  private static final Duration TEST_TIMEOUT = Duration.ofSeconds(30);
  private static final int TESTS_MAX = 16;
  private static final Pattern CONSUMER = Pattern.compile("sink\\.([a-z0-9_-]+)\\.([a-z0-9_-]+)");
  private static final byte[] PING = "\"telemetry\":\"ping\"".getBytes(StandardCharsets.US_ASCII);

  /** What every sink is made with. */
  public record Parts(
      EventLog log,
      DeadLetters letters,
      SinkMetrics metrics,
      Opener opener,
      LogHold hold,
      Audit audit,
      InstantSource clock) {}

  /** Wants to know what became of events. */
  public interface Audit {

    /** See {@link Shipper.Progress}. */
    void done(Output.Key sink, long position, Set<String> refused, boolean isGivenUp);

    /** A sink was deleted. */
    void gone(Output.Key sink);
  }

  private final Outputs outputs;
  private final Parts parts;
  private final ShippersMetrics counted;
  private final Map<Output.Key, SinkLife> lives = new ConcurrentHashMap<>();
  private final Map<Output.Key, Instant> orphans = new ConcurrentHashMap<>();
  private final Room room = Room.ofHeap();
  private final Semaphore tests = new Semaphore(TESTS_MAX);
  private final ScheduledExecutorService follower =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("sinks").factory());

  /** Guarded by this. */
  private int looks;

  public Shippers(Outputs outputs, Parts parts, PrometheusRegistry registry) {
    this.outputs = outputs;
    this.parts = parts;
    this.counted = new ShippersMetrics(registry, this, parts.letters());
  }

  /** Starts to ship, and to follow the table. */
  public void start() {
    var known = outputs.all();
    for (var cursor : parts.log().cursors()) {
      var consumer = CONSUMER.matcher(cursor.consumer());
      if (consumer.matches()) {
        var key =
            new Output.Key(
                Objects.requireNonNull(consumer.group(1)),
                Objects.requireNonNull(consumer.group(2)));
        if (!known.containsKey(key)) {
          adopt(key);
        }
      }
    }
    var _ =
        follower.scheduleWithFixedDelay(this::follow, 0, LOOK.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * A place that no output has: it was deleted while this server was off, or this is another
   * database than before. It is kept for a while in case of that.
   */
  private void adopt(Output.Key key) {
    LOG.atWarn()
        .addKeyValue("tenant", key.tenant())
        .addKeyValue("sink", key.name())
        .addKeyValue("kept", ORPHAN)
        .log("the log keeps the place of a sink that is not configured");
    orphans.put(key, parts.clock().instant().plus(ORPHAN));
    var life = new SinkLife(key, parts, room);
    lives.put(key, life);
    life.become(new Output(key, "none", false, null, null, false, Instant.EPOCH));
  }

  private void follow() {
    try {
      parts.hold().look();
      settle();
      look();
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).log("sinks were not looked after, trying again");
    }
  }

  private synchronized void look() {
    looks++;
    for (var life : lives.values()) {
      if (!(life.isParked() && looks % LOOKS_OF_PLACES != 0)) {
        life.look();
      }
    }
    if (looks % (60 * LOOKS_OF_PLACES) == 0) {
      parts.letters().enforce();
    }
  }

  /** Makes the sinks what the table says now; returns before they are. */
  public synchronized void settle() {
    var wanted = outputs.all();
    var now = parts.clock().instant();
    wanted.forEach(
        (key, output) -> {
          orphans.remove(key);
          var life = lives.get(key);
          if (life == null || life.isGone()) {
            life = new SinkLife(key, parts, room);
            lives.put(key, life);
          }
          if (!life.isWanted(output)) {
            life.become(output);
          }
        });
    for (var life : lives()) {
      var until = orphans.get(life.key());
      boolean isKept = wanted.containsKey(life.key()) || until != null && now.isBefore(until);
      if (!isKept && !life.isWanted(null)) {
        orphans.remove(life.key());
        life.become(null);
      }
      if (life.isGone()) {
        lives.remove(life.key(), life);
        counted.forget(life.key());
      }
    }
  }

  /**
   * How an output is.
   *
   * @param state what it does, in a word
   * @param status null while it does not ship
   * @param problem why it does not; null when nothing is wrong
   * @param backlog events that it has not shipped
   * @param deadLetters events that its destination refused and that are kept
   */
  public record Report(
      String state,
      @Nullable SinkStatus status,
      @Nullable String problem,
      long backlog,
      long deadLetters) {}

  public Report report(Output.Key key) {
    var life = lives.get(key);
    long dead = parts.letters().depth(key.tenant(), key.name());
    return life == null
        ? new Report("starting", null, null, 0, dead)
        : new Report(life.state(), life.status(), life.problem(), life.backlog(), dead);
  }

  Collection<SinkLife> lives() {
    return List.copyOf(lives.values());
  }

  /** What became of a wish that needs a sink at work. */
  public sealed interface Asked<T> {

    record Done<T>(T result) implements Asked<T> {}

    /** It is still being done. */
    record Running<T>() implements Asked<T> {}

    /** Somebody else has asked for it, and that is still being done. */
    record Busy<T>() implements Asked<T> {}

    /** The sink does not ship. */
    record Idle<T>(String state, @Nullable String problem) implements Asked<T> {}
  }

  /** Ships what is pending now; see {@link Shipper#ship}. */
  public Asked<Shipper.Shipped> ship(Output.Key key, Duration timeout) throws InterruptedException {
    var shipper = shipper(key);
    return shipper.isEmpty() ? idle(key) : new Asked.Done<>(shipper.get().ship(timeout));
  }

  private Optional<Shipper> shipper(Output.Key key) {
    var life = lives.get(key);
    return life == null ? Optional.empty() : life.shipper();
  }

  private <T> Asked<T> idle(Output.Key key) {
    var report = report(key);
    return new Asked.Idle<>(report.state, report.problem);
  }

  /**
   * Sends dead letters again.
   *
   * @param files by their ids
   * @return events that arrived
   */
  public Asked<Long> replay(Output.Key key, List<String> files, Duration patience)
      throws InterruptedException {
    var life = lives.get(key);
    var shipper = shipper(key);
    if (life == null || shipper.isEmpty()) {
      return idle(key);
    }
    var replay = life.replay(shipper.get(), files);
    if (replay.isEmpty()) {
      return new Asked.Busy<>();
    }
    try {
      return new Asked.Done<>(replay.get().get(patience.toNanos(), TimeUnit.NANOSECONDS));
    } catch (TimeoutException _) {
      return new Asked.Running<>();
    } catch (ExecutionException e) {
      return new Asked.Idle<>("failed", String.valueOf(e.getCause()));
    }
  }

  /**
   * What a destination said to one event.
   *
   * @param isOk whether it took it
   * @param code its status code; null when it gave none
   * @param text what it said; null when it took the event
   * @param bytes of the event that was sent
   */
  public record Tested(
      boolean isOk, @Nullable Integer code, @Nullable String text, long millis, int bytes) {}

  /**
   * Sends one event to the destination of an output, shipping or not, and says what came back.
   *
   * @param requestId of who asks; the event carries it
   */
  public Asked<Tested> test(Output output, String requestId) throws InterruptedException {
    if (output.problem() != null) {
      return new Asked.Idle<>("locked", output.problem());
    }
    if (!tests.tryAcquire()) {
      return new Asked.Busy<>();
    }
    try {
      var asked = tested(output, ping(requestId));
      if (asked instanceof Asked.Done<Tested>(var tested)) {
        counted.tested(output.key(), tested);
      } else {
        counted.untested(output.key());
      }
      return asked;
    } finally {
      tests.release();
    }
  }

  private Asked<Tested> tested(Output output, Event event) throws InterruptedException {
    if (!(Configured.read(output) instanceof SinkConfig.Read.Sound sound)) {
      return new Asked.Idle<>("failed", report(output.key()).problem);
    }
    var answer = new CompletableFuture<Optional<Shipper.Tested>>();
    var thread =
        Thread.ofVirtual()
            .name("sink-" + output.name() + "-test")
            .start(
                () -> {
                  try {
                    answer.complete(sent(output, sound.config(), event));
                  } catch (InterruptedException | RuntimeException e) {
                    answer.completeExceptionally(e);
                  }
                });
    try {
      return answer
          .get(TEST_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
          .<Asked<Tested>>map(tested -> new Asked.Done<>(tested(output, tested)))
          .orElseGet(
              () ->
                  new Asked.Idle<>(
                      "unavailable", "this build has no sink of type " + output.type()));
    } catch (TimeoutException _) {
      thread.interrupt();
      var why = "no answer in " + TEST_TIMEOUT.toSeconds() + " s";
      return new Asked.Done<>(new Tested(false, null, why, TEST_TIMEOUT.toMillis(), 0));
    } catch (ExecutionException e) {
      var why = Configured.withoutSecrets(output, String.valueOf(e.getCause()));
      return new Asked.Done<>(new Tested(false, null, why, 0, 0));
    }
  }

  /** By the sink that ships, or one of its own while none does; empty when there is no such. */
  private Optional<Shipper.Tested> sent(Output output, SinkConfig config, Event event)
      throws InterruptedException {
    var life = lives.get(output.key());
    if (life != null && life.isWanted(output) && life.shipper().isPresent()) {
      return Optional.of(life.shipper().get().test(event));
    }
    var opened = parts.opener().open(output.tenant(), config);
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    try (var sink = opened.get().sink()) {
      return Optional.of(Shipper.test(sink, output.tenant(), event));
    }
  }

  /**
   * Installs on the destination of an output what it wants to be there before events come, such as
   * templates and lifecycles. It is never done unasked.
   *
   * @return {@link Asked.Idle} also where destinations of its type want nothing
   */
  public Asked<ElasticSetup.Result> install(Output output) throws InterruptedException {
    if (!(Configured.read(output) instanceof SinkConfig.Read.Sound sound)) {
      return new Asked.Idle<>("failed", report(output.key()).problem);
    }
    if (!(sound.config().destination() instanceof ElasticConfig)) {
      return new Asked.Idle<>("unneeded", "outputs of type " + output.type() + " need nothing");
    }
    if (!tests.tryAcquire()) {
      return new Asked.Busy<>();
    }
    try {
      return installed(output.tenant(), sound.config());
    } catch (IllegalArgumentException e) {
      return new Asked.Idle<>(
          "failed", Configured.withoutSecrets(output, String.valueOf(e.getMessage())));
    } finally {
      tests.release();
    }
  }

  private Asked<ElasticSetup.Result> installed(String tenant, SinkConfig config)
      throws InterruptedException {
    var opened = parts.opener().open(tenant, config);
    if (opened.isEmpty()) {
      return new Asked.Idle<>("unavailable", "this build has no sink of its type");
    }
    try (var sink = opened.get().sink()) {
      return LimitedSink.inner(sink) instanceof ElasticSink elastic
          ? new Asked.Done<>(elastic.install())
          : new Asked.Idle<>("unneeded", null);
    }
  }

  private static Tested tested(Output output, Shipper.Tested tested) {
    var answer = tested.delivery().answer();
    boolean isOk =
        tested.delivery() instanceof Delivery.Taken taken
            && taken.later().isEmpty()
            && taken.refused().isEmpty();
    var text = isOk ? null : Configured.withoutSecrets(output, why(tested.delivery()));
    return new Tested(isOk, answer.code(), text, tested.millis(), tested.bytes());
  }

  private static String why(Delivery delivery) {
    if (delivery instanceof Delivery.Taken taken && !taken.refused().isEmpty()) {
      return taken.refused().getFirst().answer().text();
    }
    return delivery.answer().text();
  }

  /** A flow between addresses that are nobody's (RFC 5737), marked as what it is. */
  private Event ping(String requestId) {
    var now = Nanos.of(parts.clock().instant());
    var id = UUID.randomUUID();
    var loopback = Ip.v4(0x7f000001);
    var origin =
        new Origin(
            Protocol.FLOW_JSON,
            loopback,
            0,
            Event.ABSENT,
            Event.ABSENT,
            Event.ABSENT,
            now,
            "penstock",
            null,
            requestId);
    return new Event(
        id.getMostSignificantBits(),
        id.getLeastSignificantBits(),
        Event.Kind.FLOW,
        origin,
        now,
        now,
        end(Ip.v4(0xc0000201)),
        end(Ip.v4(0xc0000202)),
        Traffic.NONE,
        0,
        PING,
        null);
  }

  private static Endpoint end(Ip address) {
    var none = Endpoint.NONE;
    return new Endpoint(
        address.high(),
        address.low(),
        none.port(),
        none.prefixLength(),
        none.as(),
        none.mac(),
        none.bytes(),
        none.packets(),
        none.nat());
  }

  /** Stops all; each goes on where it was after the next start. */
  @Override
  public void close() {
    follower.shutdownNow();
    var stops = new ArrayList<Thread>();
    for (var life : lives.values()) {
      stops.add(Thread.ofVirtual().start(life::close));
    }
    try {
      for (var stop : stops) {
        stop.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
