package io.penstock.control;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The databases that the control plane runs on, for real. A test class takes part with
 * {@code @ParameterizedClass} and {@code @EnumSource}.
 */
public enum Engine {
  SQLITE {
    @Override
    public DatabaseConfig fresh(Path folder) {
      return new DatabaseConfig.Sqlite(folder.resolve("control-" + NUMBER.incrementAndGet()));
    }
  },
  POSTGRESQL {
    @Override
    public DatabaseConfig fresh(Path folder) {
      var name = "control" + NUMBER.incrementAndGet();
      var server = Postgresql.SERVER;
      try (var connection = server.getPostgresDatabase().getConnection();
          var statement = connection.createStatement()) {
        statement.execute("CREATE DATABASE " + name);
      } catch (SQLException e) {
        throw new IllegalStateException("cannot make a database for the test", e);
      }
      return DatabaseConfig.parse(
          "postgresql://postgres:postgres@localhost:" + server.getPort() + "/" + name);
    }
  };

  private static final AtomicInteger NUMBER = new AtomicInteger();

  /** Describes a database that nobody has used yet. */
  public abstract DatabaseConfig fresh(Path folder);

  /** Opens a database that nobody has used yet. */
  public Database open(Path folder) {
    return Database.open(fresh(folder), new PrometheusRegistry());
  }

  /** What makes a server, whose data folder this is, use a database that nobody has used yet. */
  public Map<String, String> variables(Path folder) {
    return switch (fresh(folder)) {
      case DatabaseConfig.Sqlite(var file) -> Map.of("SQLITE_PATH", file.toString());
      case DatabaseConfig.Postgresql(var url, var user, var password) ->
          Map.of(
              "DATABASE_URL",
              url.replace("jdbc:postgresql://", "postgresql://" + user + ':' + password + '@'));
    };
  }

  /** Started once for all tests of a run; ends with it. */
  private static final class Postgresql {
    static final EmbeddedPostgres SERVER = start();

    private static EmbeddedPostgres start() {
      try {
        var folder = Files.createTempDirectory("postgresql");
        return EmbeddedPostgres.builder()
            .setOverrideWorkingDirectory(folder.toFile())
            .setCleanDataDirectory(true)
            .start();
      } catch (IOException e) {
        throw new UncheckedIOException("PostgreSQL does not start", e);
      }
    }
  }
}
