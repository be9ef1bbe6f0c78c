package io.penstock.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Event;
import io.penstock.wire.DecoderCounters;
import io.penstock.wire.DecoderCounters.Count;
import io.penstock.wire.Rejection;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import java.util.HashSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Received is events plus waiting plus rejected, whatever was recorded. */
class BooksBalanceTest {

  static Stream<String> recordings() {
    return Corpus.flows().stream();
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void everyRecordAndEveryOctetIsAccountedFor(String recording) {
    var decoded = Corpus.decode(recording);
    var books = decoded.counters();

    assertThat(events(decoded, Event.Kind.FLOW) + events(decoded, Event.Kind.DROP))
        .isEqualTo(books.get(Count.RECORDS));
    assertThat(events(decoded, Event.Kind.OPTIONS)).isEqualTo(books.get(Count.OPTIONS_RECORDS));
    assertThat(events(decoded, Event.Kind.COUNTERS)).isEqualTo(books.get(Count.COUNTER_SAMPLES));
    assertThat(books.get(Count.OCTETS))
        .isEqualTo(
            books.get(Count.FRAMING_OCTETS)
                + books.get(Count.TEMPLATE_OCTETS)
                + books.get(Count.RECORD_OCTETS)
                + books.get(Count.PADDING_OCTETS)
                + books.get(Count.WAITING_OCTETS)
                + books.rejectedOctets());
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void theMetricsTellTheSameStory(String recording) {
    var decoded = Corpus.decode(recording);
    var metrics = decoded.metrics();

    double events = decoded.events().size();
    assertThat(counter(metrics, "telemetry_records_parsed")).isEqualTo(events);
    assertThat(counter(metrics, "telemetry_decode_exporter_records")).isEqualTo(events);
    assertThat(counter(metrics, "telemetry_decode_failures")).isZero();
    assertThat(counter(metrics, "telemetry_decode_rejected"))
        .isEqualTo(rejections(decoded.counters()))
        .isEqualTo(counter(metrics, "telemetry_decode_exporter_rejected"));
    assertThat(gauge(metrics, "telemetry_decode_waiting_sets"))
        .isEqualTo((double) decoded.counters().get(Count.WAITING_SETS));
  }

  @Test
  void everyEventHasAnIdOfItsOwn() {
    var ids = new HashSet<String>();
    long events = 0;
    for (var recording : Corpus.flows()) {
      ids.clear();
      events = 0;
      for (var event : Corpus.decode(recording).events()) {
        ids.add(event.idHigh() + "/" + event.idLow());
        events++;
      }
      assertThat((long) ids.size()).as(recording).isEqualTo(events);
    }
  }

  private static long events(Corpus.Decoded decoded, Event.Kind kind) {
    return decoded.events().stream().filter(event -> event.kind() == kind).count();
  }

  private static double rejections(DecoderCounters counters) {
    double sum = 0;
    for (var reason : Rejection.values()) {
      sum += counters.rejected(reason);
    }
    return sum;
  }

  private static double counter(PrometheusRegistry metrics, String name) {
    return metrics.scrape(name::equals).stream()
        .flatMap(snapshot -> ((CounterSnapshot) snapshot).getDataPoints().stream())
        .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
        .sum();
  }

  private static double gauge(PrometheusRegistry metrics, String name) {
    return metrics.scrape(name::equals).stream()
        .flatMap(snapshot -> ((GaugeSnapshot) snapshot).getDataPoints().stream())
        .mapToDouble(GaugeSnapshot.GaugeDataPointSnapshot::getValue)
        .sum();
  }
}
