package io.penstock.journal;

import io.penstock.event.Nanos;
import io.penstock.exchange.Answered;
import io.penstock.exchange.Content;
import io.penstock.exchange.Exchange;
import io.penstock.exchange.Header;
import io.penstock.exchange.Headers;
import io.penstock.exchange.Parameter;
import io.penstock.json.Json;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Exchanges as an HTTP Archive 1.2, which browsers and most HTTP tools read. What HAR has no field
 * for stands under names that begin with an underscore, as it asks of custom fields.
 */
public final class Har {

  private static final double NANOS_PER_MILLI = 1e6;

  /** HAR's word for a time or size that is not known. */
  private static final int UNKNOWN = -1;

  private Har() {}

  /** What stands before the first entry. */
  public static String head(String version) {
    return "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"Penstock\",\"version\":"
        + Json.text(version)
        + "},\"entries\":[";
  }

  /** What stands behind the last entry. */
  public static String foot() {
    return "]}}";
  }

  /** One entry. */
  public static String entry(Exchange exchange) {
    var upstream = exchange.upstream();
    return Json.text(
        Json.object(
            "startedDateTime",
            Nanos.instant(exchange.began()).toString(),
            "time",
            millis(exchange.ended() - exchange.began()),
            "request",
            request(exchange),
            "response",
            response(exchange.response()),
            "cache",
            Map.of(),
            "timings",
            timings(exchange),
            "serverIPAddress",
            upstream == null ? null : host(upstream.address()),
            "_id",
            exchange.id().toString(),
            "_verdict",
            exchange.verdict().name(),
            "_rule",
            exchange.rule(),
            "_product",
            exchange.product(),
            "_client",
            exchange.client().ip().toString(),
            "_failure",
            Optional.ofNullable(exchange.failure()).map(f -> f.cause().name()).orElse(null),
            "_webSocket",
            Optional.ofNullable(exchange.webSocket()).map(Har::webSocket).orElse(null)));
  }

  private static Object request(Exchange exchange) {
    var request = exchange.request();
    return Json.object(
        "method",
        request.method(),
        "url",
        request.url(),
        "httpVersion",
        request.version(),
        "cookies",
        List.of(),
        "headers",
        headers(request.headers()),
        "queryString",
        request.parameters().stream().map(Har::pair).toList(),
        "postData",
        request.body().length() == 0 ? null : postData(request.headers(), request.body()),
        "headersSize",
        UNKNOWN,
        "bodySize",
        request.body().length());
  }

  private static Object postData(Headers headers, Content body) {
    var text = text(body.bytes());
    return Json.object(
        "mimeType",
        mimeType(headers),
        "text",
        text != null ? text : Base64.getEncoder().encodeToString(body.bytes()),
        "_encoding",
        text != null ? null : "base64");
  }

  private static Object response(@Nullable Answered response) {
    if (response == null) {
      // Chromium writes the same for a request without an answer.
      return response(0, Headers.NONE, Content.NONE);
    }
    return response(response.status(), response.headers(), response.body());
  }

  private static Object response(int status, Headers headers, Content body) {
    var text = text(body.bytes());
    return Json.object(
        "status",
        status,
        "statusText",
        "",
        "httpVersion",
        "",
        "cookies",
        List.of(),
        "headers",
        headers(headers),
        "content",
        Json.object(
            "size",
            body.length(),
            "mimeType",
            mimeType(headers),
            "text",
            text != null ? text : Base64.getEncoder().encodeToString(body.bytes()),
            "encoding",
            text != null ? null : "base64"),
        "redirectURL",
        headers.first("location").orElse(""),
        "headersSize",
        UNKNOWN,
        "bodySize",
        body.length());
  }

  private static Object webSocket(Exchange.WebSocket webSocket) {
    return Json.object(
        "messagesSent",
        webSocket.messagesSent(),
        "bytesSent",
        webSocket.bytesSent(),
        "messagesReceived",
        webSocket.messagesReceived(),
        "bytesReceived",
        webSocket.bytesReceived(),
        "closeCode",
        webSocket.closeCode());
  }

  private static Object timings(Exchange exchange) {
    var upstream = exchange.upstream();
    double connect =
        upstream == null ? UNKNOWN : millis(upstream.connectNanos() + upstream.tlsNanos());
    return Json.object(
        "blocked",
        UNKNOWN,
        "dns",
        UNKNOWN,
        "connect",
        connect,
        "ssl",
        upstream == null ? UNKNOWN : millis(upstream.tlsNanos()),
        "send",
        0,
        "wait",
        millis(exchange.answered() - exchange.began()),
        "receive",
        millis(exchange.ended() - exchange.answered()));
  }

  private static double millis(long nanos) {
    return nanos / NANOS_PER_MILLI;
  }

  private static String mimeType(Headers headers) {
    return headers.first("content-type").orElse("application/octet-stream");
  }

  private static Object headers(Headers headers) {
    return headers.lines().stream().map(Har::pair).toList();
  }

  private static Object pair(Header header) {
    return Json.object("name", header.name(), "value", header.value());
  }

  private static Object pair(Parameter parameter) {
    return Json.object("name", parameter.name(), "value", parameter.value());
  }

  private static String host(String address) {
    int colon = address.lastIndexOf(':');
    var host = colon < 0 ? address : address.substring(0, colon);
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private static @Nullable String text(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException _) {
      return null;
    }
  }
}
