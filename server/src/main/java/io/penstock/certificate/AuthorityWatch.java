package io.penstock.certificate;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The authority in use, and the one that takes its place when its files are changed, by {@code
 * penstock ca rotate} or by whoever renews one from elsewhere. What cannot be read, or is not valid
 * now, changes nothing.
 */
public final class AuthorityWatch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(AuthorityWatch.class);

  /** How long a change may go unseen. */
  public static final long INTERVAL_SECONDS = 5;

  private final CaConfig config;
  private final InstantSource clock;
  private final CounterDataPoint taken;
  private final CounterDataPoint failed;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("authority").factory());

  // Of the thread that polls.
  private List<Stamp> seen;
  private Consumer<Authority> changed = _ -> {};

  private volatile Authority current;

  /** What tells one state of a file from another without reading it. */
  private record Stamp(Path file, long modifiedNanos, long size, @Nullable Object key) {}

  /**
   * Opens the authority that is configured, made when there is none yet.
   *
   * @throws CaException when there is none to work with
   */
  public AuthorityWatch(CaConfig config, InstantSource clock, PrometheusRegistry registry) {
    this.config = config;
    this.clock = clock;
    var reloads =
        Counter.builder()
            .name("intercept_authority_reloads_total")
            .help("Changes of the authority's files while the server ran, by what came of them.")
            .labelNames("result")
            .register(registry);
    this.taken = reloads.labelValues("ok");
    this.failed = reloads.labelValues("failed");
    // Before it is opened, so that what changes meanwhile is a change; what is made is none.
    var before = stamps(config);
    this.current = Authority.open(config, clock);
    this.seen = before.isEmpty() ? stamps(config) : before;
  }

  /** The one that issues now. */
  public Authority current() {
    return current;
  }

  /**
   * Looks for changes from now on.
   *
   * @param changed is told of every other authority, on the watch's thread
   */
  public void start(Consumer<Authority> changed) {
    this.changed = changed;
    var _ =
        timer.scheduleWithFixedDelay(
            this::poll, INTERVAL_SECONDS, INTERVAL_SECONDS, TimeUnit.SECONDS);
  }

  /** Looks now. */
  void poll() {
    var now = stamps(config);
    if (now.equals(seen)) {
      return;
    }
    seen = now;
    try {
      take();
    } catch (RuntimeException e) {
      // Half of a change, or a mistake in it: the authority in memory goes on.
      failed.inc();
      LOG.atWarn()
          .addKeyValue("authority", current.subject())
          .addKeyValue("reason", e.getMessage())
          .log("the authority's files changed, and cannot be used");
    }
  }

  private void take() {
    var found = Authority.find(config).orElseThrow(() -> new CaException("it is gone"));
    found
        .problem(clock.instant())
        .ifPresent(
            problem -> {
              throw new CaException(problem);
            });
    boolean isOther = !found.root().equals(current.root());
    current = found;
    changed.accept(found);
    taken.inc();
    LOG.atInfo()
        .addKeyValue("authority", found.subject())
        .addKeyValue("sha256", found.fingerprint())
        .addKeyValue("other", isOther)
        .log("the authority was read again");
  }

  private static List<Stamp> stamps(CaConfig config) {
    var stamps = new ArrayList<Stamp>();
    for (var file : Authority.files(config)) {
      try {
        var attributes = Files.readAttributes(file, BasicFileAttributes.class);
        stamps.add(
            new Stamp(
                file,
                attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS),
                attributes.size(),
                attributes.fileKey()));
      } catch (IOException _) {
        // Not there is a state, too.
      }
    }
    return stamps;
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
