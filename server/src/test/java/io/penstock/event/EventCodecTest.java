package io.penstock.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.event.EventBatch.Receipt;
import io.penstock.event.EventCodec.MalformedBatchException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventCodecTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whatIsWrittenIsReadBack(long seed) {
    var events = new Events(seed);
    var all = new ArrayList<>(events.batch("default", 500).events());
    IntStream.range(0, 50).forEach(_ -> all.add(events.exchange(events.origin())));
    var batch = new EventBatch("default", all, null);

    var bytes = EventCodec.encode(batch);
    var back = EventCodec.decode(bytes, 0, bytes.length);

    assertThat(back.tenant()).isEqualTo(batch.tenant());
    assertThat(back.events()).hasSameSizeAs(batch.events());
    for (int i = 0; i < batch.events().size(); i++) {
      assertThat(back.events().get(i))
          .usingRecursiveComparison()
          .withEqualsForType((x, y) -> Double.compare(x, y) == 0, Double.class)
          .isEqualTo(batch.events().get(i));
    }
  }

  @Test
  void aReceiptStaysWithItsBatch() {
    var receipt =
        new Receipt("/v1/ingest", "key", new byte[] {1, 2, 3}, 42, 202, "{\"accepted\":1}");
    var batch = new EventBatch("acme", new Events(9).batch("acme", 1).events(), receipt);

    var bytes = EventCodec.encode(batch);

    assertThat(EventCodec.decode(bytes, 0, bytes.length).receipt())
        .usingRecursiveComparison()
        .isEqualTo(receipt);
  }

  @Test
  void anEventLargerThanTheScratchBufferIsWritten() {
    var event = new Events(3).batch("default", 1).events().getFirst();
    var extra = ("\"note\":\"" + "x".repeat(100_000) + "\"").getBytes(StandardCharsets.UTF_8);
    var large =
        new Event(
            event.idHigh(),
            event.idLow(),
            event.kind(),
            event.origin(),
            event.startNanos(),
            event.endNanos(),
            event.source(),
            event.destination(),
            event.traffic(),
            event.quirks(),
            extra,
            event.enrichment());
    var batch = new EventBatch("default", Arrays.asList(event, large), null);

    var bytes = EventCodec.encode(batch);

    assertThat(EventCodec.decode(bytes, 0, bytes.length).events().get(1).extra()).isEqualTo(extra);
  }

  @Test
  void damagedBytesAreMalformedAndNothingElse() {
    var bytes = EventCodec.encode(new Events(5).batch("default", 20));
    var random = new Random(5);

    int malformed = 0;
    for (int i = 0; i < 5_000; i++) {
      var damaged = bytes.clone();
      damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      int length = random.nextBoolean() ? damaged.length : random.nextInt(damaged.length);
      try {
        EventCodec.decode(damaged, 0, length);
      } catch (MalformedBatchException e) {
        malformed++;
      }
    }

    assertThat(malformed).isPositive();
  }

  @Test
  void noBytesAtAllAreAnEmptyBatchButNonsenseIsNot() {
    assertThat(EventCodec.decode(new byte[0], 0, 0).events()).isEmpty();
    assertThatThrownBy(() -> EventCodec.decode(new byte[] {(byte) 0x4a, 5, 1}, 0, 3))
        .isInstanceOf(MalformedBatchException.class);
  }
}
