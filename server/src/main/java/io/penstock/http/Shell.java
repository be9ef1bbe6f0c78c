package io.penstock.http;

import io.helidon.common.socket.SocketWriterException;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.penstock.event.Ip;
import io.penstock.json.Json;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * What every request goes through: a request id, the preflight's answer, the route, the caller's
 * key, scopes and tenant, the handler, and the headers that all answers share. Whatever goes wrong
 * in a handler ends here.
 */
final class Shell {

  private static final Logger LOG = LoggerFactory.getLogger(Shell.class);
  private static final Logger ACCESS = LoggerFactory.getLogger("io.penstock.http.access");

  private static final int REQUEST_ID_LENGTH_MAX = 128;

  private static final HeaderName REQUEST_ID = HeaderNames.create("X-Request-ID");
  private static final HeaderName TRACE_ID = HeaderNames.create("X-Trace-Id");
  private static final HeaderName TENANT_ID = HeaderNames.create("X-Tenant-ID");
  private static final HeaderName RATE_REMAINING = HeaderNames.create("RateLimit-Remaining");
  private static final HeaderName RATE_RESET = HeaderNames.create("RateLimit-Reset");

  private static final List<Header> FIXED =
      List.of(
          HeaderValues.createCached("X-API-Version", "v1"),
          HeaderValues.createCached("X-Content-Type-Options", "nosniff"),
          HeaderValues.createCached("X-Frame-Options", "DENY"),
          HeaderValues.createCached("X-XSS-Protection", "1; mode=block"),
          HeaderValues.createCached("Referrer-Policy", "strict-origin-when-cross-origin"),
          HeaderValues.createCached(
              "Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
          HeaderValues.createCached(
              "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
          HeaderValues.createCached("Cache-Control", "no-store"));

  private static final Answer NOT_FOUND = Answer.problem(404, "not_found", "Not Found");
  private static final Answer NO_KEY =
      Answer.problem(401, "unauthorized", "Missing bearer token")
          .with("WWW-Authenticate", "Bearer");
  private static final Answer WRONG_KEY =
      Answer.problem(401, "unauthorized", "Invalid API key").with("WWW-Authenticate", "Bearer");

  private static final Answer WRONG_TICKET =
      Answer.problem(401, "unauthorized", "Invalid or expired ticket")
          .with("WWW-Authenticate", "Bearer");

  private final HttpConfig config;
  private final RouteTable routes;
  private final Authenticator authenticator;
  private final BodyBudget budget;
  private final Cors cors;
  private final Handshake handshake;
  private final ClientAddress clientAddress;
  private final RateLimits limits;
  private final Header rateLimit;
  private final Consumer<Finished> observer;

  Shell(
      HttpConfig config,
      RouteTable routes,
      Authenticator authenticator,
      BooleanSupplier isProxyTrusted,
      Cors cors,
      Handshake handshake,
      PrometheusRegistry registry,
      Consumer<Finished> observer) {
    this.config = config;
    this.routes = routes;
    this.authenticator = authenticator;
    this.budget = new BodyBudget(config.bodyBytesInFlightMax(), registry);
    this.cors = cors;
    this.handshake = handshake;
    this.clientAddress = new ClientAddress(config.clients().proxies(), isProxyTrusted);
    this.limits = new RateLimits(config.clients(), registry);
    this.rateLimit =
        HeaderValues.createCached("RateLimit-Limit", Integer.toString(limits.perMinute()));
    this.observer = observer;
  }

  /** One request as it passes through, with what becomes known on the way. */
  private static final class Passage {
    final long startNanos = System.nanoTime();
    final long startMillis = System.currentTimeMillis();
    final Trail trail = new Trail(startNanos);
    final String id;
    final String method;
    final String path;
    final Ip client;
    final String clientText;
    String route = "";
    Principal principal = Principal.ANONYMOUS;
    BooleanSupplier isStillAllowed = () -> true;

    /** What {@link RateLimits#take} said; no limit applies until it was asked. */
    long used = RateLimits.UNLIMITED;

    Passage(String id, String method, String path, Ip client) {
      this.id = id;
      this.method = method;
      this.path = path;
      this.client = client;
      this.clientText = client.toString();
    }
  }

  void handle(ServerRequest request, ServerResponse response) {
    var passage =
        new Passage(
            requestId(request),
            request.prologue().method().text(),
            pathOf(request),
            clientAddress.of(request));
    int status;
    boolean close;
    try (var bodies = new BodyReader(budget, config.bodyTimeout())) {
      var answer = answerTo(request, passage, bodies);
      status = answer.status();
      close = isLast(request, answer);
      send(request, response, passage, answer);
    } catch (IOException
        | UncheckedIOException
        | SocketWriterException
        | ServerConnectionException e) {
      // The peer went away or stopped reading in the middle of an answer.
      LOG.atDebug().addKeyValue("trace_id", passage.id).setCause(e).log("connection lost");
      status = 499;
      finished(passage, status);
      throw e instanceof IOException io ? new UncheckedIOException(io) : (RuntimeException) e;
    } finally {
      handshake.forget();
    }
    finished(passage, status);
    if (close) {
      // Helidon 4.5 says that it closes and then waits for the next request (its issue 12324).
      throw new CloseConnectionException("asked to close");
    }
  }

  private static boolean isLast(ServerRequest request, Answer answer) {
    return answer instanceof Answer.Upgraded
        || request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)
        || "close".equals(answer.headers().get("Connection"));
  }

  private Answer answerTo(ServerRequest request, Passage passage, BodyReader bodies) {
    try {
      if (Cors.isPreflight(request)) {
        return new Answer.Whole(204, Map.of(), new byte[0]);
      }
      return dispatch(request, passage, bodies);
    } catch (Refusal refusal) {
      return refusal.answer();
    } catch (Exception e) {
      LOG.atError()
          .addKeyValue("trace_id", passage.id)
          .addKeyValue("method", passage.method)
          .addKeyValue("path", Credentials.scrubbed(passage.path))
          .addKeyValue("tenant_id", passage.principal.tenant())
          .setCause(e)
          .log("request failed");
      return Answer.problem(500, "internal_server_error", "An unexpected error occurred");
    }
  }

  private Answer dispatch(ServerRequest request, Passage passage, BodyReader bodies)
      throws Exception {
    var match = routes.match(passage.method, passage.path);
    boolean isPublic =
        match instanceof RouteTable.Match.Found(var route, var _)
                && route.access() instanceof Access.Public
            || match instanceof RouteTable.Match.OtherMethods(var _, boolean open) && open;
    var refused =
        match instanceof RouteTable.Match.Found(var route, var _)
                && route.access() instanceof Access.Stream stream
            ? authenticate(request, passage, stream)
            : authenticate(request, passage, isPublic);
    if (refused.isPresent()) {
      return refused.get();
    }
    // Public routes are free: what scrapes them, or watches the server's health, has no budget.
    if (!isPublic) {
      passage.used = limits.take(passage.principal);
      if (passage.used < 0) {
        return tooOften("Rate limit exceeded", limits.perMinute(), passage.used);
      }
    }
    return switch (match) {
      case RouteTable.Match.Unknown _ -> NOT_FOUND;
      case RouteTable.Match.OtherMethods(var allow, var _) ->
          passage.method.equals("OPTIONS")
              ? new Answer.Whole(204, Map.of("Allow", allow), new byte[0])
              : Answer.problem(405, "method_not_allowed", "Method Not Allowed")
                  .with("Allow", allow);
      case RouteTable.Match.Found(var route, var parameters) -> {
        passage.route = route.path();
        var forbidden = forbidden(route.access(), passage.principal);
        if (forbidden.isPresent()) {
          yield forbidden.get();
        }
        yield route
            .handler()
            .handle(
                new Request(
                    request,
                    passage.path,
                    parameters,
                    new Caller(passage.principal, passage.isStillAllowed),
                    passage.id,
                    passage.clientText,
                    bodies,
                    passage.trail,
                    handshake));
      }
    };
  }

  /** Finds out who calls and for which tenant; the answer is there when that ends the matter. */
  private Optional<Answer> authenticate(ServerRequest request, Passage passage, boolean isPublic) {
    return authenticate(request, passage, Credentials.of(request), isPublic);
  }

  /**
   * The same where a browser listens, which can show a ticket or a key in the query only. Whatever
   * is shown must be good: a key in a header does not make up for a wrong one in the query.
   */
  private Optional<Answer> authenticate(
      ServerRequest request, Passage passage, Access.Stream stream) {
    var ticket = Credentials.inQuery(request, "ticket");
    if (ticket.isPresent()) {
      var caller = stream.tickets().redeem(ticket.get());
      caller.ifPresent(
          found -> {
            passage.principal = found.principal();
            passage.isStillAllowed = found.isStillAllowed();
          });
      return caller.isPresent() ? Optional.empty() : Optional.of(failed(passage, WRONG_TICKET));
    }
    var key = Credentials.of(request);
    var inQuery =
        stream.isKeyInQuery() ? Credentials.inQuery(request, "key") : Optional.<String>empty();
    if (inQuery.isPresent() && key.isPresent() && !key.equals(inQuery)) {
      return Optional.of(failed(passage, WRONG_KEY));
    }
    return authenticate(request, passage, inQuery.or(() -> key), false);
  }

  private Optional<Answer> authenticate(
      ServerRequest request, Passage passage, Optional<String> key, boolean isPublic) {
    if (key.isEmpty()) {
      return isPublic ? Optional.empty() : Optional.of(failed(passage, NO_KEY));
    }
    var found = authenticator.principalOf(key.get());
    if (found.isEmpty()) {
      // A public route, too, shows whether a key is good: it must not be the place to guess.
      var refusal = failed(passage, WRONG_KEY);
      return isPublic ? Optional.empty() : Optional.of(refusal);
    }
    long wait = limits.succeeded(passage.client, found.get());
    if (wait < 0) {
      return isPublic ? Optional.empty() : Optional.of(tooManyFailures(wait));
    }
    passage.principal = found.get();
    passage.isStillAllowed = () -> isStill(found.get(), key.get(), passage.principal.tenant());
    var tenant = request.headers().first(TENANT_ID).map(String::strip);
    if (tenant.isEmpty() || tenant.get().isEmpty()) {
      return Optional.empty();
    }
    if (tenant.get().equals(passage.principal.tenant())) {
      return Optional.empty();
    }
    if (!passage.principal.isAdmin()) {
      return Optional.of(
          Answer.problem(403, "forbidden", "X-Tenant-ID override requires admin scope"));
    }
    if (!authenticator.hasTenant(tenant.get())) {
      return Optional.of(Answer.problem(404, "tenant_not_found", "Tenant not found"));
    }
    passage.principal = passage.principal.actingFor(tenant.get());
    return Optional.empty();
  }

  /** Notes that the client showed no good key; the refusal, or another one when it is too many. */
  private Answer failed(Passage passage, Answer refusal) {
    long wait = limits.failed(passage.client);
    return wait < 0 ? tooManyFailures(wait) : refusal;
  }

  private Answer tooManyFailures(long wait) {
    return tooOften("Too many requests without a valid key", limits.failuresPerMinute(), wait);
  }

  private static Answer tooOften(String detail, int limit, long wait) {
    long seconds = TokenBuckets.seconds(-wait);
    return Answer.json(
            429,
            Json.object(
                "error",
                "rate_limited",
                "detail",
                detail,
                "limit_per_min",
                limit,
                "retry_after",
                seconds))
        .with("Retry-After", Long.toString(seconds));
  }

  /** Whether a key is good for what it was good for; whose scopes changed may ask again. */
  private boolean isStill(Principal before, String key, String tenant) {
    return authenticator.principalOf(key).filter(before::equals).isPresent()
        && (tenant.equals(before.tenant()) || authenticator.hasTenant(tenant));
  }

  private static Optional<Answer> forbidden(Access access, Principal principal) {
    var anyOf =
        switch (access) {
          case Access.Scopes(var scopes) -> scopes;
          case Access.Stream(var scopes, var _, boolean _) -> scopes;
          case Access.Public _, Access.AnyKey _ -> List.<String>of();
        };
    if (anyOf.isEmpty() || principal.mayAny(anyOf)) {
      return Optional.empty();
    }
    String scope = String.join("' or '", anyOf);
    String detail =
        scope.equals("admin")
            ? "Admin scope required"
            : "Insufficient permissions - requires '" + scope + "' scope";
    return Optional.of(Answer.problem(403, "forbidden", detail));
  }

  private void send(ServerRequest request, ServerResponse response, Passage passage, Answer answer)
      throws IOException {
    var headers = response.headers();
    addFixedHeaders(headers);
    headers.set(REQUEST_ID, passage.id);
    headers.set(TRACE_ID, passage.id);
    cors.addTo(request, headers);
    if (answer.status() == 204 && Cors.isPreflight(request)) {
      cors.addPreflightTo(request, headers);
    }
    addRateHeaders(headers, passage.used);
    answer.headers().forEach((name, value) -> headers.set(HeaderNames.create(name), value));
    response.status(Status.create(answer.status()));
    boolean head = passage.method.equals("HEAD");
    switch (answer) {
      case Answer.Whole whole -> {
        int status = whole.status();
        var body = whole.body();
        if (Problem.is(whole)) {
          headers.set(HeaderNames.CONTENT_TYPE, Problem.mediaType(request.headers()));
          body = Problem.withInstance(body, passage.id, request.path().rawPath());
        }
        if (status == 204 || status == 304 || body.length == 0 || head) {
          response.send();
        } else {
          response.send(body);
        }
      }
      case Answer.Upgraded(var _, var conversation) ->
          conversation.hold(handshake.open(request, headers));
      case Answer.Streamed(int _, var _, var body) -> {
        if (head) {
          response.send();
          return;
        }
        try (var out = response.outputStream()) {
          body.writeTo(out);
        }
        if (response instanceof RoutingResponse routed) {
          // Closing the stream leaves the last chunk to be written after the handler, and a handler
          // that ends with CloseConnectionException has no after.
          routed.commit();
        }
      }
    }
  }

  /**
   * In the three fields of draft-ietf-httpapi-ratelimit-headers up to -06: the later drafts' single
   * structured field is read by next to no client yet.
   */
  private void addRateHeaders(ServerResponseHeaders headers, long used) {
    if (used == RateLimits.UNLIMITED) {
      return;
    }
    headers.set(rateLimit);
    boolean isRefused = used < 0;
    headers.set(RATE_REMAINING, isRefused ? "0" : Long.toString(limits.remaining(used)));
    headers.set(RATE_RESET, Long.toString(TokenBuckets.seconds(isRefused ? -used : used)));
  }

  /** The headers that do not depend on the request. */
  static void addFixedHeaders(ServerResponseHeaders headers) {
    FIXED.forEach(headers::set);
  }

  /** The client's id when it is harmless, so that it can be logged and sent back; else our own. */
  private static String requestId(ServerRequest request) {
    return request
        .headers()
        .first(REQUEST_ID)
        .or(() -> request.headers().first(TRACE_ID))
        .filter(Shell::isHarmless)
        .orElseGet(() -> UUID.randomUUID().toString());
  }

  private static boolean isHarmless(String id) {
    return !id.isEmpty()
        && id.length() <= REQUEST_ID_LENGTH_MAX
        && id.chars()
            .allMatch(
                c ->
                    c >= 'a' && c <= 'z'
                        || c >= 'A' && c <= 'Z'
                        || c >= '0' && c <= '9'
                        || "-_.:/+=".indexOf(c) >= 0);
  }

  private static String pathOf(ServerRequest request) {
    String path = request.path().path();
    int end = path.length();
    while (end > 1 && path.charAt(end - 1) == '/') {
      end--;
    }
    return path.substring(0, end);
  }

  private void finished(Passage passage, int status) {
    var took = Duration.ofNanos(System.nanoTime() - passage.startNanos);
    var finished =
        new Finished(
            passage.method,
            Credentials.scrubbed(passage.path),
            passage.route,
            status,
            took,
            passage.principal.tenant(),
            passage.clientText,
            passage.id,
            passage.principal.keyId(),
            passage.startMillis,
            passage.trail.steps());
    observer.accept(finished);
    if (isLogged(finished)) {
      log(finished);
    }
  }

  private boolean isLogged(Finished finished) {
    if (!config.log().enabled()) {
      return false;
    }
    if (finished.status() >= 400) {
      return true;
    }
    return !config.log().excludedPaths().contains(finished.path())
        && ThreadLocalRandom.current().nextDouble() < config.log().sampleRate();
  }

  private static void log(Finished finished) {
    ACCESS
        .atLevel(finished.status() >= 500 ? Level.WARN : Level.INFO)
        .addKeyValue("trace_id", finished.requestId())
        .addKeyValue("method", finished.method())
        .addKeyValue("path", finished.path())
        .addKeyValue("status", finished.status())
        .addKeyValue("latency_ms", finished.took().toNanos() / 1e6)
        .addKeyValue("client_ip", finished.client())
        .addKeyValue("tenant_id", finished.tenant())
        .log("request");
  }
}
