package io.penstock.journal;

import io.penstock.event.ByteOutput;
import io.penstock.event.Endpoint;
import io.penstock.event.Event;
import io.penstock.event.HttpExchange;
import io.penstock.event.Ip;
import io.penstock.event.JsonOutput;
import io.penstock.event.JsonOutput.Name;
import io.penstock.event.Origin;
import io.penstock.event.Protocol;
import io.penstock.event.Traffic;
import io.penstock.exchange.Answered;
import io.penstock.exchange.Asked;
import io.penstock.exchange.Content;
import io.penstock.exchange.ContentCoding;
import io.penstock.exchange.Exchange;
import io.penstock.exchange.Headers;
import io.penstock.exchange.Parameter;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.UUID;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An exchange as an event: what one filters by in its {@link HttpExchange}, everything else among
 * its extra members, redacted. For one thread, which writes one after the other into the same
 * array.
 */
final class ExchangeEvents {

  static final Name URL = Name.of("url");
  static final Name QUERY = Name.of("query");
  static final Name LISTENER = Name.of("listener");
  static final Name CLIENT_USER = Name.of("client_user");
  static final Name HTTP_VERSION = Name.of("http_version");
  static final Name REQUEST_HEADERS = Name.of("request_headers");
  static final Name REQUEST_BODY = Name.of("request_body");
  static final Name RESPONSE_HEADERS = Name.of("response_headers");
  static final Name RESPONSE_BODY = Name.of("response_body");
  static final Name RESPONSE_TRAILERS = Name.of("response_trailers");
  static final Name FIRST_OCTET_NANOS = Name.of("first_octet_ns");
  static final Name DURATION_NANOS = Name.of("duration_ns");
  static final Name TLS = Name.of("tls");
  static final Name TLS_VERSION = Name.of("version");
  static final Name CIPHER = Name.of("cipher");
  static final Name SNI = Name.of("sni");
  static final Name ALPN = Name.of("alpn");
  static final Name UPSTREAM = Name.of("upstream");
  static final Name ADDRESS = Name.of("address");
  static final Name THROUGH = Name.of("through");
  static final Name CONNECT_NANOS = Name.of("connect_ns");
  static final Name TLS_NANOS = Name.of("tls_ns");
  static final Name WEBSOCKET = Name.of("websocket");
  static final Name MESSAGES_SENT = Name.of("messages_sent");
  static final Name BYTES_SENT = Name.of("bytes_sent");
  static final Name MESSAGES_RECEIVED = Name.of("messages_received");
  static final Name BYTES_RECEIVED = Name.of("bytes_received");
  static final Name CLOSE_CODE = Name.of("close_code");
  static final Name FAILURE_DETAIL = Name.of("failure_detail");
  static final Name BYTES = Name.of("bytes");
  static final Name TEXT = Name.of("text");
  static final Name BASE64 = Name.of("base64");
  static final Name DECODED = Name.of("decoded");
  static final Name REDACTED = Name.of("redacted");
  static final Name TRUNCATED = Name.of("truncated");
  static final Name ENCRYPTED = Name.of("encrypted");

  private static final char REPLACEMENT = '\ufffd';

  private static final int GUESS = 4_096;

  /** Larger arrays are rare, and their memory is wanted elsewhere. */
  private static final int ROOM_KEPT_MAX = 1 << 18;

  /** More octets than a body has that is looked through for secrets. */
  private static final int PLAIN_MAX = 4 << 20;

  private final Redactor redactor;
  private final Optional<BinaryOperator<String>> cipher;
  private ByteOutput room = new ByteOutput(GUESS);

  /**
   * @param cipher seals the details for those who have the key: a text and the place where it is
   */
  ExchangeEvents(Redactor redactor, Optional<BinaryOperator<String>> cipher) {
    this.redactor = redactor;
    this.cipher = cipher;
  }

  Event of(Exchange exchange) {
    var request = exchange.request();
    var response = exchange.response();
    var failure = exchange.failure();
    var id = exchange.id();
    return new Event(
        id.getMostSignificantBits(),
        id.getLeastSignificantBits(),
        Event.Kind.EXCHANGE,
        origin(exchange),
        exchange.began(),
        exchange.ended(),
        client(exchange),
        server(exchange),
        Traffic.NONE,
        0,
        sealed(details(exchange), id),
        null,
        new HttpExchange(
            exchange.product(),
            exchange.verdict().name(),
            exchange.rule(),
            request.scheme(),
            request.method(),
            request.host(),
            redactor.text(request.path()),
            response == null ? Event.ABSENT : response.status(),
            failure == null ? null : failure.cause().name()));
  }

  private static Origin origin(Exchange exchange) {
    return new Origin(
        Protocol.HTTP,
        exchange.client().ip(),
        exchange.client().port(),
        Event.ABSENT,
        Event.ABSENT,
        Event.ABSENT,
        exchange.ended(),
        null,
        null,
        null);
  }

  private static Endpoint client(Exchange exchange) {
    var client = exchange.client();
    return end(client.ip(), client.port(), exchange.request().body().length());
  }

  /** The far end, with its address where one was connected to. */
  private static Endpoint server(Exchange exchange) {
    var upstream = exchange.upstream();
    var ip = upstream == null ? Optional.<Ip>empty() : ip(upstream.address());
    var response = exchange.response();
    long bytes = response == null ? Event.ABSENT : response.body().length();
    return end(ip.orElse(Ip.NONE), exchange.request().port(), bytes);
  }

  private static Optional<Ip> ip(String address) {
    int colon = address.lastIndexOf(':');
    var host = colon < 0 ? address : address.substring(0, colon);
    return Ip.parse(host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
  }

  private static Endpoint end(Ip ip, int port, long bytes) {
    return new Endpoint(
        ip.high(),
        ip.low(),
        port,
        Event.ABSENT,
        Event.ABSENT,
        Event.ABSENT,
        bytes,
        Event.ABSENT,
        null);
  }

  private byte[] sealed(byte[] details, UUID id) {
    if (cipher.isEmpty()) {
      return details;
    }
    var out = document();
    var text = new String(details, StandardCharsets.UTF_8);
    out.text(ENCRYPTED, cipher.get().apply(text, id.toString()));
    return members(out);
  }

  /** A new one in the place of the one before. */
  private JsonOutput document() {
    if (room.array().length > ROOM_KEPT_MAX) {
      room = new ByteOutput(GUESS);
    }
    room.truncate(0);
    var out = new JsonOutput(room);
    out.begin();
    return out;
  }

  /** What was written, without the brace that began it. */
  private static byte[] members(JsonOutput out) {
    var bytes = out.bytes();
    return Arrays.copyOfRange(bytes.array(), 1, bytes.size());
  }

  private byte[] details(Exchange exchange) {
    var request = exchange.request();
    var out = document();
    out.text(LISTENER, exchange.listener());
    out.text(CLIENT_USER, exchange.client().user());
    request(out, request);
    if (exchange.response() != null) {
      response(out, exchange.response());
    }
    out.any(FIRST_OCTET_NANOS, exchange.answered() - exchange.began());
    out.any(DURATION_NANOS, exchange.ended() - exchange.began());
    tls(out, exchange.tls());
    if (exchange.upstream() != null) {
      upstream(out, exchange.upstream());
    }
    webSocket(out, exchange.webSocket());
    if (exchange.failure() != null) {
      out.text(FAILURE_DETAIL, exchange.failure().detail());
    }
    return members(out);
  }

  private void request(JsonOutput out, Asked request) {
    var parameters = request.parameters();
    var kept = redactor.parameters(parameters);
    out.text(HTTP_VERSION, request.version());
    out.text(URL, url(request, parameters, kept));
    if (!kept.isEmpty()) {
      out.beginArray(QUERY);
      for (var parameter : kept) {
        pair(out, parameter.name(), parameter.value());
      }
      out.endArray();
    }
    headers(out, REQUEST_HEADERS, request.headers());
    body(out, REQUEST_BODY, request.headers(), request.body());
  }

  /** As it was sent, unless something of it may not be kept. */
  private String url(Asked request, List<Parameter> sent, List<Parameter> kept) {
    if (sent.equals(kept)) {
      return redactor.text(request.url());
    }
    var query = new StringJoiner("&", "?", "");
    for (var parameter : kept) {
      query.add(encoded(parameter.name()) + "=" + encoded(parameter.value()));
    }
    var url = request.url();
    return redactor.text(url.substring(0, url.length() - request.query().length() - 1)) + query;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private void response(JsonOutput out, Answered response) {
    headers(out, RESPONSE_HEADERS, response.headers());
    body(out, RESPONSE_BODY, response.headers(), response.body());
    headers(out, RESPONSE_TRAILERS, response.trailers());
  }

  private void headers(JsonOutput out, Name name, Headers headers) {
    if (headers.lines().isEmpty()) {
      return;
    }
    out.beginArray(name);
    for (var line : redactor.headers(headers).lines()) {
      pair(out, line.name(), line.value());
    }
    out.endArray();
  }

  private static void pair(JsonOutput out, String name, String value) {
    out.beginElementArray();
    out.text(name);
    out.text(value);
    out.endArray();
  }

  /**
   * A body stands as text where it is text. Where something of a coded body may not be kept, it
   * stands without its coding.
   */
  private void body(JsonOutput out, Name name, Headers headers, Content body) {
    if (body.length() == 0) {
      return;
    }
    out.begin(name);
    out.any(BYTES, body.length());
    if (body.isTruncated()) {
      out.truth(TRUNCATED, true);
    }
    boolean isCoded = !ContentCoding.codings(headers).isEmpty();
    var decoded =
        body.isTruncated()
            ? ContentCoding.undoBeginning(headers, body.bytes(), PLAIN_MAX)
            : ContentCoding.undo(headers, body.bytes(), PLAIN_MAX);
    var text = decoded == null ? null : text(decoded, body.isTruncated());
    var kept = text == null ? null : redactor.body(text, isForm(headers));
    if (kept == null) {
      out.text(BASE64, Base64.getEncoder().encodeToString(body.bytes()));
    } else if (!kept.equals(text)) {
      out.text(TEXT, kept);
      out.truth(REDACTED, true);
      if (isCoded) {
        out.truth(DECODED, true);
      }
    } else if (isCoded) {
      out.text(BASE64, Base64.getEncoder().encodeToString(body.bytes()));
    } else {
      out.text(TEXT, kept);
    }
    out.end();
  }

  private static boolean isForm(Headers headers) {
    return headers
        .first("content-type")
        .map(type -> type.startsWith("application/x-www-form-urlencoded"))
        .orElse(false);
  }

  /** Null for what is no UTF-8; a character that was cut at the end does not count. */
  private static @Nullable String text(byte[] bytes, boolean isCut) {
    int length = isCut ? whole(bytes) : bytes.length;
    var text = new String(bytes, 0, length, StandardCharsets.UTF_8);
    // Where there is a replacement it may have been sent as such: only then it has to be looked at.
    return text.indexOf(REPLACEMENT) < 0 || isUtf8(bytes, length) ? text : null;
  }

  private static boolean isUtf8(byte[] bytes, int length) {
    try {
      var _ = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length));
      return true;
    } catch (CharacterCodingException _) {
      return false;
    }
  }

  /** The length without the octets of a character that is not all there (RFC 3629 §3). */
  private static int whole(byte[] bytes) {
    int start = bytes.length;
    while (start > 0 && bytes.length - start < 3 && (bytes[start - 1] & 0xc0) == 0x80) {
      start--;
    }
    return start > 0 && (bytes[start - 1] & 0xc0) == 0xc0 ? start - 1 : bytes.length;
  }

  private static void tls(JsonOutput out, Exchange.@Nullable Tls tls) {
    if (tls != null) {
      out.begin(TLS);
      out.text(TLS_VERSION, tls.version());
      out.text(CIPHER, tls.cipher());
      out.text(SNI, tls.sni());
      out.text(ALPN, tls.alpn());
      out.end();
    }
  }

  private static void webSocket(JsonOutput out, Exchange.@Nullable WebSocket webSocket) {
    if (webSocket != null) {
      out.begin(WEBSOCKET);
      out.any(MESSAGES_SENT, webSocket.messagesSent());
      out.any(BYTES_SENT, webSocket.bytesSent());
      out.any(MESSAGES_RECEIVED, webSocket.messagesReceived());
      out.any(BYTES_RECEIVED, webSocket.bytesReceived());
      out.any(CLOSE_CODE, webSocket.closeCode());
      out.end();
    }
  }

  private static void upstream(JsonOutput out, Exchange.Upstream upstream) {
    out.begin(UPSTREAM);
    out.text(ADDRESS, upstream.address());
    out.text(THROUGH, upstream.through());
    out.any(CONNECT_NANOS, upstream.connectNanos());
    out.any(TLS_NANOS, upstream.tlsNanos());
    out.any(FIRST_OCTET_NANOS, upstream.firstOctetNanos());
    tls(out, upstream.tls());
    out.end();
  }
}
