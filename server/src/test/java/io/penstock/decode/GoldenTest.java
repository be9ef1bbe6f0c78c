package io.penstock.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.EventJson;
import io.penstock.wire.DecoderCounters.Count;
import io.penstock.wire.Rejection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every recording gives exactly the events and the counters of its reviewed golden file. {@code
 * -Dgolden.update=true} writes the files anew, to be reviewed as a diff.
 */
class GoldenTest {

  static Stream<String> recordings() {
    return Corpus.flows().stream();
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void eventsAndCountersAreAsReviewed(String recording) throws IOException {
    var golden = Corpus.ROOT.resolve("golden").resolve(recording + ".jsonl");

    var lines = lines(recording);

    if (Boolean.getBoolean("golden.update")) {
      write(golden, lines);
    }
    assertThat(golden).exists();
    assertThat(lines).isEqualTo(Files.readAllLines(golden));
  }

  private static void write(Path golden, List<String> lines) throws IOException {
    Files.createDirectories(golden.getParent());
    Files.write(golden, lines);
  }

  private static List<String> lines(String recording) {
    var decoded = Corpus.decode(recording);
    var lines = new ArrayList<String>();
    for (var event : decoded.events()) {
      lines.add(new String(EventJson.write("default", event), StandardCharsets.UTF_8));
    }
    var counters = new StringBuilder("{\"counters\":{");
    for (var count : Count.values()) {
      if (decoded.counters().get(count) != 0) {
        counters
            .append('"')
            .append(count)
            .append("\":")
            .append(decoded.counters().get(count))
            .append(',');
      }
    }
    for (var reason : Rejection.values()) {
      if (decoded.counters().rejected(reason) != 0) {
        counters
            .append("\"REJECTED_")
            .append(reason)
            .append("\":")
            .append(decoded.counters().rejected(reason))
            .append(',');
      }
    }
    counters.setLength(counters.length() - (counters.charAt(counters.length() - 1) == ',' ? 1 : 0));
    lines.add(counters.append("}}").toString());
    return lines;
  }
}
