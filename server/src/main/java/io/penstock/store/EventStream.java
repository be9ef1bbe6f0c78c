package io.penstock.store;

import io.penstock.event.Event;
import java.io.IOException;
import java.util.Iterator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Events one by one, newest first, however many they are, in constant memory: it reads page after
 * page and holds neither a permit nor a snapshot between them, so it may be left unfinished. For
 * one thread.
 */
public final class EventStream {

  /**
   * Events fetched at a time: what a stream holds in memory, 4 MB or so. A row group is read anew
   * for each page in it, so that small pages cost more than they hold.
   */
  private static final int PAGE = 5_000;

  private final EventStore store;
  private final EventQuery query;
  private Iterator<Event> page;
  private @Nullable String cursor;
  private int left;

  private EventStream(EventStore store, EventQuery query, Page first) {
    this.store = store;
    this.query = query;
    this.left = query.limit();
    this.page = take(first);
  }

  /** Reads the first page, so that a question that is refused is so before anything was given. */
  static Answer<EventStream> open(EventStore store, EventQuery query) {
    return switch (fetch(store, query, query.limit(), query.cursor())) {
      case Answer.Answered<Page>(var first) ->
          new Answer.Answered<>(new EventStream(store, query, first));
      case Answer.Refused<Page> refused -> refused.as();
    };
  }

  private static Answer<Page> fetch(
      EventStore store, EventQuery query, int left, @Nullable String cursor) {
    return store.events(query.page(Math.min(PAGE, left), cursor));
  }

  private Iterator<Event> take(Page fetched) {
    left -= fetched.events().size();
    cursor = fetched.next();
    return fetched.events().iterator();
  }

  /**
   * The next event; empty behind the last.
   *
   * @throws IOException when the rest cannot be read
   */
  public Optional<Event> next() throws IOException {
    if (!page.hasNext() && cursor != null && left > 0) {
      page =
          switch (fetch(store, query, left, cursor)) {
            case Answer.Answered<Page>(var fetched) -> take(fetched);
            case Answer.Refused<Page>(var reason, var why) ->
                throw new IOException("the rest cannot be read, %s: %s".formatted(reason, why));
          };
    }
    return page.hasNext() ? Optional.of(page.next()) : Optional.empty();
  }
}
