package io.penstock.decode;

import io.penstock.event.Nanos;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * One of the tables that an exporter announced in options records, for people to read.
 *
 * @param name what people call the table: {@code interfaces}, {@code applications}, ...; several
 *     tables may share a name
 * @param domain the observation domain that it was announced in
 * @param scope names of the scope fields: what a row is about
 * @param rows the rows, those refreshed longest ago first
 * @param omitted how many more there are
 */
public record OptionsTable(
    String name, long domain, List<String> scope, List<Row> rows, int omitted) {

  /**
   * One row as it was announced last.
   *
   * @param refreshed when that was
   * @param members JSON members without the braces, in the order in which they were sent
   */
  public record Row(Instant refreshed, String members) {}

  /** Which rows stand in one table. */
  private record Identity(long domain, List<?> fields) {}

  /**
   * Sorts rows into their tables.
   *
   * @param rowsMax the most rows that one table shows
   */
  static List<OptionsTable> of(List<OptionsRow> all, int rowsMax) {
    var sorted = new LinkedHashMap<Identity, List<OptionsRow>>();
    for (var row : all) {
      var identity = new Identity(row.key().domain(), row.plan().layout().identity());
      sorted.computeIfAbsent(identity, _ -> new ArrayList<>()).add(row);
    }
    return sorted.values().stream().map(rows -> table(rows, rowsMax)).toList();
  }

  private static OptionsTable table(List<OptionsRow> rows, int rowsMax) {
    var first = rows.getFirst();
    var layout = first.plan().layout();
    var shown = rows.stream().limit(rowsMax).map(OptionsTable::row).toList();
    return new OptionsTable(
        layout.table(), first.key().domain(), layout.scope(), shown, rows.size() - shown.size());
  }

  private static Row row(OptionsRow row) {
    var members = new ExtraMembers();
    row.plan().describe(row.record(), members);
    return new Row(
        Nanos.instant(row.refreshedNanos()), new String(members.toBytes(), StandardCharsets.UTF_8));
  }
}
