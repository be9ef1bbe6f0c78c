package io.penstock.admit;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.control.Source;
import io.penstock.control.Sources.Seen;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LastSeenTest {

  @TempDir private Path folder;
  private Instant now = Instant.ofEpochMilli(1_800_000_123);

  @Test
  void whenASourceWasSeenIsKnownAfterARestart() {
    try (var plane = new Plane(folder, () -> now)) {
      var source = plane.put("acme", "router", Source.Type.UDP, 0, "192.0.2.1");
      var admission = plane.admission(UnknownExporters.DROP);
      var lastSeen = new LastSeen(admission, plane.sources);
      var activity = admission.activity(source.key()).orElseThrow();

      activity.took(now, Source.Type.UDP, 1, 0);
      lastSeen.write();
      assertThat(plane.sources.seen("acme"))
          .isEqualTo(Map.of("router", new Seen(now, Source.Type.UDP)));

      now = now.plusSeconds(5);
      activity.took(now, Source.Type.HTTP, 1, 0);
      lastSeen.close();
      assertThat(plane.sources.seen("acme"))
          .isEqualTo(Map.of("router", new Seen(now, Source.Type.HTTP)));
    }
  }
}
