package io.penstock.journal;

import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.exchange.Exchange;
import io.penstock.exchange.Journal;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Exchanges on their way to the log. Listeners hand them over without waiting; one thread redacts
 * them and appends them, many at a time. What the queue has no room for is counted, and refused or
 * dropped as the operator wants it.
 */
public final class ExchangeJournal implements Journal, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ExchangeJournal.class);

  /** More than its objects take, for headers and bodies alone are counted. */
  private static final int EXCHANGE_BYTES = 1_024;

  private final JournalConfig config;
  private final ExchangeEvents events;
  private final Function<EventBatch, CompletableFuture<Long>> log;
  private final Consumer<Exchange> observer;
  private final BlockingQueue<Exchange> waiting;
  private final AtomicLong waitingBytes = new AtomicLong();
  private final Counter outcomes;
  private final Thread writer;
  private volatile boolean isStopping;

  /**
   * @param log makes a batch durable
   * @param observer hears of each exchange that is being kept, as it was seen, on the writer's
   *     thread
   */
  ExchangeJournal(
      JournalConfig config,
      ExchangeEvents events,
      Function<EventBatch, CompletableFuture<Long>> log,
      Consumer<Exchange> observer,
      PrometheusRegistry registry) {
    this.config = config;
    this.events = events;
    this.log = log;
    this.observer = observer;
    this.waiting = new ArrayBlockingQueue<>(config.waitingMax());
    this.outcomes =
        Counter.builder()
            .name("intercept_journal_total")
            .help("Exchanges by what became of them on their way to the log.")
            .labelNames("outcome")
            .register(registry);
    GaugeWithCallback.builder()
        .name("intercept_journal_waiting")
        .help("Exchanges that wait to be appended to the log.")
        .callback(callback -> callback.call(waiting.size()))
        .register(registry);
    this.writer = Thread.ofPlatform().daemon().name("journal").unstarted(this::write);
  }

  /**
   * @param hash stands for what is redacted
   * @param cipher seals the details of exchanges: a text and the place where it is kept
   * @param log makes a batch durable
   * @param observer hears of each exchange that is being kept, as it was seen, on the writer's
   *     thread
   */
  public static ExchangeJournal of(
      JournalConfig config,
      KeyedHash hash,
      Optional<BinaryOperator<String>> cipher,
      Function<EventBatch, CompletableFuture<Long>> log,
      Consumer<Exchange> observer,
      PrometheusRegistry registry) {
    var events = new ExchangeEvents(new Redactor(hash), cipher);
    return new ExchangeJournal(config, events, log, observer, registry);
  }

  public void start() {
    writer.start();
  }

  @Override
  public boolean record(Exchange exchange) {
    long bytes = bytes(exchange);
    boolean hasRoom = waitingBytes.get() + bytes <= config.waitingBytesMax();
    if (hasRoom && !isStopping && waiting.offer(exchange)) {
      waitingBytes.addAndGet(bytes);
      return true;
    }
    outcomes.labelValues("dropped").inc();
    return config.overflow() == Overflow.DROP;
  }

  private static long bytes(Exchange exchange) {
    long bytes = EXCHANGE_BYTES;
    bytes += exchange.request().target().length();
    bytes += exchange.request().body().bytes().length;
    if (exchange.response() != null) {
      bytes += exchange.response().body().bytes().length;
    }
    return bytes;
  }

  private void write() {
    var batch = new ArrayList<Exchange>(config.batchMax());
    while (!isStopping || !waiting.isEmpty()) {
      try {
        var first = waiting.poll(100, TimeUnit.MILLISECONDS);
        if (first != null) {
          batch.add(first);
          waiting.drainTo(batch, config.batchMax() - 1);
          append(batch);
        }
      } catch (InterruptedException _) {
        // Only close() interrupts: what waits is written, then this ends.
        isStopping = true;
      } finally {
        batch.forEach(exchange -> waitingBytes.addAndGet(-bytes(exchange)));
        batch.clear();
      }
    }
  }

  private void append(List<Exchange> batch) {
    var byTenant = new LinkedHashMap<String, List<Event>>();
    for (var exchange : batch) {
      var event = event(exchange);
      if (event != null) {
        byTenant.computeIfAbsent(exchange.tenant(), _ -> new ArrayList<>()).add(event);
      }
    }
    byTenant.forEach(this::append);
  }

  private void append(String tenant, List<Event> all) {
    var _ =
        log.apply(new EventBatch(tenant, List.copyOf(all), null))
            .whenComplete((_, failure) -> account(all.size(), failure));
  }

  private @Nullable Event event(Exchange exchange) {
    try {
      var event = events.of(exchange);
      observer.accept(exchange);
      return event;
    } catch (RuntimeException e) {
      outcomes.labelValues("failed").inc();
      LOG.atError().addKeyValue("host", exchange.request().host()).setCause(e).log("not journaled");
      return null;
    }
  }

  private void account(int count, @Nullable Throwable failure) {
    outcomes.labelValues(failure == null ? "durable" : "failed").inc(count);
  }

  /** Takes no more, and appends what waits. */
  @Override
  public void close() {
    isStopping = true;
    try {
      if (!writer.join(config.stopWithin())) {
        LOG.atWarn().addKeyValue("exchanges", waiting.size()).log("journal not written in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
