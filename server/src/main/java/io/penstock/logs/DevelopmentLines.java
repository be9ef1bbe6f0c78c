package io.penstock.logs;

import org.jspecify.annotations.Nullable;

/** A line for whoever develops against the server and watches it in a terminal. */
final class DevelopmentLines extends LineFormat {

  private static final String SEPARATOR = " | ";
  private static final double FAST_MILLIS = 100;
  private static final double SLOW_MILLIS = 500;

  @Override
  String format(LogLine line) {
    var text = new StringBuilder(200);
    TextLines.TIME.formatTo(line.at(), text);
    text.append(SEPARATOR).append(sign(line.level()));
    text.append(String.format(" %-8s", line.level())).append(SEPARATOR);
    escape(line.message(), false, text);
    part("🔍 Trace: ", line.text(LogLine.TRACE_ID), text);
    part("📍 Client: ", line.text(LogLine.CLIENT_IP), text);
    if (line.text(LogLine.METHOD) != null) {
      part("🌐 ", line.text(LogLine.METHOD) + ' ' + line.text(LogLine.PATH), text);
    }
    if (line.members().get(LogLine.STATUS) instanceof Number status) {
      part(status.intValue() < 400 ? "✅ Status: " : "❌ Status: ", status.toString(), text);
    }
    if (line.members().get(LogLine.LATENCY_MS) instanceof Number latency) {
      double millis = latency.doubleValue();
      part(colour(millis) + " Latency: ", Math.round(millis) + "ms", text);
    }
    text.append('\n');
    if (line.exception() != null) {
      stack(line.exception(), text);
    }
    return text.toString();
  }

  private static void part(String label, @Nullable String value, StringBuilder text) {
    if (value != null) {
      text.append(SEPARATOR).append(label);
      escape(value, false, text);
    }
  }

  private static String sign(String level) {
    return switch (level) {
      case "ERROR" -> "❌";
      case "WARN" -> "⚠️";
      case "INFO" -> "ℹ️";
      default -> "🔧";
    };
  }

  private static String colour(double millis) {
    if (millis < FAST_MILLIS) {
      return "🟢";
    }
    return millis < SLOW_MILLIS ? "🟡" : "🔴";
  }
}
