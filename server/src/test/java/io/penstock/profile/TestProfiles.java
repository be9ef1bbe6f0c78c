package io.penstock.profile;

import io.penstock.exchange.Asked;
import io.penstock.exchange.Content;
import io.penstock.exchange.Headers;
import io.penstock.stub.Answer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** The shipped profiles, and requests to put to them. */
public final class TestProfiles {

  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-11-22T10:00:00Z"));

  private TestProfiles() {}

  public static Profiles shipped() {
    return new Profiles(
        ProfileFiles.shipped().profiles(), new Decoder(new PrometheusRegistry()), CLOCK);
  }

  /** The answer, which must be there. */
  public static Answer answer(Profiles profiles, Asked asked, String product) {
    return Objects.requireNonNull(profiles.answer(asked, product));
  }

  /** Any endpoint with bodies of this kind. */
  static Endpoint endpoint(BodyKind kind) {
    return new Endpoint(
        "test", "test", List.of(), Set.of(), List.of(), Set.of(), kind, List.of(), List.of());
  }

  public static Asked get(String host, String target, String... headers) {
    return asked("GET", host, target, new byte[0], headers);
  }

  public static Asked post(String host, String target, String body, String... headers) {
    return asked("POST", host, target, body.getBytes(StandardCharsets.UTF_8), headers);
  }

  public static Asked asked(
      String method, String host, String target, byte[] body, String... headers) {
    return new Asked(
        "https", host, 443, method, target, "HTTP/1.1", Headers.of(headers), Content.of(body));
  }
}
