package io.penstock.http;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;
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
  private final BodyReader bodies;

  Request(
      ServerRequest request,
      String path,
      Map<String, String> pathParameters,
      Principal principal,
      String id,
      BodyReader bodies) {
    this.request = request;
    this.path = path;
    this.pathParameters = pathParameters;
    this.principal = principal;
    this.id = id;
    this.bodies = bodies;
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

  public String tenant() {
    return principal.tenant();
  }

  /** The trace id: what the client sent as {@code X-Request-ID}, else a fresh UUID. */
  public String id() {
    return id;
  }

  /** Numeric address of the peer. */
  public String clientAddress() {
    return ClientAddress.of(request);
  }

  public Optional<String> header(String name) {
    return request.headers().first(HeaderNames.create(name));
  }

  /** First value of a query parameter; an empty value counts as none. */
  public Optional<String> query(String name) {
    var query = request.query();
    return query.contains(name)
        ? query.first(name).asOptional().filter(value -> !value.isEmpty())
        : Optional.empty();
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
    try (InputStream in = request.content().inputStream()) {
      return bodies.read(in, length, encoding.orElse(null), wireMax, inflatedMax);
    }
  }
}
