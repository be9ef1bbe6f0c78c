package io.penstock.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Event;
import io.penstock.event.Events;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RowGroupTest {

  @TempDir Path folder;

  @Test
  void everyFieldOfAnEventComesBack() throws Exception {
    var events = Samples.extremes();

    var read = writeAndRead(events);

    assertThat(Samples.comparable(read)).hasSameElementsAs(Samples.comparable(events));
  }

  @Test
  void exchangesComeBackAmongFlows() throws Exception {
    var exchanges = new Events(1);
    var events = new ArrayList<>(new Samples(1).flows(100, Samples.START, 1000));
    for (int i = 0; i < 100; i++) {
      events.add(exchanges.exchange(exchanges.origin()));
    }

    var read = writeAndRead(events);

    assertThat(read.stream().map(Event::http))
        .containsExactlyInAnyOrderElementsOf(events.stream().map(Event::http).toList());
    assertThat(Samples.comparable(read)).hasSameElementsAs(Samples.comparable(events));
  }

  @Test
  void dictionariesAndPlainValuesOfManyRowsComeBack() throws Exception {
    var events = new Samples(1).flows(40_000, Samples.START, 1000);

    var read = writeAndRead(events);

    assertThat(Samples.comparable(read)).isEqualTo(Samples.comparable(events));
  }

  @Test
  void textOfManyPagesComesBackAmongRowsWithoutAny() throws Exception {
    var random = new Random(7);
    var events = new ArrayList<Event>();
    for (int i = 0; i < 3_000; i++) {
      int length = i % 3 == 1 ? 0 : random.nextInt(3_000);
      events.add(withText(Samples.bare(Samples.START + i, i, null), random, length));
    }

    var read = writeAndRead(events);

    assertThat(Samples.comparable(read)).isEqualTo(Samples.comparable(events));
  }

  private static Event withText(Event event, Random random, int length) {
    var text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append((char) ('a' + random.nextInt(26)));
    }
    var extra = length == 0 ? "" : "\"text\":\"" + text + '"';
    return new Event(
        event.idHigh(),
        event.idLow(),
        event.kind(),
        event.origin(),
        event.startNanos(),
        event.endNanos(),
        event.source(),
        event.destination(),
        event.traffic(),
        event.quirks(),
        extra.getBytes(UTF_8),
        event.enrichment(),
        event.http());
  }

  @Test
  void rowsAreSortedByTheTimeTheyWereReceived() throws Exception {
    var events = new ArrayList<Event>();
    for (int i = 0; i < 1000; i++) {
      events.add(Samples.bare(Samples.START + (i * 7919L) % 1000, i, i % 3 == 0 ? "r" + i : null));
    }

    var read = writeAndRead(events);

    events.sort(Comparator.comparingLong(e -> e.origin().receivedNanos()));
    assertThat(Samples.comparable(read)).isEqualTo(Samples.comparable(events));
  }

  @Test
  void aClearedGroupIsAsGoodAsNew() throws Exception {
    var second = new Samples(3).flows(300, Samples.START, 1000);
    var group = new RowGroup();
    try (var encoder = new ColumnEncoder()) {
      new Samples(2).flows(500, Samples.START, 1000).forEach(group::add);
      group.write(folder.resolve("first.parquet"), encoder);
      group.clear();
      second.forEach(group::add);
      var written = group.write(folder.resolve("second.parquet"), encoder);

      assertThat(written.rows()).isEqualTo(300);
      assertThat(Samples.comparable(read(folder.resolve("second.parquet"))))
          .isEqualTo(Samples.comparable(second));
    }
  }

  private List<Event> writeAndRead(List<Event> events) throws Exception {
    var file = folder.resolve("part.parquet");
    var group = new RowGroup();
    try (var encoder = new ColumnEncoder()) {
      events.forEach(group::add);
      group.write(file, encoder);
    }
    return read(file);
  }

  private static List<Event> read(Path file) throws Exception {
    var events = new ArrayList<Event>();
    try (var connection = DriverManager.getConnection("jdbc:duckdb:");
        var statement = connection.createStatement();
        var rows =
            statement.executeQuery(
                "SELECT " + EventRow.SELECT + " FROM read_parquet('" + file + "')")) {
      var row = new EventRow(rows);
      while (rows.next()) {
        events.add(row.event());
      }
    }
    return events;
  }
}
