package io.penstock.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.event.EventJson;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import io.penstock.shape.Shape;
import io.penstock.sink.Delivery.Taken;
import io.penstock.sink.Flows;
import io.penstock.sink.Sink;
import io.penstock.sink.SinkContract;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilesSinkTest {

  @TempDir Path folder;

  private static final int MIB = 1 << 20;

  @Nested
  class Lines extends Contract {
    @Override
    FilesConfig.Format format() {
      return FilesConfig.Format.NDJSON;
    }
  }

  @Nested
  class PackedLines extends Contract {
    @Override
    FilesConfig.Format format() {
      return FilesConfig.Format.NDJSON_GZ;
    }
  }

  @Nested
  class Parquet extends Contract {
    @Override
    FilesConfig.Format format() {
      return FilesConfig.Format.PARQUET;
    }
  }

  /** A folder that a file takes the place of while it is down. */
  abstract static class Contract extends SinkContract {

    @TempDir Path folder;

    abstract FilesConfig.Format format();

    @Override
    protected Stand stand() {
      return new Stand() {

        @Override
        public Sink sink() {
          return open(folder, format(), MIB, Duration.ofHours(1));
        }

        @Override
        public List<String> arrived() throws Exception {
          return ids(folder.resolve("out"));
        }

        @Override
        public void down() throws IOException {
          Files.move(folder.resolve("out"), folder.resolve("away"));
          Files.createFile(folder.resolve("out"));
        }

        @Override
        public void up() throws IOException {
          Files.delete(folder.resolve("out"));
          Files.move(folder.resolve("away"), folder.resolve("out"));
        }

        @Override
        public void close() {}
      };
    }
  }

  private static FilesSink open(
      Path folder, FilesConfig.Format format, int rotateBytes, Duration rotateAfter) {
    Shape shape = (tenant, event, out) -> out.put(EventJson.write(tenant, event));
    return new FilesSink(
        new FilesConfig("out", format, rotateBytes, rotateAfter),
        folder,
        () -> shape,
        InstantSource.system());
  }

  /** Ids of the events in all files of a folder, finished or not. */
  private static List<String> ids(Path folder) throws Exception {
    var ids = new ArrayList<String>();
    try (var paths = Files.newDirectoryStream(folder)) {
      for (var path : paths) {
        ids.addAll(path.toString().endsWith(".parquet") ? rows(path) : lines(path));
      }
    }
    return ids;
  }

  private static List<String> lines(Path path) throws IOException, MalformedJsonException {
    String text;
    try (var in = Files.newInputStream(path);
        var plain = path.toString().endsWith(".gz") ? new GZIPInputStream(in) : in) {
      text = new String(plain.readAllBytes(), StandardCharsets.UTF_8);
    }
    var ids = new ArrayList<String>();
    for (var line : text.lines().toList()) {
      if (JsonTree.parse(line) instanceof Map<?, ?> document) {
        ids.add(String.valueOf(document.get("id")));
      }
    }
    return ids;
  }

  private static List<String> rows(Path path) throws SQLException {
    var ids = new ArrayList<String>();
    try (var duck = DriverManager.getConnection("jdbc:duckdb:");
        var statement = duck.createStatement();
        var rows = statement.executeQuery("SELECT id FROM read_parquet('" + path + "')")) {
      while (rows.next()) {
        ids.add(rows.getString(1));
      }
    }
    return ids;
  }

  @Test
  void aFileThatIsFullGetsItsFinalNameAndIsOnTheDisk() throws Exception {
    try (var sink = open(folder, FilesConfig.Format.NDJSON, 1, Duration.ofHours(1))) {
      assertThat(sink.send(Flows.batch(sink, Flows.of(3)))).isInstanceOf(Taken.class);

      assertThat(names()).hasSize(1).allMatch(name -> name.endsWith(".ndjson"));
    }
  }

  @Test
  void aFileIsFinishedWhenItIsOldThoughNothingMoreComes() throws Exception {
    try (var sink = open(folder, FilesConfig.Format.NDJSON_GZ, MIB, Duration.ofMillis(50))) {
      sink.send(Flows.batch(sink, Flows.of(3)));

      await().until(() -> names().stream().allMatch(name -> name.endsWith(".ndjson.gz")));
      assertThat(ids(folder.resolve("out"))).hasSize(3);
    }
  }

  @Test
  void whatACrashLeftIsFinishedWithoutTheLineThatWasCutOff() throws Exception {
    Files.createDirectories(folder.resolve("out"));
    var left = folder.resolve("out/events-20260101T000000-0.ndjson.part");
    Files.writeString(left, "{\"id\":\"1\"}\n{\"id\":\"2", StandardOpenOption.CREATE);

    try (var _ = open(folder, FilesConfig.Format.NDJSON, MIB, Duration.ofHours(1))) {
      assertThat(names()).containsExactly("events-20260101T000000-0.ndjson");
      assertThat(ids(folder.resolve("out"))).containsExactly("1");
    }
  }

  private List<String> names() throws IOException {
    try (var paths = Files.list(folder.resolve("out"))) {
      return paths.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }
}
