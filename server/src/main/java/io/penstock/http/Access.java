package io.penstock.http;

import java.util.List;

/** Who may call a route. */
public sealed interface Access {

  /** Anybody; a valid key that is shown anyway is still recognised. */
  Access PUBLIC = new Public();

  /** Whoever has a valid key. */
  Access ANY_KEY = new AnyKey();

  /** Whoever has one of the scopes, or {@code admin}. */
  static Access scopes(String... anyOf) {
    return new Scopes(List.of(anyOf));
  }

  record Public() implements Access {}

  record AnyKey() implements Access {}

  record Scopes(List<String> anyOf) implements Access {}
}
