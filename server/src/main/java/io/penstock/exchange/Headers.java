package io.penstock.exchange;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The header lines of a message, in the order in which they were sent. */
public record Headers(List<Header> lines) {

  public static final Headers NONE = new Headers(List.of());

  public Headers {
    lines = List.copyOf(lines);
  }

  /** From names and values in turn. */
  public static Headers of(String... namesAndValues) {
    var lines = new ArrayList<Header>(namesAndValues.length / 2);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      lines.add(new Header(namesAndValues[i], namesAndValues[i + 1]));
    }
    return new Headers(lines);
  }

  /** The value of the first line with this name, whatever the case. */
  public Optional<String> first(String name) {
    for (var line : lines) {
      if (line.is(name)) {
        return Optional.of(line.value());
      }
    }
    return Optional.empty();
  }

  /** The values of all lines with this name, whatever the case, in order. */
  public List<String> all(String name) {
    return lines.stream().filter(line -> line.is(name)).map(Header::value).toList();
  }
}
