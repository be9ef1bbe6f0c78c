package io.penstock.api;

import io.penstock.http.Refusal;
import io.penstock.http.Request;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;

/** How far back an overview's rankings reach. */
enum OverviewWindow {
  FIVE_MINUTES("5m", Duration.ofMinutes(5)),
  FIFTEEN_MINUTES("15m", Duration.ofMinutes(15)),
  HOUR("1h", Duration.ofHours(1)),
  SIX_HOURS("6h", Duration.ofHours(6)),
  DAY("24h", Duration.ofHours(24));

  private final String word;
  private final Duration length;

  OverviewWindow(String word, Duration length) {
    this.word = word;
    this.length = length;
  }

  String word() {
    return word;
  }

  Duration length() {
    return length;
  }

  /** The query's {@code window}, else a 422. */
  static OverviewWindow of(Request request) {
    var asked = request.query("window").orElse(FIFTEEN_MINUTES.word);
    for (var window : values()) {
      if (window.word.equals(asked)) {
        return window;
      }
    }
    var words = Arrays.stream(values()).map(OverviewWindow::word).collect(Collectors.joining(", "));
    throw Refusal.invalidParameter("query", "window", "Input should be one of " + words, asked);
  }
}
