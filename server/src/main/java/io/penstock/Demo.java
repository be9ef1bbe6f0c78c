package io.penstock;

import io.penstock.config.Environment;
import io.penstock.control.Tenant;
import io.penstock.demo.LiveExporters;
import io.penstock.demo.LivePosts;
import io.penstock.demo.Networks;
import io.penstock.demo.PhoneHomes;
import io.penstock.demo.SeededDay;
import io.penstock.event.EventBatch;
import io.penstock.logs.Logs;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server with something to show: a seeded day behind it, exporters and programs around it, a sink
 * that works and one that does not. All of it is made up, says so, and stays on this machine.
 */
final class Demo implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Demo.class);

  /** Batches of the past that are on their way to the disk at a time. */
  private static final int BATCHES_MAX = 4;

  private static final int PROGRESS_EVENTS = 100_000;
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final int POST_EVERY_SECONDS = 4;
  private static final int CALL_EVERY_SECONDS = 30;
  private static final int ASK_EVERY_SECONDS = 45;
  private static final Duration STOP = Duration.ofSeconds(3);

  /**
   * What of the environment holds for a demo, too. Nothing that leads to other data, to sinks or to
   * other machines.
   */
  private static final Set<String> HEEDED =
      Set.of(
          "API_HOST",
          "API_KEY",
          "API_PORT",
          "APP_HOST",
          "APP_PORT",
          "CORS_ORIGINS",
          "GEOIP_DB_CITY",
          "GEOIP_DB_ASN",
          "IPFIX_PORT",
          "IPFIX_TCP_PORT",
          "MOCK_PORT",
          "NETFLOW_PORT",
          "PORT",
          "PROXY_PORT",
          "RATE_LIMIT_PER_MIN",
          "SFLOW_PORT",
          "SIGN_IN_LINK",
          "UDP_PORT");

  private static final Set<String> HEEDED_FAMILIES = Set.of("DEMO_", "LOG_", "HTTP_LOG_");

  private final Options options;
  private final PrintStream console;
  private final InstantSource clock = InstantSource.system();
  private final Networks networks = Networks.load();
  private final String splunkToken = secret();
  private final String key;
  private final DemoSplunk splunk;
  private final URI elastic;
  private final Server server;

  /** What is to be closed, what was opened last first. Guarded by itself. */
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  private final CountDownLatch closed = new CountDownLatch(1);
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final Thread thread = Thread.ofPlatform().daemon().name("demo").unstarted(this::run);

  /**
   * What may be chosen.
   *
   * @param data the demo's own folder
   * @param seed what the day follows from
   * @param events about how many the day has
   */
  record Options(Path data, long seed, int events) {}

  private Demo(Options options, Settings settings, Logs logs, PrintStream console)
      throws IOException {
    this.options = options;
    this.console = console;
    this.key = settings.key;
    this.splunk = opened(new DemoSplunk(splunkToken));
    this.elastic = nobody();
    this.server = opened(server(settings, logs));
  }

  private Server server(Settings settings, Logs logs) {
    try {
      var config = ServerConfig.from(settings.environment, Main.version());
      return Server.start(config, logs, console, new PrometheusRegistry());
    } catch (RuntimeException e) {
      closeParts();
      throw e;
    }
  }

  /**
   * How its server is set up.
   *
   * @param key of an admin
   * @param isOwnKey whether it was made for this demo, and must be told
   */
  record Settings(Environment environment, String key, boolean isOwnKey) {

    static Settings of(Map<String, String> variables, DemoFolder folder) {
      var all = new HashMap<String, String>();
      all.put("DEMO_MODE", "true");
      all.put("PROXY_PORT", "8081");
      all.put("GEOIP_DB_ASN", folder.systems().toString());
      // What it opens is made up, and whoever started it wants to look.
      all.put("SIGN_IN_LINK", "on");
      variables.forEach(
          (name, value) -> {
            if (!value.isBlank() && isHeeded(name)) {
              all.put(name, value);
            }
          });
      boolean isOwnKey = !all.containsKey("API_KEY");
      var key = all.computeIfAbsent("API_KEY", _ -> "psk_demo_" + secret());
      all.put("PENSTOCK_DATA", folder.path().toString());
      all.put("THREATLIST_CSV", folder.indicators().toString());
      all.put("INTERCEPT_PROFILES", PhoneHomes.PROFILES);
      all.put("INTERCEPT_SEALED", "true");
      all.put("INTERCEPT_UNLISTED", "block");
      return new Settings(new Environment(all), key, isOwnKey);
    }

    private static boolean isHeeded(String name) {
      return HEEDED.contains(name) || HEEDED_FAMILIES.stream().anyMatch(name::startsWith);
    }
  }

  private static String secret() {
    var octets = new byte[16];
    new SecureRandom().nextBytes(octets);
    return HexFormat.of().formatHex(octets);
  }

  /**
   * Starts a server, and behind it everything else: when this returns, the server answers.
   *
   * @param console where the address, the key and the progress are told
   */
  static Demo start(Options options, Settings settings, Logs logs, PrintStream console)
      throws IOException {
    if (settings.isOwnKey) {
      console.println("API Key: " + settings.key);
    }
    var demo = new Demo(options, settings, logs, console);
    console.flush();
    demo.thread.start();
    return demo;
  }

  /** Where its server answers. */
  URI address() {
    return URI.create("http://localhost:" + server.ports().get("http") + "/");
  }

  /** Completes when the day is written and the present goes on; exceptionally when it cannot. */
  CompletableFuture<Void> ready() {
    return ready;
  }

  private void run() {
    try {
      play();
    } catch (InterruptedException e) {
      ready.completeExceptionally(e);
      Thread.currentThread().interrupt();
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      if (closed.getCount() > 0) {
        console.println("penstock demo: ended before its time: " + e.getMessage());
        LOG.atError().setCause(e).log("demo failed");
      }
      ready.completeExceptionally(e);
    }
  }

  private void play() throws IOException, GeneralSecurityException, InterruptedException {
    long began = System.nanoTime();
    var now = clock.instant();
    var client = opened(new DemoClient(address(), key));
    client.configure();
    // They keep their place from here on, and do not compete with what comes first.
    configureSinks(client, false);
    opened(new LiveExporters(networks, options.seed, ports(), clock)).start();
    var programs = opened(programs());
    programs.call();
    var writer = new PastWriter();
    new SeededDay(networks, options.seed, options.events, now).play(Tenant.DEFAULT, writer);
    writer.finish();
    configureSinks(client, true);
    client.ask();
    console.printf(
        "demo: %,d events of the last 24 hours written, ready after %.1f s: %sui/%n",
        writer.events, (System.nanoTime() - began) / 1e9, address());
    console.flush();
    ready.complete(null);
    goOn(client, programs);
  }

  private void configureSinks(DemoClient client, boolean areOn)
      throws IOException, InterruptedException {
    client.configureSplunk(splunk.address(), splunkToken, areOn);
    client.configureElastic(elastic, areOn);
  }

  private <T extends AutoCloseable> T opened(T part) {
    synchronized (parts) {
      parts.push(part);
    }
    return part;
  }

  private LiveExporters.Ports ports() {
    var ports = server.ports();
    return new LiveExporters.Ports(
        ports.getOrDefault(ServerConfig.NETFLOW, 0),
        ports.getOrDefault(ServerConfig.IPFIX, 0),
        ports.getOrDefault(ServerConfig.SFLOW, 0));
  }

  private DemoPrograms programs() throws IOException, GeneralSecurityException {
    var running = Running.read(options.data).orElseThrow(() -> new IOException("no proxy runs"));
    return new DemoPrograms(new PhoneHomes(options.seed), running);
  }

  /** A port that is taken, so that nobody else gets it, and where nobody listens. */
  private URI nobody() throws IOException {
    var socket = opened(new Socket());
    socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    return URI.create("http://127.0.0.1:" + socket.getLocalPort());
  }

  private void goOn(DemoClient client, DemoPrograms programs)
      throws IOException, InterruptedException {
    var posts = new LivePosts(networks, options.seed);
    for (int second = 1; !closed.await(SECOND.toMillis(), TimeUnit.MILLISECONDS); second++) {
      if (second % POST_EVERY_SECONDS == 0) {
        client.post(posts, clock.millis());
      }
      if (second % CALL_EVERY_SECONDS == 0) {
        programs.call();
      }
      if (second % ASK_EVERY_SECONDS == 0) {
        client.ask();
      }
    }
  }

  /** Writes the past, a few batches at a time. */
  private final class PastWriter implements SeededDay.Sink {

    private final Semaphore room = new Semaphore(BATCHES_MAX);
    private final CompletableFuture<Void> failure = new CompletableFuture<>();
    private long events;
    private long told;

    @Override
    public void take(EventBatch batch) throws InterruptedException {
      room.acquire();
      if (failure.isCompletedExceptionally()) {
        failure.join();
      }
      var _ = server.acceptPast(batch).whenComplete((_, failed) -> written(failed));
      events += batch.events().size();
      if (events - told >= PROGRESS_EVENTS && events < options.events) {
        told = events;
        console.printf("demo: %,d of %,d events written%n", events, options.events);
        console.flush();
      }
    }

    private void written(@Nullable Throwable failed) {
      if (failed != null) {
        failure.completeExceptionally(failed);
      }
      room.release();
    }

    void finish() throws InterruptedException {
      room.acquire(BATCHES_MAX);
      if (failure.isCompletedExceptionally()) {
        failure.join();
      }
    }
  }

  /** Stops everything; within the time that a server takes, and a little. */
  @Override
  public void close() {
    closed.countDown();
    thread.interrupt();
    try {
      thread.join(STOP);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    closeParts();
  }

  private void closeParts() {
    synchronized (parts) {
      parts.forEach(Demo::close);
      parts.clear();
    }
  }

  private static void close(AutoCloseable part) {
    try {
      part.close();
    } catch (Exception e) {
      LOG.atWarn().setCause(e).log("part of the demo did not close");
    }
  }
}
