package io.penstock.config;

import java.util.List;

/**
 * A setting as it was read.
 *
 * @param names the variables that were asked for, the documented one first
 * @param expected what a value must be, in words
 * @param standard what holds when nobody sets it; empty when there is nothing
 * @param value what holds; empty when there is nothing
 * @param origin who said so
 */
public record Reading(
    List<String> names, String expected, String standard, String value, Origin origin) {

  /** What a reader expects that takes any text. */
  static final String TEXT = "text";

  public Reading {
    names = List.copyOf(names);
  }

  public boolean isSet() {
    return !(origin instanceof Origin.Standard);
  }
}
