package io.penstock.shape;

import io.penstock.event.Event;
import io.penstock.filter.Filter;
import io.penstock.filter.FilterParser;
import org.jspecify.annotations.Nullable;

/**
 * Which events a selection takes: those of kinds that its schema has a place for, one of so many by
 * their ids, that meet its filter. An event that is sent again is taken again, whoever asks.
 * Immutable; safe for many threads.
 */
public final class Picks {

  private final Schema schema;
  private final int sampling;
  private final @Nullable Filter filter;

  /**
   * @throws IllegalArgumentException when the filter is none; its message says where and why
   */
  public Picks(Selection selection) {
    schema = selection.schema();
    sampling = selection.sampling();
    filter = filter(selection.filter());
  }

  private static @Nullable Filter filter(@Nullable String text) {
    if (text == null || text.isBlank()) {
      return null;
    }
    return switch (FilterParser.parse(text)) {
      case FilterParser.Parsed.Accepted(var filter) -> filter;
      case FilterParser.Parsed.Rejected(int position, var message, _) ->
          throw new IllegalArgumentException(
              "the filter is wrong at character %d: %s".formatted(position + 1, message));
    };
  }

  public boolean takes(Event event) {
    return Shapes.accepts(schema, event.kind())
        && (sampling == 1 || isSampled(event))
        && (filter == null || filter.matches(event));
  }

  /**
   * Ids count up within a batch, so they are mixed first: the finalizer of SplittableRandom
   * (Steele, Lea, Flood, 2014), in which each bit of the input changes half of the output.
   */
  private boolean isSampled(Event event) {
    long mixed = event.idHigh() * 31 + event.idLow();
    mixed = (mixed ^ mixed >>> 30) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
    mixed ^= mixed >>> 31;
    return Long.remainderUnsigned(mixed, sampling) == 0;
  }
}
