package io.penstock.journal;

import io.penstock.event.Ip;
import io.penstock.exchange.Answered;
import io.penstock.exchange.Asked;
import io.penstock.exchange.Content;
import io.penstock.exchange.Exchange;
import io.penstock.exchange.Headers;
import io.penstock.exchange.Verdict;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Exchanges for tests. */
public final class Exchanges {

  public static final long NOON = 1_795_348_800_000_000_000L;

  private Exchanges() {}

  public static Exchange mocked(String target, Headers headers, Content body) {
    return exchange(
        Verdict.MOCK,
        new Asked("https", "cdn.cribl.io", 443, "GET", target, "HTTP/1.1", headers, body),
        new Answered(
            200,
            Headers.of("Content-Type", "text/html; charset=utf-8", "Set-Cookie", "id=abc; Secure"),
            text("cribl /// living the stream!\n")),
        null,
        null);
  }

  public static Exchange exchange(
      Verdict verdict,
      Asked request,
      @Nullable Answered response,
      Exchange.@Nullable Upstream upstream,
      Exchange.@Nullable Failure failure) {
    return new Exchange(
        new UUID(NOON, 7),
        "default",
        NOON,
        NOON + 1_500_000,
        NOON + 2_000_000,
        "proxy",
        new Exchange.Client(Ip.v4(0x7f000001), 40_000, "alice"),
        verdict,
        "cribl",
        "cribl",
        request,
        response,
        new Exchange.Tls("TLSv1.3", "TLS_AES_128_GCM_SHA256", "cdn.cribl.io", "h2"),
        upstream,
        failure,
        null);
  }

  /** The same over a WebSocket. */
  static Exchange with(Exchange one, Exchange.WebSocket webSocket) {
    return new Exchange(
        one.id(),
        one.tenant(),
        one.began(),
        one.answered(),
        one.ended(),
        one.listener(),
        one.client(),
        one.verdict(),
        one.rule(),
        one.product(),
        one.request(),
        one.response(),
        one.tls(),
        one.upstream(),
        one.failure(),
        webSocket);
  }

  public static Content text(String text) {
    return Content.of(text.getBytes(StandardCharsets.UTF_8));
  }
}
