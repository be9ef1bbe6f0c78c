package io.penstock.journal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.event.EventBatch;
import io.penstock.event.EventCodec;
import io.penstock.event.EventJson;
import io.penstock.exchange.Asked;
import io.penstock.exchange.Content;
import io.penstock.exchange.Exchange;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.exchange.Headers;
import io.penstock.exchange.Verdict;
import io.penstock.json.JsonTree;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class ExchangeEventsTest {

  private static final KeyedHash HASH = new KeyedHash("a key for tests".getBytes(UTF_8));

  private final ExchangeEvents events = new ExchangeEvents(new Redactor(HASH), Optional.empty());
  private final ExchangeReader reader = new ExchangeReader(Optional.empty());

  @Test
  void anExchangeComesBackAsItWas() {
    var headers = Headers.of("Host", "cdn.cribl.io", "X-Tag", "a", "x-tag", "b");
    var exchange = Exchanges.mocked("/telemetry/index.html?v=1&v=2&blank=&bare", headers, NONE);

    var read = back(exchange);

    assertThat(read.request()).isEqualTo(exchange.request());
    assertThat(read.request().parameters()).hasSize(4);
    assertThat(read.client()).isEqualTo(exchange.client());
    assertThat(read.tls()).isEqualTo(exchange.tls());
    assertThat(read.began()).isEqualTo(exchange.began());
    assertThat(read.answered()).isEqualTo(exchange.answered());
    assertThat(read.ended()).isEqualTo(exchange.ended());
    assertThat(read.verdict()).isEqualTo(Verdict.MOCK);
    assertThat(new String(body(read), UTF_8)).isEqualTo("cribl /// living the stream!\n");
  }

  @Test
  void bodiesThatAreNoTextComeBackOctetForOctet() {
    var binary = Content.of(new byte[] {(byte) 0xff, 0, (byte) 0xfe, 7});
    var cut = new Content("größer".substring(0, 3).getBytes(UTF_8), 4_000_000);

    var read = back(Exchanges.mocked("/", Headers.NONE, binary));
    var readCut = back(Exchanges.mocked("/", Headers.NONE, cut));

    assertThat(read.request().body().bytes()).isEqualTo(binary.bytes());
    assertThat(readCut.request().body().length()).isEqualTo(4_000_000);
    assertThat(readCut.request().body().isTruncated()).isTrue();
  }

  @Test
  void aTunnelIsKeptWithItsHostOnce() {
    var asked =
        new Asked(
            "https",
            "a.example",
            443,
            "CONNECT",
            "a.example:443",
            "HTTP/1.1",
            Headers.NONE,
            Content.NONE);

    var exchange = Exchanges.exchange(Verdict.TUNNEL, asked, null, null, null);

    assertThat(new String(events.of(exchange).extra(), UTF_8))
        .contains("\"url\":\"https://a.example\"");
    assertThat(back(exchange).request()).isEqualTo(asked);
  }

  @Test
  void whatAWebSocketSaidComesBack() {
    var one = Exchanges.mocked("/", Headers.NONE, NONE);
    var webSocket = new Exchange.WebSocket(3, 4_000_000_000L, 2, 7, 1006);

    var exchange = Exchanges.with(one, webSocket);

    assertThat(back(exchange).webSocket()).isEqualTo(webSocket);
    assertThat(back(one).webSocket()).isNull();
    assertThat(Har.entry(exchange)).contains("\"_webSocket\":{\"messagesSent\":3,");
  }

  @Test
  void aFailureAndTheWayOnComeBack() {
    var asked =
        new Asked("https", "a.example", 8443, "POST", "/x", "HTTP/2", Headers.NONE, Content.NONE);
    var upstream = new Exchange.Upstream("[2001:db8::1]:8443", "http://proxy:3128", null, 3, 2, 1);
    var failure = new Exchange.Failure(Cause.UPSTREAM_GONE, "reset");

    var exchange = Exchanges.exchange(Verdict.OBSERVE, asked, null, upstream, failure);
    var event = events.of(exchange);

    assertThat(event.destination().ip()).hasToString("2001:db8::1");
    var read = back(exchange);
    assertThat(read.upstream()).isEqualTo(upstream);
    assertThat(read.failure()).isEqualTo(failure);
    assertThat(read.response()).isNull();
  }

  @Test
  void secretsAreHashedAndIdentifiersStay() {
    var headers = Headers.of("Authorization", "Bearer abc.def", "Cookie", "sid=1", "Accept", "*/*");
    var exchange = Exchanges.mocked("/t?guid=b117a3cd&token=s3cret&v=4", headers, Content.NONE);

    var document = new String(EventJson.write("default", events.of(exchange)), UTF_8);

    assertThat(document)
        .contains("guid", "b117a3cd", "\"Bearer redacted:" + HASH.of("abc.def"))
        .contains("token=redacted%3A" + HASH.of("s3cret"))
        .doesNotContain("s3cret", "sid=1", "abc.def", "id=abc");
  }

  @Test
  void aCodedBodyWithASecretIsKeptWithoutItsCoding() throws Exception {
    var clear = "{\"password\":\"hunter2\",\"guid\":\"b117\"}";
    var packed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(packed)) {
      gzip.write(clear.getBytes(UTF_8));
    }
    var coded = Content.of(packed.toByteArray());

    var event = events.of(Exchanges.mocked("/", Headers.of("Content-Encoding", "gzip"), coded));

    var read = reader.read("default", event).orElseThrow();
    assertThat(new String(read.request().body().bytes(), UTF_8))
        .isEqualTo("{\"password\":\"redacted:" + HASH.of("hunter2") + "\",\"guid\":\"b117\"}");
  }

  @Test
  void encryptedDetailsOpenWithTheKeyAlone() {
    var sealing =
        new ExchangeEvents(
            new Redactor(HASH),
            Optional.of((text, place) -> new StringBuilder(place + text).reverse().toString()));
    var exchange = Exchanges.mocked("/t?guid=b117a3cd", Headers.NONE, Content.NONE);

    var event = sealing.of(exchange);

    assertThat(new String(event.extra(), UTF_8)).doesNotContain("b117a3cd");
    assertThatThrownBy(() -> reader.read("default", event)).hasMessageContaining("encrypted");
    var opening =
        new ExchangeReader(
            Optional.of(
                (text, place) -> new StringBuilder(text).reverse().substring(place.length())));
    assertThat(opening.read("default", event).orElseThrow().request())
        .isEqualTo(exchange.request());
  }

  @Test
  void theDocumentSaysWhatOneFiltersBy() throws Exception {
    var event = events.of(Exchanges.mocked("/telemetry/?v=1", Headers.NONE, Content.NONE));

    var document = (Map<?, ?>) requireNonNull(JsonTree.parse(EventJson.write("default", event)));

    assertThat(document.get("kind")).isEqualTo("exchange");
    assertThat(document.get("type")).isEqualTo("HTTP");
    assertThat(document.get("exchange"))
        .isEqualTo(
            Map.of(
                "product", "cribl",
                "verdict", "MOCK",
                "rule", "cribl",
                "scheme", "https",
                "method", "GET",
                "host", "cdn.cribl.io",
                "path", "/telemetry/",
                "status", 200L));
    assertThat(document.get("query")).isEqualTo(List.of(List.of("v", "1")));
  }

  private static final Content NONE = Content.NONE;

  private static byte[] body(Exchange exchange) {
    var response = exchange.response();
    return response == null ? new byte[0] : response.body().bytes();
  }

  /** Through the log. */
  private Exchange back(Exchange exchange) {
    var batch = new EventBatch("default", List.of(events.of(exchange)), null);
    var bytes = EventCodec.encode(batch);
    var event = EventCodec.decode(bytes, 0, bytes.length).events().getFirst();
    return reader.read("default", event).orElseThrow();
  }
}
