package io.penstock.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.penstock.event.Event;
import io.penstock.event.EventJson;
import io.penstock.exporters.BookConfig;
import io.penstock.wire.DecoderCounters;
import io.penstock.wire.DecoderCounters.Count;
import io.penstock.wire.Limits;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Hostile datagrams from the wire to the JSON of their events: whatever they hold, every event
 * prints as valid JSON, the books balance, no bug of ours is counted, and time and memory stay
 * within a multiple of the octets. Without the fuzzing engine it runs over its saved inputs, the
 * resources beside this class.
 */
class DatagramDecoderFuzz {

  /** Small enough to reach every limit with a few datagrams. */
  private static final DecodeConfig CONFIG =
      new DecodeConfig(
          Duration.ofHours(24),
          SamplingRates.NONE,
          4,
          new OptionsLimits(3, 2, 4_000, 8_000),
          2,
          new Limits(
              4, 3, 12, 600, 1_000, 2_500, 5_000, Duration.ofMinutes(30), Duration.ofHours(24)),
          DecodeConfig.Tunnels.DEFAULT,
          new BookConfig(4, 2, 3, 6, 4_096, false));

  /** An event of one octet is the worst, and beside it a fixed sum for what grows once. */
  private static final long BYTES_PER_OCTET_MAX = 4_000;

  private static final long BYTES_ONCE_MAX = 400_000;

  /** Datagrams, each with its length in two octets before it, from three exporters in turn. */
  @FuzzTest(maxDuration = "2m")
  void datagrams(byte[] input) throws UnknownHostException {
    if (new Run(input).allocated() > BYTES_ONCE_MAX + BYTES_PER_OCTET_MAX * input.length) {
      // The first of its kind may have loaded classes.
      assertThat(new Run(input).allocated())
          .as("bytes allocated for %d octets", input.length)
          .isLessThanOrEqualTo(BYTES_ONCE_MAX + BYTES_PER_OCTET_MAX * input.length);
    }
  }

  /** One decoder, all datagrams of an input, and what came of them. */
  private static final class Run {

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final byte[] input;
    private final DatagramDecoder decoder;
    private long events;
    private long octets;
    private long jsonBytes;

    /** What this test itself took to read the events again. */
    private long readingBytes;

    Run(byte[] input) {
      this.input = input;
      this.decoder =
          new DatagramDecoder(
              CONFIG,
              Corpus.REGISTRY,
              this::event,
              new DecodeMetrics(registry, CONFIG.exporterLabelsMax()),
              new EventIds(0));
    }

    private void event(Event event) {
      events++;
      var json = EventJson.write("t", event);
      jsonBytes += json.length;
      long before = Allocation.now();
      assertValid(json);
      readingBytes += Allocation.now() - before;
    }

    /**
     * Decodes and prints everything, asserts, and tells how many bytes decoding and printing took.
     */
    long allocated() throws UnknownHostException {
      long before = Allocation.now();
      var buffer = ByteBuffer.wrap(input);
      for (int i = 0; buffer.remaining() > 2; i++) {
        int length = Math.min(buffer.getShort() & 0xffff, buffer.remaining());
        send(i, buffer.position(), length);
        buffer.position(buffer.position() + length);
      }
      decoder.expire(Rig.nanos(Rig.NOW.plus(Duration.ofHours(30))));
      long allocated = Allocation.now() - before - readingBytes;
      assertBalanced(decoder.counters());
      return allocated;
    }

    private void send(int number, int at, int length) throws UnknownHostException {
      octets += length;
      byte[] address = {10, 0, (byte) (number % 3 / 2), 1};
      var from = new InetSocketAddress(InetAddress.getByAddress(address), 2055 + number % 2);
      decoder.decode(from, Rig.nanos(Rig.NOW.plusSeconds(number * 20L)), input, at, length);
    }

    private void assertBalanced(DecoderCounters counters) {
      long accounted =
          counters.get(Count.FRAMING_OCTETS)
              + counters.get(Count.TEMPLATE_OCTETS)
              + counters.get(Count.RECORD_OCTETS)
              + counters.get(Count.PADDING_OCTETS)
              + counters.get(Count.WAITING_OCTETS)
              + counters.rejectedOctets();
      assertThat(accounted).as("octets accounted for").isEqualTo(octets);
      assertThat(counters.get(Count.WAITING_SETS)).as("sets that wait after a day").isZero();
      assertThat(counters.get(Count.SESSIONS)).isLessThanOrEqualTo(CONFIG.limits().exporters());
      assertThat(events).as("events").isLessThanOrEqualTo(octets);
      assertThat(jsonBytes).as("bytes printed").isLessThanOrEqualTo(2_000 * (octets + 1));
      assertThat(failures()).as("bugs of ours").isZero();
    }

    private double failures() {
      double sum = 0;
      for (var snapshot : registry.scrape("telemetry_decode_failures"::equals)) {
        for (var point : ((CounterSnapshot) snapshot).getDataPoints()) {
          sum += point.getValue();
        }
      }
      return sum;
    }
  }

  /** Reads JSON as strictly as those will who are given it. */
  private static void assertValid(byte[] json) {
    try {
      // A decoder of its own reports what is malformed; a String would replace it.
      var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
      assertThat(text).startsWith("{").endsWith("}").doesNotContain("\n");
      Json.parse(text);
    } catch (CharacterCodingException e) {
      throw new AssertionError("not UTF-8: " + new String(json, StandardCharsets.ISO_8859_1), e);
    }
  }
}
