package io.penstock.control;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.StatementExceptions;

/**
 * The control plane's tables in SQLite or PostgreSQL, brought to the present form when they are
 * opened. Nothing that handles events or authenticates a request asks it: they read {@link
 * Snapshot}s.
 *
 * <p>Safe for many threads. A call blocks while all connections are taken, for five seconds at
 * most.
 */
public final class Database implements AutoCloseable {

  private static final Duration CONNECTION_WAIT = Duration.ofSeconds(5);
  private static final int CONNECTIONS_MAX = 8;

  private final HikariDataSource pool;
  private final Jdbi jdbi;
  private final boolean isPostgresql;

  private Database(HikariDataSource pool, boolean isPostgresql) {
    this.pool = pool;
    this.jdbi = Jdbi.create(pool);
    // A failure's message goes to the log, where the statement's arguments have no business: they
    // hold hashes of keys, and texts of clients.
    jdbi.getConfig(StatementExceptions.class)
        .setMessageRendering(StatementExceptions.MessageRendering.NONE);
    this.isPostgresql = isPostgresql;
  }

  /** Work with a connection. */
  @FunctionalInterface
  public interface Work<T> {
    T with(Handle handle);
  }

  /**
   * Connects and migrates.
   *
   * @throws IllegalStateException when the database cannot be reached or its tables not be brought
   *     up to date, with a line for the operator
   */
  public static Database open(DatabaseConfig config, PrometheusRegistry registry) {
    boolean isPostgresql = config instanceof DatabaseConfig.Postgresql;
    HikariDataSource pool;
    try {
      pool = new HikariDataSource(poolConfig(config));
    } catch (RuntimeException e) {
      throw new IllegalStateException("cannot open the database: " + rootMessage(e), e);
    }
    try {
      migrate(pool, isPostgresql);
    } catch (FlywayException e) {
      pool.close();
      throw new IllegalStateException("cannot bring the database up to date: " + rootMessage(e), e);
    }
    registerMetrics(pool, registry);
    return new Database(pool, isPostgresql);
  }

  private static HikariConfig poolConfig(DatabaseConfig config) {
    var hikari = new HikariConfig();
    hikari.setPoolName("control");
    hikari.setConnectionTimeout(CONNECTION_WAIT.toMillis());
    hikari.setMaximumPoolSize(CONNECTIONS_MAX);
    hikari.setMinimumIdle(1);
    switch (config) {
      case DatabaseConfig.Sqlite(var file) -> {
        makePrivate(file);
        hikari.setJdbcUrl("jdbc:sqlite:" + file);
        hikari.addDataSourceProperty("journal_mode", "WAL");
        hikari.addDataSourceProperty("synchronous", "FULL");
        hikari.addDataSourceProperty("busy_timeout", CONNECTION_WAIT.toMillis());
        hikari.addDataSourceProperty("foreign_keys", "true");
        // A transaction that reads first and writes then cannot wait for another writer; all of
        // ours write, so they take their turn at the start.
        hikari.addDataSourceProperty("transaction_mode", "IMMEDIATE");
      }
      case DatabaseConfig.Postgresql(var url, var user, var password) -> {
        hikari.setJdbcUrl(url);
        hikari.setUsername(user);
        hikari.setPassword(password);
        // Its errors' details quote the row.
        hikari.addDataSourceProperty("logServerErrorDetail", "false");
      }
    }
    return hikari;
  }

  /** The file holds hashes of keys and the addresses of exporters: nobody else's business. */
  private static void makePrivate(Path file) {
    try {
      var folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      if (Files.notExists(file)
          && file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + file + ": " + e.getMessage(), e);
    }
  }

  private static void migrate(HikariDataSource pool, boolean isPostgresql) {
    Flyway.configure(Database.class.getClassLoader())
        .dataSource(pool)
        .locations("classpath:io/penstock/control/migrations")
        .placeholders(
            Map.of(
                "identity",
                isPostgresql
                    ? "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
                    : "INTEGER PRIMARY KEY AUTOINCREMENT",
                "installation",
                UUID.randomUUID().toString()))
        .load()
        .migrate();
  }

  private static void registerMetrics(HikariDataSource pool, PrometheusRegistry registry) {
    GaugeWithCallback.builder()
        .name("telemetry_database_connections")
        .help("Connections to the control plane's database, by what they do.")
        .labelNames("state")
        .callback(
            gauge -> {
              var now = pool.getHikariPoolMXBean();
              gauge.call(now.getActiveConnections(), "active");
              gauge.call(now.getIdleConnections(), "idle");
              gauge.call(now.getThreadsAwaitingConnection(), "awaited");
            })
        .register(registry);
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage()).lines().findFirst().orElse("no reason given");
  }

  /**
   * What the connections do.
   *
   * @param engine {@code sqlite} or {@code postgresql}
   * @param awaited threads that wait for a connection
   * @param max connections at most
   */
  public record Status(String engine, int active, int idle, int awaited, int max) {}

  public Status status() {
    var now = pool.getHikariPoolMXBean();
    return new Status(
        isPostgresql ? "postgresql" : "sqlite",
        now.getActiveConnections(),
        now.getIdleConnections(),
        now.getThreadsAwaitingConnection(),
        pool.getMaximumPoolSize());
  }

  /** Whether it is PostgreSQL; else it is SQLite. */
  boolean isPostgresql() {
    return isPostgresql;
  }

  /**
   * Reads.
   *
   * @throws DatabaseUnavailableException when the database does not answer now
   */
  public <T> T read(Work<T> work) {
    try {
      return jdbi.withHandle(work::with);
    } catch (JdbiException e) {
      throw named(e);
    }
  }

  /**
   * Writes, all or nothing.
   *
   * @throws DatabaseUnavailableException when the database does not answer now, or cannot write
   */
  public <T> T write(Work<T> work) {
    try {
      return jdbi.inTransaction(work::with);
    } catch (JdbiException e) {
      throw named(e);
    }
  }

  private RuntimeException named(JdbiException failure) {
    if (pool.isClosed()) {
      return new DatabaseUnavailableException("the database was closed", failure);
    }
    return DatabaseUnavailableException.of(failure)
        .map(RuntimeException.class::cast)
        .orElse(failure);
  }

  @Override
  public void close() {
    pool.close();
  }
}
