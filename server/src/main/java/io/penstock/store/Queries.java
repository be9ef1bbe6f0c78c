package io.penstock.store;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.duckdb.DuckDBDataChunkReader;
import org.duckdb.DuckDBPreparedStatement;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs questions on a few platform threads: the engine is native, and would hold the carrier of a
 * virtual thread for as long as a query takes. Who finds all of them taken waits a little, then is
 * refused. Safe for use by many threads.
 */
final class Queries implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Queries.class);
  private static final Duration WAIT_MAX = Duration.ofSeconds(2);

  private final Duck duck;
  private final Catalog catalog;
  private final Sketching sketching;
  private final Duration timeout;
  private final Semaphore permits;
  private final ExecutorService threads;
  private final Histogram seconds;
  private final Counter refused;

  Queries(
      Duck duck,
      Catalog catalog,
      Sketching sketching,
      StoreConfig config,
      PrometheusRegistry registry) {
    this.duck = duck;
    this.catalog = catalog;
    this.sketching = sketching;
    this.timeout = config.queryTimeout();
    this.permits = new Semaphore(config.queriesMax(), true);
    this.threads =
        Executors.newFixedThreadPool(
            config.queriesMax(), Thread.ofPlatform().daemon().name("store-query-", 1).factory());
    this.seconds =
        Histogram.builder()
            .name("telemetry_store_query_seconds")
            .help("How long questions to the store took.")
            .labelNames("question")
            .classicOnly()
            .register(registry);
    this.refused =
        Counter.builder()
            .name("telemetry_store_queries_refused_total")
            .help("Questions to the store without a result.")
            .labelNames("reason")
            .register(registry);
    for (var reason : Answer.Reason.values()) {
      refused.initLabelValues(label(reason));
    }
  }

  /** What a question does with the store. */
  interface Work<T> {
    T run(Session session) throws SQLException;
  }

  /** Runs the work on a thread and a snapshot of its own, and waits for it. */
  <T> Answer<T> ask(String question, Work<T> work) {
    return ask(question, timeout, work);
  }

  /** The same, for at most this long, or what any question may take if that is less. */
  <T> Answer<T> ask(String question, Duration atMost, Work<T> work) {
    var answer = waitAndRun(question, atMost.compareTo(timeout) < 0 ? atMost : timeout, work);
    if (answer instanceof Answer.Refused<T>(var reason, var _)) {
      count(reason);
    }
    return answer;
  }

  /** Counts a refusal that was decided before the engine was asked. */
  void count(Answer.Reason reason) {
    refused.labelValues(label(reason)).inc();
  }

  private static String label(Answer.Reason reason) {
    return reason.name().toLowerCase(Locale.ROOT);
  }

  private <T> Answer<T> waitAndRun(String question, Duration atMost, Work<T> work) {
    boolean hasPermit = false;
    try {
      hasPermit = permits.tryAcquire(WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS);
      if (!hasPermit) {
        return new Answer.Refused<>(Answer.Reason.BUSY, "too many queries run already");
      }
      return run(question, atMost, work);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Answer.Refused<>(Answer.Reason.FAILED, "interrupted");
    } finally {
      if (hasPermit) {
        permits.release();
      }
    }
  }

  private <T> Answer<T> run(String question, Duration atMost, Work<T> work)
      throws InterruptedException {
    var running = new AtomicReference<@Nullable Statement>();
    long start = System.nanoTime();
    try {
      var result = threads.submit(() -> onThread(work, running, start + atMost.toNanos()));
      try {
        return new Answer.Answered<>(result.get());
      } catch (InterruptedException e) {
        // Ends what is between two statements; the engine itself does not heed it.
        result.cancel(true);
        cancel(running.get());
        throw e;
      }
    } catch (ExecutionException e) {
      return refusal(question, atMost, e.getCause());
    } catch (RejectedExecutionException e) {
      return new Answer.Refused<>(Answer.Reason.FAILED, "the store is closed");
    } finally {
      seconds.labelValues(question).observe((System.nanoTime() - start) / 1e9);
    }
  }

  private <T> T onThread(Work<T> work, AtomicReference<@Nullable Statement> running, long deadline)
      throws SQLException {
    try (var snapshot = catalog.snapshot();
        var connection = duck.connect();
        var session = new Session(connection, snapshot, sketching, running, deadline)) {
      return work.run(session);
    }
  }

  private static void cancel(@Nullable Statement statement) {
    try {
      if (statement != null) {
        statement.cancel();
      }
    } catch (SQLException e) {
      LOG.atDebug().setCause(e).log("cannot cancel a query");
    }
  }

  /** Whether a question needed more memory than the engine may use. */
  static boolean isOutOfMemory(SQLException failure) {
    return String.valueOf(failure.getMessage()).contains("Out of Memory");
  }

  private <T> Answer<T> refusal(String question, Duration atMost, @Nullable Throwable cause) {
    var message = cause == null ? "" : String.valueOf(cause.getMessage());
    if (cause instanceof SQLTimeoutException || message.contains("INTERRUPT")) {
      return new Answer.Refused<>(
          Answer.Reason.TIMEOUT, "the query took longer than " + atMost.toSeconds() + " s");
    }
    if (cause instanceof SQLException failed && isOutOfMemory(failed)) {
      return new Answer.Refused<>(
          Answer.Reason.TOO_LARGE,
          "the query needs more memory than it may have; take less time or fewer fields");
    }
    LOG.atError().addKeyValue("question", question).setCause(cause).log("a query failed");
    return new Answer.Refused<>(Answer.Reason.FAILED, "the store cannot answer");
  }

  /** One question at work: a connection and the files it may see. For one thread. */
  static final class Session implements AutoCloseable {
    private final Connection connection;
    private final Catalog.Snapshot snapshot;
    private final Sketching sketching;
    private final AtomicReference<@Nullable Statement> running;
    private final long deadline;

    private Session(
        Connection connection,
        Catalog.Snapshot snapshot,
        Sketching sketching,
        AtomicReference<@Nullable Statement> running,
        long deadline) {
      this.connection = connection;
      this.snapshot = snapshot;
      this.sketching = sketching;
      this.running = running;
      this.deadline = deadline;
    }

    /** A tenant's parts with events received between two times, both included. */
    List<Part> parts(String tenant, long fromNanos, long toNanos) {
      return snapshot.parts().stream()
          .filter(part -> part.tenant().equals(tenant) && part.overlaps(fromNanos, toNanos))
          .toList();
    }

    /** Parts as a table expression. */
    String table(List<Part> parts) {
      var list = new StringBuilder("read_parquet([");
      for (var part : parts) {
        list.append(list.charAt(list.length() - 1) == '[' ? "'" : ", '")
            .append(snapshot.file(part).toString().replace("'", "''"))
            .append('\'');
      }
      return list.append("], hive_partitioning = false)").toString();
    }

    Sketching sketching() {
      return sketching;
    }

    /** A sketch for this question, as soon as there is room for one. */
    Sketch sketch(boolean isHighest) throws SQLException {
      return sketching.open(isHighest, left());
    }

    /** Runs a query until the question's deadline. */
    void query(String sql, List<?> parameters, RowReader reader) throws SQLException {
      try (var statement = prepare(sql, parameters)) {
        running.set(statement);
        try (var rows = statement.executeQuery()) {
          reader.read(rows);
        }
      } finally {
        running.set(null);
      }
    }

    /**
     * Runs a query whose result is too large to be kept, and hands it on as it comes. The driver
     * ends a result that fails on its way like one that is complete: <b>whoever asks must know how
     * many rows there are</b>, and count.
     */
    void chunks(String sql, List<?> parameters, ChunkReader reader) throws SQLException {
      try (var statement = prepare(sql, parameters)) {
        running.set(statement);
        try (var result = statement.unwrap(DuckDBPreparedStatement.class).query()) {
          while (result.nextChunk()) {
            reader.read(result.chunk());
            left();
          }
        }
      } finally {
        running.set(null);
      }
    }

    private PreparedStatement prepare(String sql, List<?> parameters) throws SQLException {
      long left = left();
      var statement = connection.prepareStatement(sql);
      try {
        statement.setQueryTimeout((int) Math.max(1, TimeUnit.NANOSECONDS.toSeconds(left)));
        for (int i = 0; i < parameters.size(); i++) {
          statement.setObject(i + 1, parameters.get(i));
        }
        return statement;
      } catch (SQLException e) {
        statement.close();
        throw e;
      }
    }

    /** Nanoseconds until the deadline. */
    private long left() throws SQLException {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new SQLTimeoutException("no time left");
      }
      if (Thread.currentThread().isInterrupted()) {
        throw new SQLException("nobody waits for the answer any more");
      }
      return left;
    }

    @Override
    public void close() {
      running.set(null);
    }
  }

  /** Reads all rows of a result. */
  interface RowReader {
    void read(ResultSet rows) throws SQLException;
  }

  /** Reads some rows of a result. */
  interface ChunkReader {
    void read(DuckDBDataChunkReader chunk) throws SQLException;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
