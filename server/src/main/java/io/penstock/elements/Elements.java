package io.penstock.elements;

import io.penstock.registry.MappedElement;
import java.util.List;

/**
 * What an elements file says: either its elements, or what is wrong with it. A file with one
 * mistake gives no elements at all, so that nobody works with half a mapping.
 *
 * @param elements in the order of the file; empty when there are problems
 * @param problems the first of the mistakes, in the order of the file
 */
public record Elements(List<MappedElement> elements, List<Problem> problems) {

  /**
   * A mistake.
   *
   * @param line counted from 1; 0 when the file could not be read at all
   * @param column counted from 1
   * @param text what was expected and what was found
   */
  public record Problem(int line, int column, String text) {

    /** As compilers print it, so that editors can jump there. */
    public String in(String file) {
      return line == 0 ? file + ": " + text : file + ":" + line + ":" + column + ": " + text;
    }
  }

  public Elements {
    elements = List.copyOf(elements);
    problems = List.copyOf(problems);
  }

  public boolean isValid() {
    return problems.isEmpty();
  }

  static Elements unreadable(String why) {
    return new Elements(List.of(), List.of(new Problem(0, 0, why)));
  }
}
