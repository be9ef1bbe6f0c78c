package io.penstock.control;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;

/**
 * When each key opened last. Noted in memory, for a request must not wait for it; written to the
 * table now and then. Bounded by the number of keys. Safe for many threads.
 */
final class KeyUses {

  /** Keys written in one transaction, so that nobody waits long for his. */
  private static final int BATCH = 500;

  private final Database database;
  private final Map<String, Use> uses = new ConcurrentHashMap<>();

  KeyUses(Database database) {
    this.database = database;
  }

  private static final class Use {
    volatile long at;

    /** Touched by the thread that writes only. */
    long written;
  }

  private record Row(String keyId, long at, Use use) {}

  void note(String keyId, long millis) {
    var use = uses.get(keyId);
    if (use == null) {
      use = uses.computeIfAbsent(keyId, _ -> new Use());
    }
    // A second is close enough, and spares busy cores the fight for one cache line.
    if (millis - use.at >= 1_000) {
      use.at = millis;
    }
  }

  /** Writes what is new, and forgets keys that are gone. */
  synchronized void write(Predicate<String> isInTable, Predicate<String> isKnown) {
    uses.keySet().removeIf(keyId -> !isKnown.test(keyId));
    var rows = new ArrayList<Row>();
    uses.forEach(
        (keyId, use) -> {
          if (use.at != use.written && isInTable.test(keyId)) {
            rows.add(new Row(keyId, use.at, use));
          }
        });
    // In one order, or two servers could wait for each other.
    rows.sort(Comparator.comparing(Row::keyId));
    for (int from = 0; from < rows.size(); from += BATCH) {
      write(rows.subList(from, Math.min(rows.size(), from + BATCH)));
    }
  }

  private void write(List<Row> rows) {
    database.write(
        handle -> {
          var batch =
              handle.prepareBatch(
                  """
                  UPDATE api_keys SET last_used_at = :at
                  WHERE key_id = :id AND (last_used_at IS NULL OR last_used_at < :at)
                  """);
          rows.forEach(row -> batch.bind("at", row.at).bind("id", row.keyId).add());
          return batch.execute();
        });
    rows.forEach(row -> row.use.written = row.at);
  }

  /** The latest use of each key that was ever used, on any server. Asks the database. */
  Map<String, Instant> latest() {
    var latest = database.read(KeyUses::written);
    uses.forEach(
        (keyId, use) ->
            latest.merge(keyId, Instant.ofEpochMilli(use.at), (a, b) -> a.isAfter(b) ? a : b));
    return latest;
  }

  private static Map<String, Instant> written(Handle handle) {
    var written = new HashMap<String, Instant>();
    handle
        .createQuery("SELECT key_id, last_used_at FROM api_keys WHERE last_used_at IS NOT NULL")
        .map(
            (row, _) ->
                Map.entry(
                    row.getString("key_id"), Instant.ofEpochMilli(row.getLong("last_used_at"))))
        .forEach(use -> written.put(use.getKey(), use.getValue()));
    return written;
  }
}
