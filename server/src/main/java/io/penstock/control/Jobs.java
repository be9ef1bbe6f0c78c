package io.penstock.control;

import io.penstock.control.Job.Status;
import io.penstock.json.Json;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The table of jobs, and the threads that do them: two at a time, the others wait in a bounded
 * queue. A job's row is written when its state changes and about twice a second between.
 *
 * <p>A tenant may have half of the places, so that another one always finds some.
 *
 * <p>A server that stops takes its jobs with it. Several servers may share the table, so each says
 * every few seconds that its jobs live; whose server has been silent for a minute is dead. SQLite
 * has one server, so there whatever ran before the start is dead at once.
 *
 * <p>Safe for many threads.
 */
public final class Jobs implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Jobs.class);

  private static final int RUNNING_MAX = 2;
  private static final int WAITING_MAX = 16;

  /** Jobs of one tenant that run or wait. */
  static final int PER_TENANT_MAX = (RUNNING_MAX + WAITING_MAX) / 2;

  /** Finished jobs of a tenant that are remembered. */
  private static final int REMEMBERED_MAX = 200;

  private static final int LOG_CHARS_MAX = 16 * 1024;
  private static final Duration BEAT = Duration.ofSeconds(15);
  private static final Duration SILENCE_MAX = Duration.ofMinutes(1);
  private static final Duration WRITE_INTERVAL = Duration.ofMillis(500);
  private static final Duration STOP_MAX = Duration.ofSeconds(2);

  private static final String STOPPED = "the server stopped";

  /** What a job does. Heeds interruption. */
  @FunctionalInterface
  public interface Work {
    /**
     * @throws JobFailure when it cannot do what was asked; any other exception is a bug
     */
    void run(Run run) throws JobFailure, InterruptedException;
  }

  private final Database database;
  private final InstantSource clock;
  private final Counter ended;
  private final Counter refused;
  private final String server = UUID.randomUUID().toString();
  private final ThreadPoolExecutor workers;
  private final Map<String, Integer> unfinished = new ConcurrentHashMap<>();
  private final ScheduledExecutorService heart =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("jobs-heart").factory());

  /** Whether the last beat found no database. Of the one thread. */
  private boolean isLost;

  public Jobs(Database database, PrometheusRegistry registry, InstantSource clock) {
    this.database = database;
    this.clock = clock;
    this.ended =
        Counter.builder()
            .name("telemetry_jobs_total")
            .help("Jobs that ended on this server, by how.")
            .labelNames("status")
            .register(registry);
    this.refused =
        Counter.builder()
            .name("telemetry_jobs_refused_total")
            .help("Jobs that were not begun because too many waited: of the tenant, or of all.")
            .labelNames("of")
            .register(registry);
    this.workers =
        new ThreadPoolExecutor(
            RUNNING_MAX,
            RUNNING_MAX,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(WAITING_MAX),
            Thread.ofPlatform().daemon().name("job-", 1).factory());
    workers.allowCoreThreadTimeOut(true);
    bury(database.isPostgresql() ? clock.instant().minus(SILENCE_MAX) : Instant.MAX);
    var _ =
        heart.scheduleWithFixedDelay(
            this::beat, BEAT.toMillis(), BEAT.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void beat() {
    try {
      database.write(
          handle ->
              handle.execute(
                  """
                  UPDATE jobs SET beat_at = ?
                  WHERE server = ? AND status IN ('queued', 'running')
                  """,
                  clock.millis(),
                  server));
      bury(clock.instant().minus(SILENCE_MAX));
      isLost = false;
    } catch (DatabaseUnavailableException e) {
      // The database is asked again at the next beat; an outage is told once.
      if (!isLost) {
        isLost = true;
        LOG.atWarn().addKeyValue("reason", e.getMessage()).log("jobs not kept alive; trying on");
      }
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).log("jobs not kept alive; trying on");
    }
  }

  /** Ends the jobs of servers that have not been heard since a time. */
  private void bury(Instant heardBefore) {
    long limit = heardBefore.equals(Instant.MAX) ? Long.MAX_VALUE : heardBefore.toEpochMilli();
    int dead =
        database.write(
            handle ->
                handle.execute(
                    """
                    UPDATE jobs SET status = 'error', finished_at = ?, logs = logs || ?
                    WHERE status IN ('queued', 'running') AND server <> ? AND beat_at < ?
                    """,
                    clock.millis(),
                    STOPPED + "\n",
                    server,
                    limit));
    if (dead > 0) {
      LOG.atWarn().addKeyValue("jobs", dead).log("jobs of a stopped server ended");
    }
  }

  /**
   * Starts a job.
   *
   * @param args what it is asked with, without secrets
   * @return its id; empty when too many wait, and then it does not exist
   */
  public Optional<String> start(
      String tenant, String type, Map<String, @Nullable Object> args, Work work) {
    if (unfinished.merge(tenant, 1, Integer::sum) > PER_TENANT_MAX) {
      finished(tenant);
      return refuse("tenant");
    }
    boolean isTaken = false;
    try {
      var id = queue(tenant, type, args, work);
      isTaken = id.isPresent();
      return isTaken ? id : refuse("all");
    } finally {
      if (!isTaken) {
        finished(tenant);
      }
    }
  }

  private Optional<String> refuse(String of) {
    refused.labelValues(of).inc();
    return Optional.empty();
  }

  private void finished(String tenant) {
    unfinished.computeIfPresent(tenant, (_, count) -> count == 1 ? null : count - 1);
  }

  private Optional<String> queue(
      String tenant, String type, Map<String, @Nullable Object> args, Work work) {
    if (workers.getQueue().remainingCapacity() == 0) {
      return Optional.empty();
    }
    var id = UUID.randomUUID().toString();
    insert(id, tenant, type, Json.text(args));
    try {
      workers.execute(() -> run(new Run(id, tenant, type), work));
      return Optional.of(id);
    } catch (RejectedExecutionException full) {
      database.write(handle -> handle.execute("DELETE FROM jobs WHERE job_id = ?", id));
      return Optional.empty();
    }
  }

  private void insert(String id, String tenant, String type, String args) {
    long now = clock.millis();
    database.write(
        handle -> {
          forget(tenant, handle);
          return handle.execute(
              """
              INSERT INTO jobs (job_id, tenant_id, server, type, args, status, created_at, beat_at)
              VALUES (?, ?, ?, ?, ?, 'queued', ?, ?)
              """,
              id,
              tenant,
              server,
              type,
              args,
              now,
              now);
        });
  }

  private static void forget(String tenant, Handle handle) {
    handle.execute(
        """
        DELETE FROM jobs WHERE tenant_id = ? AND status IN ('success', 'error')
          AND job_id NOT IN (SELECT job_id FROM jobs WHERE tenant_id = ?
            ORDER BY created_at DESC, job_id LIMIT ?)
        """,
        tenant,
        tenant,
        REMEMBERED_MAX - 1);
  }

  private void run(Run run, Work work) {
    try {
      run.begin();
      work.run(run);
      run.end(Status.SUCCESS);
    } catch (JobFailure failure) {
      LOG.atWarn()
          .addKeyValue("job", run.id)
          .addKeyValue("type", run.type)
          .addKeyValue("why", failure.getMessage())
          .log("job failed");
      run.endWith(String.valueOf(failure.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      run.endWith(STOPPED);
    } catch (RuntimeException | Error bug) {
      // An Error too: a database file that does not fit into memory must not leave a job running.
      LOG.atError()
          .addKeyValue("job", run.id)
          .addKeyValue("type", run.type)
          .setCause(bug)
          .log("job failed by a bug");
      run.endWith("internal error: " + bug.getClass().getSimpleName());
    } finally {
      finished(run.tenant);
    }
  }

  /** A job that is being done. For the thread that does it. */
  public final class Run {

    private final String id;
    private final String tenant;
    private final String type;
    private final StringBuilder logs = new StringBuilder();
    private int progress;
    private long writtenNanos;

    private Run(String id, String tenant, String type) {
      this.id = id;
      this.tenant = tenant;
      this.type = type;
    }

    public String id() {
      return id;
    }

    /** How far it is. */
    public void progress(int percent) {
      if (percent != progress) {
        progress = Math.clamp(percent, 0, 100);
        writeNowAndThen();
      }
    }

    /** Says something to whoever asked; what goes beyond 16 KiB is left out. */
    public void log(String line) {
      if (logs.length() + line.length() < LOG_CHARS_MAX) {
        logs.append(line.replace('\n', ' ')).append('\n');
        writeNowAndThen();
      }
    }

    private void writeNowAndThen() {
      if (System.nanoTime() - writtenNanos >= WRITE_INTERVAL.toNanos()) {
        write(
            "UPDATE jobs SET progress = :progress, logs = :logs, beat_at = :now WHERE job_id = :id",
            Status.RUNNING);
      }
    }

    private void begin() {
      write(
          "UPDATE jobs SET status = :status, started_at = :now, beat_at = :now WHERE job_id = :id",
          Status.RUNNING);
    }

    private void endWith(String why) {
      logs.append(why.replace('\n', ' ')).append('\n');
      end(Status.ERROR);
    }

    private void end(Status status) {
      ended.labelValues(status.word()).inc();
      if (status == Status.SUCCESS) {
        progress = 100;
      }
      try {
        write(
            """
            UPDATE jobs SET status = :status, progress = :progress, logs = :logs,
              finished_at = :now WHERE job_id = :id
            """,
            status);
      } catch (RuntimeException e) {
        // The database is gone; the next start finds the job dead.
        LOG.atError().addKeyValue("job", id).setCause(e).log("end of a job not written");
      }
    }

    private void write(String sql, Status status) {
      writtenNanos = System.nanoTime();
      database.write(
          handle ->
              handle
                  .createUpdate(sql)
                  .bindMap(
                      Map.of(
                          "id", id,
                          "status", status.word(),
                          "progress", progress,
                          "logs", logs.toString(),
                          "now", clock.millis()))
                  .execute());
    }
  }

  /** A job that a tenant asked for. */
  public Optional<Job> find(String tenant, String id) {
    return database.read(
        handle ->
            handle
                .select("SELECT * FROM jobs WHERE tenant_id = ? AND job_id = ?", tenant, id)
                .map((row, _) -> job(row))
                .findOne());
  }

  /** The latest jobs that a tenant asked for, the newest first. */
  public List<Job> latest(String tenant, int limit) {
    return database.read(
        handle ->
            handle
                .select(
                    """
                    SELECT * FROM jobs WHERE tenant_id = ?
                    ORDER BY created_at DESC, job_id LIMIT ?
                    """,
                    tenant,
                    limit)
                .map((row, _) -> job(row))
                .list());
  }

  private static Job job(ResultSet row) throws SQLException {
    return new Job(
        row.getString("job_id"),
        row.getString("tenant_id"),
        row.getString("type"),
        row.getString("args"),
        Status.of(row.getString("status")),
        row.getInt("progress"),
        row.getString("logs").lines().toList(),
        Instant.ofEpochMilli(row.getLong("created_at")),
        time(row, "started_at"),
        time(row, "finished_at"));
  }

  private static @Nullable Instant time(ResultSet row, String column) throws SQLException {
    long millis = row.getLong(column);
    return row.wasNull() ? null : Instant.ofEpochMilli(millis);
  }

  /** Interrupts the jobs that run and ends those that wait; gives them two seconds. */
  @Override
  public void close() {
    heart.shutdownNow();
    workers.shutdownNow();
    try {
      if (!workers.awaitTermination(STOP_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.atWarn().log("jobs still run while the server stops");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      endUnfinished();
    } catch (DatabaseUnavailableException e) {
      // The rest of the server must stop in order all the same; without our beat another one, or
      // our next start, finds these jobs dead.
      LOG.atWarn().addKeyValue("reason", e.getMessage()).log("unfinished jobs not marked as ended");
    }
  }

  private void endUnfinished() {
    database.write(
        handle ->
            handle.execute(
                """
                UPDATE jobs SET status = 'error', finished_at = ?, logs = logs || ?
                WHERE status IN ('queued', 'running') AND server = ?
                """,
                clock.millis(),
                STOPPED + "\n",
                server));
  }
}
