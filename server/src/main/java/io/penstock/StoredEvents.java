package io.penstock;

import io.penstock.api.EventQueries;
import io.penstock.api.EventQueries.RefusedException.Reason;
import io.penstock.filter.Field;
import io.penstock.filter.Filter;
import io.penstock.filter.FilterParser;
import io.penstock.filter.FilterParser.Parsed;
import io.penstock.store.Answer;
import io.penstock.store.EventQuery;
import io.penstock.store.EventStore;
import io.penstock.store.Metric;
import io.penstock.store.SeriesQuery;
import io.penstock.store.TopQuery;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Puts the API's questions, which are text, to the store, which wants fields and filters. */
final class StoredEvents implements EventQueries {

  /** Values of a field that get a series of their own. */
  private static final int SERIES_LINES = 10;

  private final EventStore store;

  StoredEvents(EventStore store) {
    this.store = store;
  }

  @Override
  public Page page(Selection selection, int limit, @Nullable String cursor)
      throws RefusedException {
    var filter = filter(selection.filter());
    var page =
        answer(
            store.events(
                new EventQuery(
                    selection.tenant(),
                    selection.fromNanos(),
                    selection.toNanos(),
                    filter,
                    limit,
                    cursor)));
    return new Page(page.events(), page.next());
  }

  @Override
  public Stream newest(String tenant, int limit) throws RefusedException {
    return answer(store.stream(EventQuery.newest(tenant, limit)))::next;
  }

  @Override
  public Stream day(String tenant, LocalDate date) throws RefusedException {
    return answer(store.streamDay(tenant, date))::next;
  }

  @Override
  public List<Group> top(Selection selection, String by, String metric, int limit)
      throws RefusedException {
    var query =
        new TopQuery(
            selection.tenant(),
            selection.fromNanos(),
            selection.toNanos(),
            filter(selection.filter()),
            field(by),
            metric(metric),
            limit);
    return answer(store.top(query)).rows().stream()
        .map(row -> new Group(row.key(), (long) row.value()))
        .toList();
  }

  @Override
  public List<Series> series(Selection selection, @Nullable String by, String metric, Duration step)
      throws RefusedException {
    var query =
        new SeriesQuery(
            selection.tenant(),
            selection.fromNanos(),
            selection.toNanos(),
            filter(selection.filter()),
            by == null ? null : field(by),
            SERIES_LINES,
            metric(metric),
            step);
    return answer(store.series(query)).lines().stream().map(StoredEvents::series).toList();
  }

  private static Series series(SeriesQuery.Line line) {
    var points = line.points();
    return new Series(
        line.isRest() ? "(other)" : line.key(),
        points.stream().mapToLong(point -> point.atNanos() / 1_000_000).toArray(),
        points.stream().mapToLong(point -> (long) point.value()).toArray());
  }

  private static @Nullable Filter filter(@Nullable String text) throws RefusedException {
    if (text == null) {
      return null;
    }
    return switch (FilterParser.parse(text)) {
      case Parsed.Accepted(var filter) -> filter;
      case Parsed.Rejected(var position, var message, var hint) ->
          throw new RefusedException(
              Reason.BAD_QUERY, hint == null ? message : message + " (" + hint + ")", position);
    };
  }

  private static Field field(String name) throws RefusedException {
    return Field.named(name)
        .orElseThrow(() -> new RefusedException(Reason.BAD_QUERY, "there is no field " + name, -1));
  }

  private static Metric metric(String name) throws RefusedException {
    for (var metric : Metric.values()) {
      if (metric.name().equalsIgnoreCase(name)) {
        return metric;
      }
    }
    var known =
        Arrays.stream(Metric.values())
            .map(metric -> metric.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", "));
    throw new RefusedException(
        Reason.BAD_QUERY, "there is no metric " + name + "; these are: " + known, -1);
  }

  private static <T> T answer(Answer<T> answer) throws RefusedException {
    return switch (answer) {
      case Answer.Answered<T>(var value) -> value;
      case Answer.Refused<T>(var reason, var why) ->
          throw new RefusedException(
              switch (reason) {
                case BUSY -> Reason.BUSY;
                case TIMEOUT -> Reason.TIMEOUT;
                case TOO_LARGE, BAD_CURSOR -> Reason.BAD_QUERY;
                case FAILED -> throw new IllegalStateException("the store failed: " + why);
              },
              why,
              -1);
    };
  }
}
