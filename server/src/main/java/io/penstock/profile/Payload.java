package io.penstock.profile;

import java.util.List;
import java.util.stream.Stream;

/**
 * Everything that a request carries.
 *
 * @param head parameters of the query, and those headers and segments of the path that the profile
 *     explains
 * @param notes what was left out or odd, in the body's own notes as well
 */
public record Payload(List<Field> head, Decoded body, List<String> notes) {

  public Payload {
    head = List.copyOf(head);
    notes = List.copyOf(notes);
  }

  /** All fields, in their order. */
  public List<Field> fields() {
    return body instanceof Decoded.Values readable
        ? Stream.concat(head.stream(), readable.fields().stream()).toList()
        : head;
  }
}
