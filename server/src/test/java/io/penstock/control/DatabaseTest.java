package io.penstock.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.jdbi.v3.core.JdbiException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class DatabaseTest {

  private static final String INSERT =
      "INSERT INTO tenants (tenant_id, name, retention_days, quotas, redaction, created_at, updated_at)"
          + " VALUES (?, ?, 7, '{}', '{}', 0, 0)";

  private final Engine engine;
  @TempDir private Path folder;
  private Database database;

  DatabaseTest(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void open() {
    database = engine.open(folder);
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void whatAStatementWasGivenIsInNoFailure() {
    var secret = "hash-of-a-key";
    database.write(handle -> handle.execute(INSERT, secret, "a"));

    assertThatThrownBy(() -> database.write(handle -> handle.execute(INSERT, secret, "b")))
        .isInstanceOf(JdbiException.class)
        .satisfies(
            failure -> assertThat(stack(failure)).contains("Caused by").doesNotContain(secret));
  }

  private static String stack(Throwable failure) {
    var text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  @Test
  void aDatabaseThatTakesNoWritesNowIsUnavailable() {
    assertThatThrownBy(
            () ->
                database.write(
                    handle -> {
                      handle.execute(
                          engine == Engine.SQLITE
                              ? "PRAGMA query_only = ON"
                              : "SET TRANSACTION READ ONLY");
                      return handle.execute(INSERT, "acme", "ACME");
                    }))
        .isInstanceOf(DatabaseUnavailableException.class)
        .hasMessageContaining("read");
  }

  @Test
  void aDatabaseThatIsClosedIsUnavailable() {
    database.close();

    assertThatThrownBy(() -> database.read(handle -> handle.execute(INSERT, "acme", "ACME")))
        .isInstanceOf(DatabaseUnavailableException.class);
  }

  @Test
  void aChangeDoesNotWaitForEverBehindOneThatHangs() throws Exception {
    var snapshot = new Snapshot<>(database, "tenants", _ -> "");
    var isIn = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    try (var executor = Executors.newSingleThreadExecutor()) {
      var hanging =
          executor.submit(
              () ->
                  snapshot.change(
                      _ -> {
                        isIn.countDown();
                        return waited(goOn);
                      },
                      (_, _) -> "changed"));
      isIn.await();
      try {
        assertThatThrownBy(() -> snapshot.change(_ -> true, (_, _) -> "never"))
            .isInstanceOf(DatabaseUnavailableException.class);
      } finally {
        goOn.countDown();
      }
      assertThat(hanging.get()).isTrue();
      assertThat(snapshot.current()).isEqualTo("changed");
    }
  }

  private static boolean waited(CountDownLatch latch) {
    try {
      latch.await();
      return true;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aWrongStatementIsAFaultOfOurs() {
    assertThatThrownBy(() -> database.write(handle -> handle.execute("UPDATE nothing SET x = 1")))
        .isInstanceOf(JdbiException.class);
  }
}
