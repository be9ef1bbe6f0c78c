package io.penstock.journal;

import io.penstock.event.Event;
import io.penstock.event.HttpExchange;
import io.penstock.exchange.Answered;
import io.penstock.exchange.Asked;
import io.penstock.exchange.Content;
import io.penstock.exchange.Exchange;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.exchange.Exchange.Client;
import io.penstock.exchange.Exchange.Failure;
import io.penstock.exchange.Exchange.Tls;
import io.penstock.exchange.Exchange.Upstream;
import io.penstock.exchange.Exchange.WebSocket;
import io.penstock.exchange.Header;
import io.penstock.exchange.Headers;
import io.penstock.exchange.Verdict;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads exchanges back from their events: what {@link ExchangeEvents} wrote, with hashes where
 * something was redacted. Safe for many threads.
 */
public final class ExchangeReader {

  private final Optional<Opener> opener;

  /** Opens details that were sealed. */
  @FunctionalInterface
  public interface Opener {

    /**
     * @throws IllegalStateException when they cannot be opened; the message is for the operator
     */
    String open(String text, String place);
  }

  public ExchangeReader(Optional<Opener> opener) {
    this.opener = opener;
  }

  /**
   * The exchange of an event; empty for an event that is none, or whose details were taken out.
   *
   * @throws IllegalStateException when the details are encrypted and cannot be opened
   */
  public Optional<Exchange> read(String tenant, Event event) {
    var http = event.http();
    if (http == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(exchange(tenant, event, http, details(event)));
    } catch (MalformedJsonException e) {
      throw new IllegalStateException("the journal wrote what it cannot read: " + event, e);
    }
  }

  /** The members of the details, opened where they were sealed. */
  public Map<String, @Nullable Object> details(Event event) throws MalformedJsonException {
    var members = object(JsonTree.parse(braced(new String(event.extra(), StandardCharsets.UTF_8))));
    var sealed = members.get("encrypted");
    if (sealed == null) {
      return members;
    }
    var opened =
        opener
            .orElseThrow(() -> new IllegalStateException("the journal is encrypted, without a key"))
            .open(sealed.toString(), new UUID(event.idHigh(), event.idLow()).toString());
    return object(JsonTree.parse(braced(opened)));
  }

  private static String braced(String members) {
    return "{" + members + "}";
  }

  private static Exchange exchange(
      String tenant, Event event, HttpExchange http, Map<String, @Nullable Object> details) {
    var origin = event.origin();
    var user = text(details.get("client_user"));
    return new Exchange(
        new UUID(event.idHigh(), event.idLow()),
        tenant,
        event.startNanos(),
        event.startNanos() + number(details.get("first_octet_ns")),
        event.endNanos(),
        orEmpty(details.get("listener")),
        new Client(origin.exporter(), origin.exporterPort(), user),
        Verdict.valueOf(http.verdict()),
        http.rule(),
        http.product(),
        asked(event, http, details),
        answered(http, details),
        tls(details.get("tls")),
        upstream(details.get("upstream")),
        http.failure() == null
            ? null
            : new Failure(Cause.valueOf(http.failure()), orEmpty(details.get("failure_detail"))),
        webSocket(details.get("websocket")));
  }

  private static Asked asked(
      Event event, HttpExchange http, Map<String, @Nullable Object> details) {
    return new Asked(
        http.scheme(),
        http.host(),
        event.destination().port(),
        http.method(),
        target(http, orEmpty(details.get("url"))),
        orEmpty(details.get("http_version")),
        headers(details.get("request_headers")),
        content(details.get("request_body")));
  }

  /** The path as it is filtered by, and the query of the address. */
  private static String target(HttpExchange http, String url) {
    int question = url.indexOf('?');
    return question < 0 ? http.path() : http.path() + url.substring(question);
  }

  private static @Nullable Answered answered(
      HttpExchange http, Map<String, @Nullable Object> details) {
    return http.status() == Event.ABSENT
        ? null
        : new Answered(
            http.status(),
            headers(details.get("response_headers")),
            content(details.get("response_body")),
            headers(details.get("response_trailers")));
  }

  private static Headers headers(@Nullable Object lines) {
    var headers = new ArrayList<Header>();
    if (lines instanceof List<?> list) {
      for (var line : list) {
        if (line instanceof List<?> pair && pair.size() == 2) {
          headers.add(new Header(orEmpty(pair.get(0)), orEmpty(pair.get(1))));
        }
      }
    }
    return new Headers(headers);
  }

  private static Content content(@Nullable Object body) {
    var members = object(body);
    var base64 = text(members.get("base64"));
    var bytes =
        base64 != null
            ? Base64.getDecoder().decode(base64)
            : orEmpty(members.get("text")).getBytes(StandardCharsets.UTF_8);
    boolean isWhole = members.get("truncated") == null;
    return isWhole ? Content.of(bytes) : new Content(bytes, number(members.get("bytes")));
  }

  private static @Nullable Tls tls(@Nullable Object tls) {
    if (tls == null) {
      return null;
    }
    var members = object(tls);
    return new Tls(
        orEmpty(members.get("version")),
        orEmpty(members.get("cipher")),
        text(members.get("sni")),
        text(members.get("alpn")));
  }

  private static @Nullable Upstream upstream(@Nullable Object upstream) {
    if (upstream == null) {
      return null;
    }
    var members = object(upstream);
    return new Upstream(
        orEmpty(members.get("address")),
        text(members.get("through")),
        tls(members.get("tls")),
        number(members.get("connect_ns")),
        number(members.get("tls_ns")),
        number(members.get("first_octet_ns")));
  }

  private static @Nullable WebSocket webSocket(@Nullable Object webSocket) {
    if (webSocket == null) {
      return null;
    }
    var members = object(webSocket);
    return new WebSocket(
        number(members.get("messages_sent")),
        number(members.get("bytes_sent")),
        number(members.get("messages_received")),
        number(members.get("bytes_received")),
        (int) number(members.get("close_code")));
  }

  @SuppressWarnings("unchecked") // what JsonTree makes of an object
  private static Map<String, @Nullable Object> object(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : Map.of();
  }

  private static @Nullable String text(@Nullable Object value) {
    return value == null ? null : value.toString();
  }

  private static String orEmpty(@Nullable Object value) {
    return value == null ? "" : value.toString();
  }

  private static long number(@Nullable Object value) {
    return value instanceof Number number ? number.longValue() : 0;
  }
}
