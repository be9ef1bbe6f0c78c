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
import io.penstock.store.ValuesQuery;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Puts the API's questions, which are text, to the store, which wants fields and filters. */
final class StoredEvents implements EventQueries {

  /** What the API calls {@link Metric#FLOWS} as well: not all that is counted is a flow. */
  private static final String EVENTS = "events";

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
  public Stream stream(Selection selection, int limit) throws RefusedException {
    return answer(
            store.stream(
                new EventQuery(
                    selection.tenant(),
                    selection.fromNanos(),
                    selection.toNanos(),
                    filter(selection.filter()),
                    limit,
                    null)))
        ::next;
  }

  @Override
  public Ranking top(Selection selection, String by, String metric, int limit)
      throws RefusedException {
    var fields = fields(by);
    var measured = metric(metric);
    var query =
        new TopQuery(
            selection.tenant(),
            selection.fromNanos(),
            selection.toNanos(),
            filter(selection.filter()),
            fields,
            measured,
            limit);
    var top = answer(store.top(query));
    return new Ranking(
        titles(fields),
        top.rows().stream()
            .map(row -> new Group(row.keys(), amount(row, measured), amounts(row.amounts())))
            .toList(),
        amounts(top.total()),
        amounts(top.other()));
  }

  private static Amounts amounts(io.penstock.store.Amounts sums) {
    return new Amounts(sums.bytes(), sums.packets(), sums.events());
  }

  /** What is counted is known exactly; what is scaled is an estimate anyway. */
  private static BigInteger amount(TopQuery.Row row, Metric metric) {
    return switch (metric) {
      case BYTES -> row.amounts().bytes();
      case PACKETS -> row.amounts().packets();
      case FLOWS -> row.amounts().events();
      case SCALED_BYTES, SCALED_PACKETS, THREATS, RISK ->
          new BigDecimal(row.value()).toBigInteger();
    };
  }

  @Override
  public Lines series(
      Selection selection, @Nullable String by, String metric, Duration step, int limit)
      throws RefusedException {
    var fields = by == null ? List.<Field>of() : fields(by);
    var query =
        new SeriesQuery(
            selection.tenant(),
            selection.fromNanos(),
            selection.toNanos(),
            filter(selection.filter()),
            fields,
            limit,
            metric(metric),
            step);
    return new Lines(
        titles(fields),
        answer(store.series(query)).lines().stream().map(StoredEvents::series).toList());
  }

  private static Series series(SeriesQuery.Line line) {
    return new Series(
        line.keys(),
        line.isRest(),
        line.points().stream()
            .map(point -> new Point(point.atNanos() / 1_000_000, point.value()))
            .toList());
  }

  @Override
  public Values values(Selection selection, String field, String prefix, int limit)
      throws RefusedException {
    var asked = field(field);
    var found =
        answer(
            store.values(
                new ValuesQuery(
                    selection.tenant(),
                    selection.fromNanos(),
                    selection.toNanos(),
                    filter(selection.filter()),
                    asked,
                    prefix,
                    limit)));
    return new Values(
        asked.title(),
        found.values().stream().map(value -> new Value(value.text(), value.events())).toList(),
        found.isComplete());
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

  private static List<Field> fields(String names) throws RefusedException {
    var fields = new ArrayList<Field>();
    for (var name : names.split(",", TopQuery.FIELDS_MAX + 1)) {
      if (fields.size() == TopQuery.FIELDS_MAX) {
        throw new RefusedException(
            Reason.BAD_QUERY, "events are grouped by 1 to " + TopQuery.FIELDS_MAX + " fields", -1);
      }
      var field = field(name.strip());
      if (fields.contains(field)) {
        throw new RefusedException(Reason.BAD_QUERY, field.title() + " stands there twice", -1);
      }
      fields.add(field);
    }
    return fields;
  }

  private static List<String> titles(List<Field> fields) {
    return fields.stream().map(Field::title).toList();
  }

  private static Field field(String name) throws RefusedException {
    return Field.named(name)
        .orElseThrow(() -> new RefusedException(Reason.BAD_QUERY, "there is no field " + name, -1));
  }

  private static Metric metric(String name) throws RefusedException {
    if (name.equalsIgnoreCase(EVENTS)) {
      return Metric.FLOWS;
    }
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
        Reason.BAD_QUERY,
        "there is no metric " + name + "; these are: " + EVENTS + ", " + known,
        -1);
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
