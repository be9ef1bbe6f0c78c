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

  /**
   * Whoever has one of the scopes, where a browser listens: its {@code EventSource} can set no
   * header, so that a ticket in the query will do, and the key itself where that is wanted.
   */
  static Access stream(Tickets tickets, boolean isKeyInQuery, String... anyOf) {
    return new Stream(List.of(anyOf), tickets, isKeyInQuery);
  }

  record Public() implements Access {}

  record AnyKey() implements Access {}

  record Scopes(List<String> anyOf) implements Access {}

  /**
   * @param tickets where a ticket is redeemed
   * @param isKeyInQuery whether {@code ?key=} is looked at
   */
  record Stream(List<String> anyOf, Tickets tickets, boolean isKeyInQuery) implements Access {}
}
