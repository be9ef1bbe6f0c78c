package io.penstock.outputs;

import io.penstock.control.Output;
import io.penstock.destination.SinkConfig;
import io.penstock.sink.Parking;
import io.penstock.sink.Room;
import io.penstock.sink.Shipper;
import io.penstock.sink.Shipper.Plan;
import io.penstock.sink.SinkStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of one configured sink: it ships, or keeps its place in the log while it is disabled or
 * cannot be opened, and becomes what its configuration is changed to, at the same place. Each
 * change is made by a virtual thread of its own, one at a time, so that a sink that is slow to open
 * or to stop holds up nobody. Safe for many threads.
 */
final class SinkLife {

  private static final Logger LOG = LoggerFactory.getLogger(SinkLife.class);

  /** How long a sink that could not be opened is left alone. */
  private static final Duration REOPEN = Duration.ofSeconds(10);

  /** How long the end of the server waits for a sink that is being opened. */
  private static final Duration STOP = Duration.ofSeconds(3);

  private final Output.Key key;
  private final Shippers.Parts parts;
  private final Room room;
  private final ReentrantLock turn = new ReentrantLock();
  private volatile @Nullable Output wanted;
  private volatile boolean isAsked;
  private volatile Stage stage = new Stage.Starting();
  private volatile boolean isClosed;
  private volatile @Nullable CompletableFuture<Long> replaying;

  /** What it is, of which configuration. */
  private volatile @Nullable Output actual;

  private volatile Instant reopenAt = Instant.MAX;
  private volatile Instant quietUntil = Instant.MIN;

  /** What it does. */
  sealed interface Stage {

    /** Nothing yet. */
    record Starting() implements Stage {}

    record Shipping(Shipper shipper) implements Stage {}

    /**
     * It keeps its place.
     *
     * @param word {@code disabled}, {@code locked}, {@code unavailable} or {@code failed}
     * @param why null when nothing is wrong
     */
    record Parked(Parking parking, String word, @Nullable String why) implements Stage {}

    record Gone() implements Stage {}
  }

  SinkLife(Output.Key key, Shippers.Parts parts, Room room) {
    this.key = key;
    this.parts = parts;
    this.room = room;
  }

  Output.Key key() {
    return key;
  }

  boolean isGone() {
    return stage instanceof Stage.Gone;
  }

  boolean isParked() {
    return stage instanceof Stage.Parked;
  }

  /** Whether it is, or is about to be, what an output says. */
  boolean isWanted(@Nullable Output output) {
    return isAsked && Objects.equals(wanted, output);
  }

  /**
   * Makes it what an output says, soon.
   *
   * @param output null when it is deleted
   */
  void become(@Nullable Output output) {
    wanted = output;
    isAsked = true;
    Thread.ofVirtual().name("sink-" + key.name() + "-life").start(this::settle);
  }

  private void settle() {
    turn.lock();
    try {
      var target = wanted;
      if (isClosed || isGone()) {
        return;
      }
      if (target == null) {
        stop();
        parts.log().deleteCursor(Plan.consumer(key.tenant(), key.name()));
        parts.metrics().forget(key.tenant(), key.name());
        parts.audit().gone(key);
        stage = new Stage.Gone();
        return;
      }
      if (!target.equals(actual)) {
        stop();
        actual = target;
        stage = opened(target);
        if (isClosed) {
          stop();
        }
      }
    } catch (RuntimeException e) {
      // The follower comes again: it finds that this is not what is wanted.
      actual = null;
      quietUntil = parts.clock().instant().plus(REOPEN);
      LOG.atError()
          .addKeyValue("tenant", key.tenant())
          .addKeyValue("sink", key.name())
          .setCause(e)
          .log("a sink did not become what it is to be, trying again");
    } finally {
      turn.unlock();
    }
  }

  private void stop() {
    if (stage instanceof Stage.Shipping(var shipper)) {
      shipper.close();
    }
    stage = new Stage.Starting();
  }

  private Stage opened(Output output) {
    reopenAt = Instant.MAX;
    if (output.problem() != null) {
      return parked("locked", output.problem());
    }
    if (!output.isEnabled()) {
      return parked("disabled", null);
    }
    return switch (Configured.read(output)) {
      case SinkConfig.Read.Faulty(var faults) -> parked("failed", Configured.text(faults));
      case SinkConfig.Read.Sound sound -> shipping(output, sound.config());
    };
  }

  private Stage shipping(Output output, SinkConfig config) {
    Optional<Opener.Opened> opened;
    try {
      opened = parts.opener().open(key.tenant(), config);
    } catch (RuntimeException e) {
      reopenAt = parts.clock().instant().plus(REOPEN);
      var why = Configured.withoutSecrets(output, String.valueOf(e.getMessage()));
      LOG.atWarn()
          .addKeyValue("tenant", key.tenant())
          .addKeyValue("sink", key.name())
          .addKeyValue("reason", why)
          .log("a sink cannot be opened");
      return parked("failed", why);
    }
    if (opened.isEmpty()) {
      return parked("unavailable", "this build has no sink of type " + config.type());
    }
    var plan =
        new Plan(
            key.tenant(),
            key.name(),
            opened.get().takes(),
            config.linger(),
            parts.hold().of(key.tenant()),
            (position, refused, isGivenUp) ->
                parts.audit().done(key, position, refused, isGivenUp));
    try {
      var shipper =
          new Shipper(
              plan,
              opened.get().sink(),
              parts.log(),
              parts.letters(),
              parts.metrics(),
              room,
              parts.clock());
      shipper.start();
      return new Stage.Shipping(shipper);
    } catch (RuntimeException e) {
      opened.get().sink().close();
      throw e;
    }
  }

  private Stage parked(String word, @Nullable String why) {
    var parking =
        new Parking(
            key.tenant(), key.name(), parts.hold().of(key.tenant()), parts.log(), parts.metrics());
    return new Stage.Parked(parking, word, why);
  }

  /**
   * Looks after it: what is not as it is wanted is tried again, and what only keeps its place gives
   * up what it must.
   */
  void look() {
    if (isClosed || isGone() || turn.isLocked()) {
      return;
    }
    var target = wanted;
    if (target != null && parts.clock().instant().isAfter(reopenAt)) {
      turn.lock();
      try {
        actual = null;
      } finally {
        turn.unlock();
      }
    }
    if (!Objects.equals(target, actual)) {
      if (parts.clock().instant().isAfter(quietUntil)) {
        become(target);
      }
    } else if (stage instanceof Stage.Parked) {
      Thread.ofVirtual().name("sink-" + key.name() + "-park").start(this::park);
    }
  }

  private void park() {
    if (!turn.tryLock()) {
      return;
    }
    try {
      if (!isClosed && stage instanceof Stage.Parked parked) {
        parked.parking.look();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.atWarn()
          .addKeyValue("tenant", key.tenant())
          .addKeyValue("sink", key.name())
          .setCause(e)
          .log("the place of a sink was not looked after, trying again");
    } finally {
      turn.unlock();
    }
  }

  /** Its shipper, while it ships. */
  Optional<Shipper> shipper() {
    return stage instanceof Stage.Shipping(var shipper) ? Optional.of(shipper) : Optional.empty();
  }

  /** Its state in a word. */
  String state() {
    return switch (stage) {
      case Stage.Starting _ -> "starting";
      case Stage.Shipping(var shipper) -> shipper.status().state().name().toLowerCase(Locale.ROOT);
      case Stage.Parked parked -> parked.word;
      case Stage.Gone _ -> "gone";
    };
  }

  @Nullable SinkStatus status() {
    return stage instanceof Stage.Shipping(var shipper) ? shipper.status() : null;
  }

  @Nullable String problem() {
    return stage instanceof Stage.Parked parked ? parked.why : null;
  }

  /** Events of the log that it has not come to, with those that wait in it. */
  long backlog() {
    return switch (stage) {
      case Stage.Shipping(var shipper) -> shipper.status().backlogEvents();
      case Stage.Parked parked -> parked.parking.backlog();
      case Stage.Starting _, Stage.Gone _ -> 0;
    };
  }

  /**
   * Sends files of dead letters again; empty while that is done already.
   *
   * @return events that arrived, once none waits any more
   */
  synchronized Optional<CompletableFuture<Long>> replay(Shipper shipper, List<String> files) {
    var before = replaying;
    if (before != null && !before.isDone()) {
      return Optional.empty();
    }
    var now = new CompletableFuture<Long>();
    replaying = now;
    Thread.ofVirtual()
        .name("sink-" + key.name() + "-replay")
        .start(
            () -> {
              try {
                now.complete(shipper.replay(files));
              } catch (InterruptedException | RuntimeException e) {
                LOG.atError()
                    .addKeyValue("tenant", key.tenant())
                    .addKeyValue("sink", key.name())
                    .setCause(e)
                    .log("dead letters were not sent again");
                now.completeExceptionally(e);
              }
            });
    return Optional.of(now);
  }

  /** Stops for good, and keeps the place; one that is being opened stops when it is open. */
  void close() {
    isClosed = true;
    try {
      if (turn.tryLock(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
        try {
          stop();
        } finally {
          turn.unlock();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
