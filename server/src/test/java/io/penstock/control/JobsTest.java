package io.penstock.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import io.penstock.control.Job.Status;
import io.penstock.json.Json;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class JobsTest {

  private final Instant now = Instant.parse("2026-03-01T12:00:00Z");
  private final InstantSource clock = InstantSource.fixed(now);

  private final Engine engine;
  @TempDir private Path folder;
  private Database database;
  private Jobs jobs;

  JobsTest(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void open() {
    database = engine.open(folder);
    jobs = new Jobs(database, new PrometheusRegistry(), clock);
  }

  @AfterEach
  void close() {
    jobs.close();
    database.close();
  }

  private String start(Jobs.Work work) {
    return jobs.start("acme", "test", Json.object("feed", "x"), work).orElseThrow();
  }

  private Job ended(String id) {
    await().until(() -> jobs.find("acme", id).orElseThrow().finishedAt() != null);
    return jobs.find("acme", id).orElseThrow();
  }

  @Test
  void aJobThatWorksIsASuccessWithItsWords() {
    var id =
        start(
            run -> {
              run.progress(40);
              run.log("half\nway");
            });

    var job = ended(id);

    assertThat(job.status()).isEqualTo(Status.SUCCESS);
    assertThat(job.progress()).isEqualTo(100);
    assertThat(job.logs()).containsExactly("half way");
    assertThat(job.args()).isEqualTo("{\"feed\":\"x\"}");
    assertThat(job.createdAt()).isEqualTo(now);
    assertThat(job.startedAt()).isEqualTo(now);
    assertThat(jobs.find("zeta", id)).isEmpty();
    assertThat(jobs.latest("zeta", 10)).isEmpty();
    assertThat(jobs.latest("acme", 10)).containsExactly(job);
  }

  @Test
  void whatIsRunningSaysHowFarItIs() {
    var goOn = new CountDownLatch(1);
    var id =
        start(
            run -> {
              run.progress(40);
              goOn.await();
            });

    await().until(() -> jobs.find("acme", id).orElseThrow().status() == Status.RUNNING);
    goOn.countDown();

    assertThat(ended(id).status()).isEqualTo(Status.SUCCESS);
  }

  @Test
  void aFailureIsToldAndABugIsToldWithoutItsDetails() {
    var failed =
        start(
            _ -> {
              throw new JobFailure("no room");
            });
    var broken =
        start(
            _ -> {
              throw new IllegalStateException("jdbc://user:secret@host");
            });

    assertThat(ended(failed).status()).isEqualTo(Status.ERROR);
    assertThat(ended(failed).logs()).containsExactly("no room");
    assertThat(ended(broken).status()).isEqualTo(Status.ERROR);
    assertThat(ended(broken).logs()).containsExactly("internal error: IllegalStateException");
  }

  @Test
  void tooManyAreRefusedAndNeverExist() {
    var goOn = new CountDownLatch(1);
    var ids = new ArrayList<String>();
    for (var tenant : List.of("acme", "zeta", "late")) {
      for (int i = 0; i < 10; i++) {
        jobs.start(tenant, "test", Json.object(), _ -> goOn.await()).ifPresent(ids::add);
      }
    }

    // A tenant has half of the 18 places; the queue may be full before both threads have begun.
    assertThat(ids).hasSizeBetween(16, 18);
    assertThat(jobs.latest("acme", 100)).hasSize(Jobs.PER_TENANT_MAX);
    assertThat(jobs.latest("zeta", 100)).hasSizeBetween(7, Jobs.PER_TENANT_MAX);
    assertThat(ids)
        .hasSize(
            jobs.latest("acme", 100).size()
                + jobs.latest("zeta", 100).size()
                + jobs.latest("late", 100).size());
    goOn.countDown();
    await().until(() -> ids.stream().allMatch(this::isFinished));
  }

  private boolean isFinished(String id) {
    return Stream.of("acme", "zeta", "late")
        .flatMap(tenant -> jobs.find(tenant, id).stream())
        .allMatch(job -> job.finishedAt() != null);
  }

  @Test
  void whatHasEndedTakesNoPlaceOfItsTenant() {
    for (int i = 0; i < Jobs.PER_TENANT_MAX + 1; i++) {
      boolean fails = i % 2 == 0;
      ended(
          start(
              _ -> {
                if (fails) {
                  throw new JobFailure("as the test wants it");
                }
              }));
    }

    assertThat(jobs.latest("acme", 100)).hasSize(Jobs.PER_TENANT_MAX + 1);
  }

  @Test
  void aStopEndsWhatRunsAndWhatWaits() {
    var running = new CountDownLatch(2);
    for (int i = 0; i < 5; i++) {
      start(
          _ -> {
            running.countDown();
            new CountDownLatch(1).await();
          });
    }
    await().until(() -> running.getCount() == 0);

    jobs.close();

    assertThat(jobs.latest("acme", 10))
        .hasSize(5)
        .allSatisfy(
            job -> {
              assertThat(job.status()).isEqualTo(Status.ERROR);
              assertThat(job.logs()).containsExactly("the server stopped");
            });
  }

  @Test
  void aStopWithoutADatabaseIsAStopAllTheSame() {
    database.close();

    assertThatCode(jobs::close).doesNotThrowAnyException();
  }

  @Test
  void jobsOfADeadServerEndAtTheNextStart() {
    database.write(
        handle ->
            handle.execute(
                """
                INSERT INTO jobs (job_id, tenant_id, server, type, args, status, logs, created_at,
                  beat_at)
                VALUES ('1', 'acme', 'dead', 'test', '{}', 'running', 'so far%n', ?, ?)
                """
                    .replace("%n", "\n"),
                now.minusSeconds(90).toEpochMilli(),
                now.minusSeconds(61).toEpochMilli()));

    new Jobs(database, new PrometheusRegistry(), clock).close();

    var job = jobs.find("acme", "1").orElseThrow();
    assertThat(job.status()).isEqualTo(Status.ERROR);
    assertThat(job.logs()).containsExactly("so far", "the server stopped");
  }

  @Test
  void theJobsOfALivingServerGoOnWhereSeveralShareATable() {
    var goOn = new CountDownLatch(1);
    var id = start(_ -> goOn.await());
    await().until(() -> jobs.find("acme", id).orElseThrow().status() == Status.RUNNING);

    new Jobs(database, new PrometheusRegistry(), clock).close();

    var after = jobs.find("acme", id).orElseThrow().status();
    assertThat(after).isEqualTo(database.isPostgresql() ? Status.RUNNING : Status.ERROR);
    goOn.countDown();
  }

  @Test
  void onlyTheLatestAreRemembered() {
    insertFinished("acme", 230);
    insertFinished("zeta", 3);

    var id = start(_ -> {});

    assertThat(ended(id).status()).isEqualTo(Status.SUCCESS);
    var left = jobs.latest("acme", 1_000);
    assertThat(left).hasSize(200);
    assertThat(left.getFirst().id()).isEqualTo(id);
    assertThat(left.getLast().id()).isEqualTo("acme-198");
    assertThat(jobs.latest("zeta", 1_000)).hasSize(3);
  }

  /** Jobs that ended, each a second before the one that was inserted before it. */
  private void insertFinished(String tenant, int count) {
    var _ =
        database.write(
            handle -> {
              for (int i = 0; i < count; i++) {
                long at = now.minusSeconds(i + 1).toEpochMilli();
                handle.execute(
                    """
                    INSERT INTO jobs (job_id, tenant_id, server, type, args, status, created_at,
                      finished_at, beat_at)
                    VALUES (?, ?, 'server', 'test', '{}', 'success', ?, ?, ?)
                    """,
                    tenant + "-" + i,
                    tenant,
                    at,
                    at,
                    at);
              }
              return count;
            });
  }
}
