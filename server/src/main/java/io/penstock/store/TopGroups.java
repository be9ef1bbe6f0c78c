package io.penstock.store;

import io.penstock.store.KeyedEvents.Wanted;
import io.penstock.store.Queries.Session;
import io.penstock.store.TopQuery.Row;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds the groups with the highest sums. For one question.
 *
 * <p>Few groups are all added up, and the highest taken. Many groups do not fit into the memory
 * that the engine may use, and adding them up on disk costs more than all the rest. Then the events
 * are read twice. At first each adds to one of two million buckets, which its group's hash names: a
 * {@link Sketch}. Then only the events in the highest buckets are grouped, some thousand groups
 * instead of a million. The answer is exact, not likely: it is taken only when the lowest of its
 * groups has as much as any bucket that was left out. If it has less, a second attempt leaves out
 * only what has less than that group, and so succeeds. Where sums are so much alike that this
 * leaves out too little, all groups are added up after all.
 */
final class TopGroups {

  /** One of so many buckets is looked into at first: several for each group one may ask for. */
  private static final int FIRST_SHARE = 512;

  /** One of so many is the most that is looked into: more cost as much as all. */
  private static final int MOST_SHARE = 8;

  private static final int ATTEMPTS = 2;

  private static final String AMOUNTS =
      "%s AS bytes_sum, %s AS packets_sum, count(*) AS events_sum"
          .formatted(Metric.BYTES.sql(), Metric.PACKETS.sql());

  private final Session session;
  private final List<Part> parts;
  private final TopQuery query;
  private final KeyedEvents events;

  /**
   * For a question.
   *
   * @param parts where the events are; at least one
   */
  TopGroups(Session session, List<Part> parts, TopQuery query) {
    this.session = session;
    this.parts = parts;
    this.query = query;
    this.events = KeyedEvents.of(session, parts, wanted(query), query.by(), "");
  }

  /**
   * The highest groups.
   *
   * @param keys the columns of each row's keys as the engine has them
   * @param value the metric over all events, those under both ends twice
   * @param all what all events add up to, likewise
   */
  record Best(
      List<Row> rows, List<List<@Nullable Object>> keys, double value, Amounts all) {}

  private static Wanted wanted(TopQuery query) {
    return new Wanted(query.fromNanos(), query.toNanos(), query.filter());
  }

  Best find() throws SQLException {
    if (rows() >= session.sketching().bounds().rows() && areManyGroups()) {
      var best = findInSketch();
      session.sketching().count(best.isPresent());
      if (best.isPresent()) {
        return best.get();
      }
    }
    return findAmongAll();
  }

  private long rows() {
    return parts.stream().mapToLong(Part::rows).sum();
  }

  /** All groups are added up, in one go. */
  private Best findAmongAll() throws SQLException {
    var best = new Collected();
    var keys = events.keys("");
    session.query(
        "WITH sums AS MATERIALIZED ("
            + sums(keys + ", ", "")
            + " GROUP BY ALL) SELECT best.*, whole.* FROM (SELECT * FROM sums ORDER BY value DESC, "
            + keys
            + " LIMIT "
            + query.limit()
            + ") best, (SELECT "
            + query.metric().combined()
            + "(value) AS whole, sum(bytes_sum) AS all_bytes, sum(packets_sum) AS all_packets,"
            + " sum(events_sum) AS all_events FROM sums) whole ORDER BY value DESC, "
            + keys,
        events.parameters(),
        result -> {
          while (result.next()) {
            best.add(result);
            best.value = result.getDouble("whole");
            best.all = Amounts.read(result, "all_bytes", "all_packets", "all_events");
          }
        });
    return best.toBest();
  }

  private String sums(String keys, String where) {
    return "SELECT "
        + keys
        + query.metric().sql()
        + " AS value, "
        + AMOUNTS
        + " FROM ("
        + events.sql()
        + ")"
        + where;
  }

  /** Takes the rows of a result. */
  private final class Collected {
    private final List<Row> rows = new ArrayList<>();
    private final List<List<@Nullable Object>> keys = new ArrayList<>();
    private double value;
    private Amounts all = Amounts.NONE;

    void add(ResultSet result) throws SQLException {
      rows.add(
          new Row(
              events.values(result),
              result.getDouble("value"),
              Amounts.read(result, "bytes_sum", "packets_sum", "events_sum")));
      var columns = new ArrayList<@Nullable Object>();
      for (var column : events.columns()) {
        columns.add(result.getObject(column));
      }
      keys.add(columns);
    }

    Best toBest() {
      return new Best(rows, keys, value, all);
    }
  }

  /**
   * Whether there are so many groups that adding up all of them costs more than reading twice. Two
   * samples tell, one of the oldest events and one of the newest, as fish in a pond are counted:
   * the fewer groups of one are met again in the other, the more there are.
   */
  private boolean areManyGroups() throws SQLException {
    var oldest = parts.stream().min(Comparator.comparingLong(Part::oldestNanos)).orElseThrow();
    var newest = parts.stream().max(Comparator.comparingLong(Part::newestNanos)).orElseThrow();
    long from = Math.max(query.fromNanos(), oldest.oldestNanos());
    long to = Math.min(query.toNanos(), newest.newestNanos() + 1);
    long middle = from + (to - from) / 2;
    var first = sample(oldest, from, middle);
    var second = sample(newest, middle, to);
    var parameters = new ArrayList<>(first.parameters());
    parameters.addAll(second.parameters());
    var groups = new double[1];
    session.query(
        "WITH a AS MATERIALIZED (%s), b AS MATERIALIZED (%s) SELECT (SELECT count(*) FROM a),"
                .formatted(first.sql(), second.sql())
            + " (SELECT count(*) FROM b), (SELECT count(*) FROM (FROM a UNION FROM b))",
        parameters,
        counts -> {
          if (counts.next()) {
            double a = counts.getDouble(1);
            double b = counts.getDouble(2);
            groups[0] = a * b / Math.max(1, a + b - counts.getDouble(3));
          }
        });
    return groups[0] >= session.sketching().bounds().groups();
  }

  /** The different keys of some events of a part. */
  private KeyedEvents sample(Part part, long from, long to) {
    var wanted = new Wanted(from, to, query.filter());
    var some = KeyedEvents.of(session, List.of(part), wanted, query.by(), "");
    return new KeyedEvents(
        query.by(),
        "SELECT DISTINCT %1$s FROM (SELECT %1$s FROM (%2$s) LIMIT %3$d)"
            .formatted(some.keys(""), some.sql(), session.sketching().bounds().sampleRows()),
        some.parameters());
  }

  private Optional<Best> findInSketch() throws SQLException {
    try (var sketch = session.sketch(query.metric() == Metric.RISK)) {
      var best = new Collected();
      addUpAll(best);
      fill(sketch);
      if (sketch.events() != best.all.events().longValueExact()) {
        throw new SQLException("the engine did not give all events");
      }
      double bound = sketch.bound(sketch.buckets() / FIRST_SHARE);
      int most = sketch.buckets() / MOST_SHARE;
      for (int i = 0; i < ATTEMPTS && sketch.above(bound) <= most; i++) {
        findAbove(sketch.bitsAbove(bound), best);
        if (best.rows.size() < query.limit()) {
          return Optional.empty();
        }
        double least = Sketch.boundOf(best.rows.getLast().value());
        if (least >= bound) {
          return Optional.of(best.toBest());
        }
        bound = least;
      }
      return Optional.empty();
    }
  }

  private void addUpAll(Collected best) throws SQLException {
    session.query(
        sums("", ""),
        events.parameters(),
        result -> {
          if (result.next()) {
            best.value = result.getDouble("value");
            best.all = Amounts.read(result, "bytes_sum", "packets_sum", "events_sum");
          }
        });
  }

  private void fill(Sketch sketch) throws SQLException {
    session.chunks(
        "SELECT %s, %s FROM (%s)".formatted(bucket(), query.metric().amount(), events.sql()),
        events.parameters(),
        chunk -> {
          var buckets = chunk.vector(0);
          var amounts = chunk.vector(1);
          for (long i = 0; i < chunk.rowCount(); i++) {
            sketch.add(buckets.getInt(i), amounts.getDouble(i));
          }
        });
  }

  /** The bucket of an event's group. */
  private String bucket() {
    return "(hash(" + events.keys("") + ") & " + (session.sketching().bounds().buckets() - 1) + ")::INTEGER";
  }

  /** Groups the events of some buckets. */
  private void findAbove(byte[] bits, Collected best) throws SQLException {
    best.rows.clear();
    best.keys.clear();
    var parameters = new ArrayList<>(events.parameters());
    parameters.add(bits);
    var keys = events.keys("");
    session.query(
        sums(keys + ", ", " WHERE get_bit(CAST(? AS BLOB)::BIT, " + bucket() + ") = 1")
            + " GROUP BY ALL ORDER BY value DESC, "
            + keys
            + " LIMIT "
            + query.limit(),
        parameters,
        result -> {
          while (result.next()) {
            best.add(result);
          }
        });
  }
}
