package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.config.Environment;
import io.penstock.logs.Logs;
import io.prometheus.metrics.core.metrics.MetricWithFixedMetadata;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The page of metrics lists exactly what a running server registers. {@code -Dgolden.update=true}
 * writes its table anew, to be reviewed as a diff.
 */
class MetricsGoldenTest {

  private static final Path PAGE = Path.of("..", "docs", "metrics.md");
  private static final String HEAD = "| metric | type | labels | meaning |";
  private static final String RULE = "|---|---|---|---|";

  @TempDir private Path data;

  /** A registry that tells what was registered: a scrape leaves out what has no value yet. */
  private static final class OpenRegistry extends PrometheusRegistry {
    private final List<Collector> collectors = new ArrayList<>();

    @Override
    public void register(Collector collector) {
      super.register(collector);
      collectors.add(collector);
    }

    @Override
    public void register(MultiCollector collector) {
      throw new UnsupportedOperationException("the page would miss the metrics of a collector");
    }
  }

  @Test
  void thePageListsEveryMetricOfARunningServer() throws IOException {
    var registry = new OpenRegistry();
    var environment =
        new Environment(
            Map.of(
                "PENSTOCK_DATA", data.toString(),
                "API_KEY", "key-of-the-metrics-page",
                "APP_PORT", "0",
                "NETFLOW_PORT", "0",
                "IPFIX_PORT", "0",
                "SFLOW_PORT", "0",
                "PROXY_PORT", "0",
                "ALERT_WEBHOOK_URL", "http://127.0.0.1:9/alerts"));
    var config = ServerConfig.from(environment, "0");

    List<String> rows;
    try (var _ = Server.start(config, Logs.none(), silent(), registry)) {
      rows = registry.collectors.stream().map(MetricsGoldenTest::row).sorted().toList();
    }

    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(
          PAGE, prose() + Stream.of(HEAD, RULE).collect(lines()) + rows.stream().collect(lines()));
    }
    assertThat(Files.readString(PAGE).lines().dropWhile(line -> !line.equals(HEAD)).skip(2))
        .containsExactlyElementsOf(rows);
  }

  private static String prose() throws IOException {
    var page = Files.readString(PAGE);
    int table = page.indexOf(HEAD);
    return table < 0 ? page : page.substring(0, table);
  }

  private static java.util.stream.Collector<CharSequence, ?, String> lines() {
    return Collectors.joining("\n", "", "\n");
  }

  private static String row(Collector collector) {
    var snapshot = collector.collect();
    var metadata = snapshot.getMetadata();
    var labels =
        labelNames(collector).stream()
            .map(name -> "`" + name + "`")
            .collect(Collectors.joining(", "));
    return "| `%s` | %s | %s | %s |"
        .formatted(
            metadata.getPrometheusName() + suffix(snapshot),
            type(snapshot),
            labels.isEmpty() ? "–" : labels,
            metadata.getHelp());
  }

  private static String suffix(MetricSnapshot snapshot) {
    return switch (snapshot) {
      case CounterSnapshot _ -> "_total";
      case InfoSnapshot _ -> "_info";
      default -> "";
    };
  }

  private static String type(MetricSnapshot snapshot) {
    return switch (snapshot) {
      case CounterSnapshot _ -> "counter";
      case GaugeSnapshot _ -> "gauge";
      case HistogramSnapshot _ -> "histogram";
      case SummarySnapshot _ -> "summary";
      case InfoSnapshot _ -> "info";
      default -> throw new IllegalStateException("no word for " + snapshot.getClass());
    };
  }

  /** The library keeps them to itself until the first value has them. */
  private static List<String> labelNames(Collector collector) {
    try {
      var names = MetricWithFixedMetadata.class.getDeclaredField("labelNames");
      names.setAccessible(true);
      return List.of((String[]) names.get(collector));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the metrics library has changed", e);
    }
  }

  private static PrintStream silent() {
    return new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
  }
}
