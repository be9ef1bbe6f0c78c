package io.penstock.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.event.Events;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Events as they become durable, over a WebSocket. */
@Timeout(60)
final class TailTest {

  private static final String TAIL = "/v1/events/ws";
  private static final String OURS = "default";

  private final ApiServer server = new ApiServer();
  private final HttpClient client = HttpClient.newHttpClient();
  private final Events events = new Events(7);
  private final Listener listener = new Listener();

  @AfterEach
  void stop() {
    // Closing would wait for WebSockets that are still open.
    client.shutdownNow();
    server.close();
  }

  private WebSocket open(String target, String... headers) {
    var builder = client.newWebSocketBuilder();
    for (int i = 0; i < headers.length; i += 2) {
      builder.header(headers[i], headers[i + 1]);
    }
    return builder.buildAsync(ws(target), listener).join();
  }

  private WebSocket asReader(String target) {
    return open(target, "Authorization", "Bearer " + ApiServer.READER);
  }

  private URI ws(String target) {
    return URI.create("ws://localhost:" + server.port() + target);
  }

  private int refused(String target, String... headers) {
    try {
      open(target, headers);
    } catch (CompletionException e) {
      if (e.getCause() instanceof WebSocketHandshakeException refusal) {
        return refusal.getResponse().statusCode();
      }
      throw e;
    }
    throw new AssertionError(target + " was opened");
  }

  private void become(String tenant, Event... durable) {
    server.tail.durable(new EventBatch(tenant, List.of(durable), null));
  }

  private Event flow() {
    var event = events.event(events.origin());
    return event.kind() == Event.Kind.FLOW ? event : flow();
  }

  private Event exchange() {
    return events.exchange(events.origin());
  }

  @Test
  void flowsAndExchangesArriveAsOneMessageEach() throws Exception {
    var socket = asReader(TAIL);

    become(OURS, flow(), exchange());

    assertThat(listener.next()).startsWith("{\"").contains("\"kind\":\"flow\"").endsWith("}");
    assertThat(listener.next()).contains("\"kind\":\"exchange\"", "\"host\":\"cdn.example\"");
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
    assertThat(listener.closed.get(20, TimeUnit.SECONDS)).isEqualTo(WebSocket.NORMAL_CLOSURE);
  }

  @Test
  void onlyWhatAFilterWantsIsTold() throws Exception {
    asReader(TAIL + "?filter=kind%20%3D%20exchange");

    become(OURS, flow(), flow(), exchange());

    assertThat(listener.next()).contains("\"kind\":\"exchange\"");
  }

  @Test
  void anotherTenantsEventsAreNeverTold() throws Exception {
    asReader(TAIL);

    become("zeta", exchange());
    become(OURS, flow());

    assertThat(listener.next()).contains("\"kind\":\"flow\"");
  }

  @Test
  void whatIsTooMuchForTheRateIsCounted() throws Exception {
    asReader(TAIL + "?rate=1");

    become(OURS, flow(), flow(), flow());

    assertThat(listener.next()).contains("\"kind\":\"flow\"");
    assertThat(listener.next()).isEqualTo("{\"skipped\":2}");
  }

  @Test
  void whoHasNoKeyOrAsksForNonsenseIsRefused() {
    assertThat(refused(TAIL)).isEqualTo(401);
    assertThat(refused(TAIL + "?key=wrong")).isEqualTo(401);
    assertThat(refused(TAIL, "Authorization", "Bearer " + ApiServer.INGESTER)).isEqualTo(403);
    assertThat(refused(TAIL + "?key=" + ApiServer.READER + "&filter=)")).isEqualTo(400);
    assertThat(refused(TAIL + "?key=" + ApiServer.READER + "&rate=0")).isEqualTo(422);
  }

  @Test
  void aBrowserShowsATicketInPlaceOfAKey() throws Exception {
    var answer = server.send(server.asAdmin("/v1/logs/ticket").POST(BodyPublishers.noBody()));
    var ticket = Pattern.compile("\"ticket\":\"([^\"]+)\"").matcher(answer.body());
    assertThat(ticket.find()).isTrue();

    open(TAIL + "?ticket=" + ticket.group(1), "Origin", "http://localhost:" + server.port());
    become(OURS, flow());

    assertThat(listener.next()).contains("\"kind\":\"flow\"");
    assertThat(refused(TAIL + "?ticket=" + ticket.group(1))).isEqualTo(401);
  }

  @Test
  void aPageOfAnotherOriginMayNotOpenOne() {
    for (var origin : List.of("https://evil.example", "null", "http://localhost:1")) {
      assertThat(refused(TAIL + "?key=" + ApiServer.READER, "Origin", origin))
          .as(origin)
          .isEqualTo(403);
    }
  }

  @Test
  void aRequestThatIsNoHandshakeIsToldWhatIsWanted() {
    var answer = server.get(TAIL);

    assertThat(answer.statusCode()).isEqualTo(426);
    assertThat(answer.headers().firstValue("Upgrade")).contains("websocket");
    assertThat(answer.headers().firstValue("Sec-WebSocket-Version")).contains("13");
    assertThat(answer.body()).contains("\"error\":\"upgrade_required\"");
  }

  @Test
  void watchersAreCountedWithThoseOfServerSentEvents() {
    for (int i = 0; i < 3; i++) {
      asReader(TAIL);
    }

    assertThat(refused(TAIL + "?key=" + ApiServer.READER)).isEqualTo(429);
    assertThat(server.get("/v1/metrics/prometheus").body())
        .contains("telemetry_live_streams 3.0")
        .contains("telemetry_live_streams_refused_total{reason=\"key\"} 1.0");
  }

  @Test
  void pingsAreAnsweredAndMessagesAreNotRead() throws Exception {
    var socket = asReader(TAIL);

    socket.sendPing(ByteBuffer.wrap("x".getBytes(StandardCharsets.UTF_8))).join();
    assertThat(listener.pong.get(20, TimeUnit.SECONDS)).isEqualTo("x");

    socket.sendText("does anybody hear me?", true).join();
    assertThat(listener.closed.get(20, TimeUnit.SECONDS)).isEqualTo(1003);
  }

  @Test
  void aStopSaysGoodbye() throws Exception {
    asReader(TAIL);
    become(OURS, flow());
    listener.next();

    server.endStreams();

    assertThat(listener.closed.get(20, TimeUnit.SECONDS)).isEqualTo(1001);
  }
}
