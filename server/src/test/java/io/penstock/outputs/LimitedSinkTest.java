package io.penstock.outputs;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.destination.FilesConfig;
import io.penstock.destination.FilesSink;
import io.penstock.destination.SinkConfig;
import io.penstock.destination.SinkConfig.Read;
import io.penstock.event.EventJson;
import io.penstock.shape.Shape;
import io.penstock.sink.Sink.Limits;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LimitedSinkTest {

  private static final Shape DOCUMENT =
      (tenant, event, out) -> out.put(EventJson.write(tenant, event));

  @TempDir Path folder;

  private Limits limits(Map<String, Object> members) {
    var posted = new HashMap<String, @Nullable Object>(members);
    if (SinkConfig.read("files", posted) instanceof Read.Sound sound) {
      var config = new FilesConfig("out", FilesConfig.Format.NDJSON, 1 << 20, Duration.ofHours(1));
      try (var own = new FilesSink(config, folder, () -> DOCUMENT, InstantSource.system());
          var sink = LimitedSink.of(own, sound.config())) {
        return sink.limits();
      }
    }
    throw new IllegalArgumentException(members.toString());
  }

  @Test
  void whatIsNotConfiguredStaysAsTheDestinationWantsIt() {
    assertThat(limits(Map.of())).isEqualTo(new Limits(10_000, 4 << 20, 1));
  }

  @Test
  void batchesCanBeSmallerThanTheDestinationTakesAndNotLarger() {
    assertThat(limits(Map.of("batch_size", 500L, "requests", 4L)))
        .isEqualTo(new Limits(500, 4 << 20, 4));
    assertThat(limits(Map.of("batch_size", 99_999L, "batch_bytes", 60L << 20)))
        .isEqualTo(new Limits(10_000, 4 << 20, 1));
  }
}
