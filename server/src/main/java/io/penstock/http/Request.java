package io.penstock.http;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.penstock.json.Json;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** A request that may go ahead: its caller is known and its route was found. For one thread. */
public final class Request {

  private final ServerRequest request;
  private final String path;
  private final Map<String, String> pathParameters;
  private final Principal principal;
  private final String id;
  private final String client;
  private final BodyReader bodies;
  private final Caller caller;
  private final Trail trail;
  private final Handshake handshake;

  Request(
      ServerRequest request,
      String path,
      Map<String, String> pathParameters,
      Caller caller,
      String id,
      String client,
      BodyReader bodies,
      Trail trail,
      Handshake handshake) {
    this.request = request;
    this.path = path;
    this.pathParameters = pathParameters;
    this.principal = caller.principal();
    this.id = id;
    this.client = client;
    this.bodies = bodies;
    this.caller = caller;
    this.trail = trail;
    this.handshake = handshake;
  }

  public String method() {
    return request.prologue().method().text();
  }

  public String path() {
    return path;
  }

  /** What stood where the route has {@code {name}}. */
  public String pathParameter(String name) {
    var value = pathParameters.get(name);
    if (value == null) {
      throw new IllegalArgumentException("the route has no parameter " + name);
    }
    return value;
  }

  public Principal principal() {
    return principal;
  }

  /** Who is calling, for what lasts longer than this request. */
  public Caller caller() {
    return caller;
  }

  /** Where the handler notes what became of the request. */
  public Trail trail() {
    return trail;
  }

  public String tenant() {
    return principal.tenant();
  }

  /** The trace id: what the client sent as {@code X-Request-ID}, else a fresh UUID. */
  public String id() {
    return id;
  }

  /** Numeric address of who is calling: the peer, or for whom a trusted proxy asks. */
  public String clientAddress() {
    return client;
  }

  /** Why no WebSocket can be opened with this request; empty when one can. */
  Optional<Answer> socketRefusal() {
    return handshake.refusal(request);
  }

  public Optional<String> header(String name) {
    return request.headers().first(HeaderNames.create(name));
  }

  /** First value of a query parameter; an empty value counts as none, and NUL in it is a 422. */
  public Optional<String> query(String name) {
    var query = request.query();
    if (!query.contains(name)) {
      return Optional.empty();
    }
    var value = query.first(name).asOptional().filter(text -> !text.isEmpty());
    if (value.isPresent() && !Fields.isText(value.get())) {
      throw Refusal.invalidParameter("query", name, Fields.NO_TEXT, value.get());
    }
    return value;
  }

  /**
   * Id of the last event of a stream that the client saw: the header that a browser sends when it
   * comes again by itself, or the parameter for a page that begins anew and can set no header.
   */
  public Optional<String> lastEventId() {
    return header("Last-Event-ID")
        .or(() -> query("last_event_id"))
        .map(String::strip)
        .filter(id -> !id.isEmpty());
  }

  /** A whole number within bounds, else a 422. */
  public long queryLong(String name, long byDefault, long min, long max) {
    return queryLong(name, min, max).orElse(byDefault);
  }

  /** A whole number within bounds if it was sent, else a 422. */
  public OptionalLong queryLong(String name, long min, long max) {
    var text = query(name);
    if (text.isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      long value = Long.parseLong(text.get());
      if (value >= min && value <= max) {
        return OptionalLong.of(value);
      }
    } catch (NumberFormatException notANumber) {
      // Answered below, like a number out of bounds.
    }
    throw Refusal.invalidParameter(
        "query", name, "Input should be a whole number from " + min + " to " + max, text.get());
  }

  /**
   * Reads a body that must be one JSON object.
   *
   * @param bytesMax most bytes as sent and once inflated
   */
  public Fields fields(int bytesMax) throws IOException {
    var body = wholeBody(bytesMax, bytesMax);
    return fields(body.bytes(), body.length());
  }

  /**
   * Reads the body as {@link #body} does; what is wrong with it is thrown as a {@link Refusal}.
   *
   * @param wireMax most bytes as sent
   * @param inflatedMax most bytes once inflated
   */
  public Body.Bytes wholeBody(int wireMax, int inflatedMax) throws IOException {
    return switch (body(wireMax, inflatedMax)) {
      case Body.Bytes whole -> whole;
      case Body.TooLarge(long limit, long actual, var _) ->
          throw new Refusal(
              Answer.json(
                  413,
                  Json.object(
                      "error",
                      "too_large",
                      "detail",
                      "Payload too large (max " + limit + " bytes)",
                      "limit_bytes",
                      limit,
                      "actual_bytes",
                      actual)));
      case Body.Busy _ ->
          throw new Refusal(
              Answer.problem(503, "backpressure", "Too busy, please retry")
                  .with("Retry-After", "1"));
      case Body.Late _ ->
          throw new Refusal(
              Answer.problem(408, "request_timeout", "The body did not come in time")
                  .with("Connection", "close"));
      case Body.Malformed _ ->
          throw new Refusal(
              Answer.problem(400, "bad_request", "Malformed chunks").with("Connection", "close"));
      case Body.Corrupt(var detail) -> throw Refusal.badRequest("decompress_failed", detail);
      case Body.Unsupported _ ->
          throw new Refusal(
              Answer.problem(
                  415, "unsupported_encoding", "Content-Encoding must be gzip or identity"));
    };
  }

  /** The same, and a request without a body has no fields. */
  public Fields optionalFields(int bytesMax) throws IOException {
    return request.content().hasEntity() ? fields(bytesMax) : new Fields(Map.of());
  }

  private static Fields fields(byte[] bytes, int length) {
    try {
      if (JsonTree.parse(Arrays.copyOf(bytes, length)) instanceof Map<?, ?> map) {
        return Fields.of(Fields.named(map));
      }
      throw Refusal.badRequest("invalid_json", "Payload must be JSON object");
    } catch (MalformedJsonException e) {
      throw Refusal.badRequest("invalid_json", "Invalid JSON: " + e.getMessage());
    }
  }

  /**
   * The body as it comes, for what is too large for memory. It must be closed; what is wrong with
   * it is thrown as a {@link Refusal}. An encoded body is refused.
   */
  public InputStream stream(long bytesMax) {
    var encoding = request.headers().first(HeaderNames.CONTENT_ENCODING).orElse("identity");
    if (!encoding.equalsIgnoreCase("identity")) {
      throw new Refusal(
          Answer.problem(415, "unsupported_encoding", "Content-Encoding must be identity")
              .with("Connection", "close"));
    }
    return request.content().hasEntity()
        ? bodies.stream(request.content().inputStream(), bytesMax)
        : InputStream.nullInputStream();
  }

  /**
   * Reads the body. It stays valid until the handler returns.
   *
   * @param wireMax most bytes as sent
   * @param inflatedMax most bytes once inflated
   */
  public Body body(int wireMax, int inflatedMax) throws IOException {
    var encoding = request.headers().first(HeaderNames.CONTENT_ENCODING);
    long length = request.headers().contentLength().orElse(-1);
    if (!request.content().hasEntity()) {
      return new Body.Bytes(new byte[0], 0, 0, "identity");
    }
    // Not closed: closing would wait for what a slow client has not sent.
    InputStream in = request.content().inputStream();
    return bodies.read(in, length, encoding.orElse(null), wireMax, inflatedMax);
  }
}
