package io.penstock.enrich;

import java.util.ArrayList;
import java.util.List;

/** One line of comma-separated values: RFC 4180 quoting, except that no cell spans lines. */
final class CsvLine {

  private static final int CELLS_MAX = 64;

  private CsvLine() {}

  /** The cells, without quotes and surrounding blanks; at most 64, the rest is left out. */
  static List<String> split(String line) {
    var cells = new ArrayList<String>();
    var cell = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length() && cells.size() < CELLS_MAX; i++) {
      char c = line.charAt(i);
      if (quoted) {
        if (c != '"') {
          cell.append(c);
        } else if (i + 1 < line.length() && line.charAt(i + 1) == '"') {
          cell.append('"');
          i++;
        } else {
          quoted = false;
        }
      } else if (c == '"' && cell.toString().isBlank()) {
        cell.setLength(0);
        quoted = true;
      } else if (c == ',') {
        cells.add(cell.toString().strip());
        cell.setLength(0);
      } else {
        cell.append(c);
      }
    }
    if (cells.size() < CELLS_MAX) {
      cells.add(cell.toString().strip());
    }
    return cells;
  }
}
