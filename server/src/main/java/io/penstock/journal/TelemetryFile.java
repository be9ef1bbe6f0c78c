package io.penstock.journal;

import io.penstock.event.Nanos;
import io.penstock.exchange.Exchange;
import io.penstock.exchange.Headers;
import io.penstock.exchange.Parameter;
import io.penstock.json.Json;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One exchange in the layout of the {@code telemetry_<UTC>.json} files that scripts around the
 * Cribl interceptor read: names of headers in lower case, one value for each parameter, times
 * without a zone. A parameter that comes more than once has its last value there, as those files
 * had it.
 */
public final class TelemetryFile {

  private static final DateTimeFormatter NAME =
      DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss_SSSSSS", Locale.ROOT);

  private static final double NANOS_PER_MILLI = 1e6;

  private TelemetryFile() {}

  /** The file's name, of the time when the request began, in microseconds. */
  public static String name(Exchange exchange) {
    return "telemetry_" + NAME.format(time(exchange)) + ".json";
  }

  /** The file's content. */
  public static String text(Exchange exchange) {
    var request = exchange.request();
    var response = exchange.response();
    return Json.text(
        withNulls(
            "timestamp",
            isoTime(exchange),
            "type",
            "request",
            "method",
            request.method(),
            "path",
            request.path(),
            "headers",
            headers(request.headers()),
            "query_params",
            parameters(request.parameters()),
            "body",
            value(request.body().bytes()),
            "response",
            response == null
                ? null
                : withNulls(
                    "status_code",
                    response.status(),
                    "body",
                    value(response.body().bytes()),
                    "latency_ms",
                    (exchange.answered() - exchange.began()) / NANOS_PER_MILLI)));
  }

  /** The block that a watching person sees on the console. */
  public static String console(Exchange exchange) {
    var rule = "=".repeat(60);
    var parameters = Json.text(parameters(exchange.request().parameters()));
    return """
        %s
        [TELEMETRY] %s
        [TELEMETRY] %s %s
        [TELEMETRY] Query params: %s
        %s
        """
        .formatted(
            rule,
            isoTime(exchange),
            printable(exchange.request().method()),
            printable(exchange.request().url()),
            parameters,
            rule);
  }

  /** Without what would move a terminal's cursor. */
  private static String printable(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }

  private static LocalDateTime time(Exchange exchange) {
    return LocalDateTime.ofInstant(
        Nanos.instant(exchange.began()).truncatedTo(ChronoUnit.MICROS), ZoneOffset.UTC);
  }

  /** Without a fraction when there is none, as those files had it. */
  private static String isoTime(Exchange exchange) {
    var time = time(exchange);
    return time.truncatedTo(ChronoUnit.SECONDS).equals(time)
        ? DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss", Locale.ROOT).format(time)
        : DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS", Locale.ROOT).format(time);
  }

  private static Map<String, String> headers(Headers headers) {
    var map = new LinkedHashMap<String, String>();
    headers.lines().forEach(line -> map.put(line.name().toLowerCase(Locale.ROOT), line.value()));
    return map;
  }

  private static Map<String, String> parameters(List<Parameter> parameters) {
    var map = new LinkedHashMap<String, String>();
    parameters.forEach(parameter -> map.put(parameter.name(), parameter.value()));
    return map;
  }

  /** A body that is JSON stands as such. */
  private static @Nullable Object value(byte[] body) {
    if (body.length == 0) {
      return null;
    }
    var text = new String(body, StandardCharsets.UTF_8);
    if (text.startsWith("{") || text.startsWith("[")) {
      try {
        return JsonTree.parse(text);
      } catch (MalformedJsonException _) {
        return text;
      }
    }
    return text;
  }

  private static Map<String, @Nullable Object> withNulls(@Nullable Object... namesAndValues) {
    var members = new LinkedHashMap<String, @Nullable Object>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      members.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return members;
  }
}
