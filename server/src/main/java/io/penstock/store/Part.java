package io.penstock.store;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;

/**
 * One Parquet file of the store.
 *
 * @param tenant whose events it holds
 * @param day UTC day on which they were received
 * @param name file name inside its partition
 * @param rows how many events
 * @param bytes size of the file
 * @param oldestNanos when its first event was received
 * @param newestNanos when its last event was received
 */
record Part(
    String tenant,
    LocalDate day,
    String name,
    long rows,
    long bytes,
    long oldestNanos,
    long newestNanos) {

  /** Tenant and day: the folder of the hive layout. */
  record Partition(String tenant, LocalDate day) {

    /** {@code tenant=<t>/date=<yyyy-mm-dd>}, the tenant percent-encoded. */
    String folder() {
      var encoded = URLEncoder.encode(tenant, StandardCharsets.UTF_8).replace("+", "%20");
      return "tenant=" + encoded + "/date=" + day;
    }
  }

  Partition partition() {
    return new Partition(tenant, day);
  }

  /** Path below the store's folder. */
  String path() {
    return partition().folder() + "/" + name;
  }

  boolean overlaps(long fromNanos, long toNanos) {
    return newestNanos >= fromNanos && oldestNanos <= toNanos;
  }

  /** One word of the manifest; {@link #parse} reads it. */
  String toLine() {
    return String.join(
        ",",
        path(),
        Long.toString(rows),
        Long.toString(bytes),
        Long.toString(oldestNanos),
        Long.toString(newestNanos));
  }

  /**
   * Reads {@link #toLine}.
   *
   * @throws IllegalArgumentException when the text is none
   */
  static Part parse(String line) {
    var fields = line.split(",", -1);
    var folders = fields[0].split("/", -1);
    if (fields.length != 5
        || folders.length != 3
        || !folders[0].startsWith("tenant=")
        || !folders[1].startsWith("date=")) {
      throw new IllegalArgumentException("not a part: " + line);
    }
    return new Part(
        URLDecoder.decode(folders[0].substring("tenant=".length()), StandardCharsets.UTF_8),
        LocalDate.parse(folders[1].substring("date=".length())),
        folders[2],
        Long.parseLong(fields[1]),
        Long.parseLong(fields[2]),
        Long.parseLong(fields[3]),
        Long.parseLong(fields[4]));
  }
}
