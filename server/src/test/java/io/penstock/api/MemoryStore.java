package io.penstock.api;

import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.log.LogUnavailableException;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A pipeline and a store in one: keeps batches in memory, and answers questions from there. */
final class MemoryStore implements Intake, EventQueries {

  private final List<EventBatch> batches = new ArrayList<>();
  private boolean full;
  private int waiting;
  private @Nullable CompletableFuture<Void> gate;

  /** From now on nothing is taken, as with a full disk. */
  synchronized void fill() {
    full = true;
  }

  /** From now on batches become durable only once the gate opens. */
  synchronized void hold(CompletableFuture<Void> opens) {
    gate = opens;
  }

  /** How many batches were held back. */
  synchronized int waiting() {
    return waiting;
  }

  @Override
  public synchronized CompletableFuture<Long> accept(
      EventBatch batch, Consumer<EventBatch> enriched) {
    if (full) {
      return CompletableFuture.failedFuture(
          new LogUnavailableException(
              LogUnavailableException.Reason.DISK_FULL, new IOException("no space left")));
    }
    enriched.accept(batch);
    if (gate != null) {
      waiting++;
      return gate.thenApply(_ -> keep(batch));
    }
    return CompletableFuture.completedFuture(keep(batch));
  }

  private synchronized long keep(EventBatch batch) {
    batches.add(batch);
    return batches.size();
  }

  synchronized List<EventBatch> batches() {
    return List.copyOf(batches);
  }

  synchronized List<Event> events() {
    return batches.stream().flatMap(batch -> batch.events().stream()).toList();
  }

  private List<Event> newestFirst(String tenant) {
    return batches().stream()
        .filter(batch -> batch.tenant().equals(tenant))
        .flatMap(batch -> batch.events().stream())
        .toList()
        .reversed();
  }

  private List<Event> selected(Selection selection) throws RefusedException {
    if (selection.filter() != null) {
      throw new RefusedException(
          RefusedException.Reason.BAD_QUERY, "unknown field '" + selection.filter() + "'", 0);
    }
    return newestFirst(selection.tenant()).stream()
        .filter(
            e -> e.startNanos() >= selection.fromNanos() && e.startNanos() < selection.toNanos())
        .toList();
  }

  @Override
  public Page page(Selection selection, int limit, @Nullable String cursor)
      throws RefusedException {
    var all = selected(selection);
    int from = cursor == null ? 0 : Integer.parseInt(cursor);
    int to = Math.min(all.size(), from + limit);
    return new Page(all.subList(from, to), to < all.size() ? Integer.toString(to) : null);
  }

  @Override
  public Stream newest(String tenant, int limit) {
    return stream(newestFirst(tenant).stream().limit(limit).iterator());
  }

  @Override
  public Stream day(String tenant, LocalDate date) {
    long from = date.atStartOfDay(ZoneOffset.UTC).toEpochSecond();
    return stream(
        newestFirst(tenant).stream()
            .filter(
                e ->
                    Math.floorDiv(e.origin().receivedNanos() / 1_000_000_000L - from, 86_400L) == 0)
            .iterator());
  }

  private static Stream stream(Iterator<Event> events) {
    return () -> events.hasNext() ? Optional.of(events.next()) : Optional.empty();
  }

  @Override
  public Stream stream(Selection selection, int limit) throws RefusedException {
    return stream(selected(selection).stream().limit(limit).iterator());
  }

  @Override
  public Ranking top(Selection selection, String by, String metric, int limit)
      throws RefusedException {
    var events = selected(selection);
    ToLongFunction<Event> amount = e -> e.source().bytes();
    var groups =
        events.stream()
            .collect(
                Collectors.groupingBy(
                    e -> e.source().ip().toString(), Collectors.summingLong(amount)))
            .entrySet()
            .stream()
            .sorted((a, b) -> Long.compare(b.getValue(), a.getValue()))
            .limit(limit)
            .map(entry -> group(entry.getKey(), entry.getValue()))
            .toList();
    long sum = events.stream().mapToLong(amount).sum();
    long listed = groups.stream().mapToLong(group -> group.amount().longValueExact()).sum();
    return new Ranking(List.of(by), groups, amounts(sum), amounts(sum - listed));
  }

  private static Group group(String value, long bytes) {
    return new Group(List.of(value), BigInteger.valueOf(bytes), amounts(bytes));
  }

  private static Amounts amounts(long bytes) {
    return new Amounts(BigInteger.valueOf(bytes), BigInteger.ONE, BigInteger.ONE);
  }

  @Override
  public Lines series(
      Selection selection, @Nullable String by, String metric, Duration step, int limit)
      throws RefusedException {
    long sum = selected(selection).stream().mapToLong(e -> e.source().bytes()).sum();
    var points = List.of(new Point(1_000, BigInteger.valueOf(sum)));
    return new Lines(List.of(), List.of(new Series(List.of(), false, points)));
  }

  @Override
  public Values values(Selection selection, String field, String prefix, int limit)
      throws RefusedException {
    var counts =
        selected(selection).stream()
            .map(e -> e.source().ip().toString())
            .filter(value -> value.startsWith(prefix))
            .collect(Collectors.groupingBy(value -> value, Collectors.counting()));
    return new Values(
        field,
        counts.entrySet().stream().map(e -> new Value(e.getKey(), e.getValue())).toList(),
        true);
  }
}
