package io.penstock.store;

import io.penstock.event.Event;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Events as a Parquet file of their own, with the columns of the store. */
public final class ParquetExport {

  private ParquetExport() {}

  /** Writes a file that must not exist yet; when this returns it is on the disk. */
  public static void write(Path file, List<Event> events) throws IOException {
    var group = new RowGroup();
    events.forEach(group::add);
    try (var encoder = new ColumnEncoder()) {
      var _ = group.write(file, encoder);
    }
  }
}
