package io.penstock.stub;

/**
 * What is wrong with a document, and where.
 *
 * @param source the file; empty when it is none
 * @param line from 1; 0 when it is not known
 * @param place such as {@code stubs[2].request.path}; empty for the whole
 */
public record Problem(String source, int line, String place, String what) {

  /** So much of a text as a problem may quote: one line, and short. */
  public static String excerpt(String text) {
    int max = 60;
    var line = text.replaceAll("\\p{Cntrl}", " ");
    return line.length() <= max ? line : line.substring(0, max) + "...";
  }

  Problem in(String file) {
    return new Problem(file, line, place, what);
  }

  @Override
  public String toString() {
    var where = new StringBuilder(source);
    if (line > 0) {
      where.append(source.isEmpty() ? "line " : ":").append(line);
    }
    if (!place.isEmpty()) {
      where.append(where.isEmpty() ? "" : ": ").append(place);
    }
    return where.isEmpty() ? what : where + ": " + what;
  }
}
