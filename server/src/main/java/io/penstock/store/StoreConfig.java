package io.penstock.store;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How the store works.
 *
 * @param folder where it keeps its files
 * @param flushInterval how long an event may wait before it becomes visible to queries
 * @param groupRows rows at which a part is written before its interval is over; also the largest
 *     row group
 * @param groupExtraBytes bytes of what has no column of its own at which the same happens
 * @param partRowsMax rows from which a part is left alone by compaction
 * @param retentionDays days kept for a tenant that says nothing else
 * @param memoryBytesMax what DuckDB may use
 * @param threads threads of one query
 * @param queriesMax queries at the same time; more wait up to the timeout, then are refused
 * @param queryTimeout how long a query may take
 */
public record StoreConfig(
    Path folder,
    Duration flushInterval,
    int groupRows,
    long groupExtraBytes,
    int partRowsMax,
    int retentionDays,
    long memoryBytesMax,
    int threads,
    int queriesMax,
    Duration queryTimeout) {

  /** The defaults for a folder. */
  public static StoreConfig of(Path folder) {
    return new StoreConfig(
        folder,
        Duration.ofSeconds(1),
        65_536,
        8 << 20,
        1_000_000,
        7,
        128L << 20,
        2,
        4,
        Duration.ofSeconds(30));
  }
}
