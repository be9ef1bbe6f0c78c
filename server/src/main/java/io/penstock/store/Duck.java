package io.penstock.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.Properties;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The DuckDB engine inside this process. It owns no data: it reads the Parquet files that a query
 * names. Loaded by the first who asks, since its native library takes a moment. Safe for use by
 * many threads.
 */
final class Duck implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Duck.class);
  private static final Path MAPS = Path.of("/proc/self/maps");

  private final StoreConfig config;
  private final Path spill;
  private @Nullable DuckDBConnection root;
  private boolean isClosed;

  Duck(StoreConfig config) throws IOException {
    this.config = config;
    this.spill = config.folder().toAbsolutePath().resolve("spill");
    deleteTree(spill);
  }

  /** A connection of the caller's own, to be closed. */
  Connection connect() throws SQLException {
    return root().duplicate();
  }

  private synchronized DuckDBConnection root() throws SQLException {
    if (isClosed) {
      throw new SQLException("the store is closed");
    }
    var open = root;
    if (open == null) {
      open = open();
      root = open;
      deleteUnpackedLibrary();
    }
    return open;
  }

  private DuckDBConnection open() throws SQLException {
    var settings = new Properties();
    settings.setProperty("threads", Integer.toString(config.threads()));
    settings.setProperty("memory_limit", (config.memoryBytesMax() >> 20) + "MiB");
    settings.setProperty("temp_directory", spill.toString());
    settings.setProperty("autoinstall_known_extensions", "false");
    settings.setProperty("autoload_known_extensions", "false");
    settings.setProperty("preserve_insertion_order", "false");
    var connection = (DuckDBConnection) DriverManager.getConnection("jdbc:duckdb:", settings);
    try (var statement = connection.createStatement()) {
      statement.execute("SET GLOBAL parquet_metadata_cache = true");
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /**
   * The driver unpacks its library of 60 MB into the temporary folder and a killed process leaves
   * it there. Once it is mapped its name is not needed any more.
   */
  private static void deleteUnpackedLibrary() {
    if (!Files.isReadable(MAPS)) {
      return;
    }
    var temporary = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();
    try (var lines = Files.lines(MAPS)) {
      var library =
          lines
              .filter(line -> line.contains("libduckdb_java") && line.contains("/"))
              .map(line -> Path.of(line.substring(line.indexOf('/'))))
              .filter(path -> path.startsWith(temporary))
              .findFirst();
      if (library.isPresent()) {
        Files.deleteIfExists(library.get());
      }
    } catch (IOException e) {
      LOG.atDebug().setCause(e).log("cannot delete the unpacked library");
    }
  }

  private static void deleteTree(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (var files = Files.walk(folder)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  @Override
  public synchronized void close() {
    isClosed = true;
    var open = root;
    root = null;
    if (open == null) {
      return;
    }
    try {
      open.close();
    } catch (SQLException e) {
      LOG.atDebug().setCause(e).log("cannot close the engine");
    }
  }
}
