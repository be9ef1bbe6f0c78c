package io.penstock.benchmarks;

import io.penstock.exchange.Asked;
import io.penstock.exchange.Content;
import io.penstock.exchange.Headers;
import io.penstock.stub.Answer;
import io.penstock.stub.ReferenceSurface;
import io.penstock.stub.Stub;
import io.penstock.stub.StubConfig;
import io.penstock.stub.Stubs;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * What an answer costs among a thousand stubs, for a request with 47 query parameters: by host and
 * path alone, by one parameter as well, and with a template filled in.
 */
@State(Scope.Thread)
public class StubBenchmark {

  private static final int STUBS = 1_000;

  private final Stubs stubs =
      new Stubs(
          StubConfig.DEFAULT,
          new PrometheusRegistry(),
          InstantSource.system(),
          new Random(1),
          () -> "");
  private final Asked plain = asked("/telemetry/index.html");
  private final Asked byParameter = asked("/by/parameter");
  private final Asked template = asked("/template");

  public StubBenchmark() {
    var all = new ArrayList<>(ReferenceSurface.stubs(false));
    for (int i = 0; i < STUBS; i++) {
      add(
          all,
          "{name: s%d, request: {host: h%d.example, path: /p%d}, answer: {}}".formatted(i, i, i));
    }
    add(
        all,
        "{name: p, request: {path: /by/parameter, query: {p46: {matches: 'v[0-9]+'}}}, answer: {}}");
    add(
        all,
        "{name: t, request: {path: /template}, answer: {template: true, body: '{{now}} {{request.query.p3}}'}}");
    stubs.replace(Stubs.Layer.FILES, all);
  }

  private static void add(List<Stub> all, String document) {
    all.addAll(Stub.parse(document).stubs());
  }

  private static Asked asked(String path) {
    var query = new StringJoiner("&", path + "?", "");
    for (int i = 0; i < 47; i++) {
      query.add("p" + i + "=v" + i);
    }
    return new Asked(
        "https",
        "cdn.cribl.io",
        443,
        "GET",
        query.toString(),
        "HTTP/1.1",
        Headers.of("Host", "cdn.cribl.io", "User-Agent", "node", "Accept", "*/*"),
        Content.NONE);
  }

  @Benchmark
  public @Nullable Answer byHostAndPath() {
    return stubs.answer(plain, "cribl");
  }

  @Benchmark
  public @Nullable Answer byParameter() {
    return stubs.answer(byParameter, "cribl");
  }

  @Benchmark
  public @Nullable Answer template() {
    return stubs.answer(template, "cribl");
  }
}
