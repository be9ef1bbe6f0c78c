package io.penstock.shape;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.decode.Corpus;
import io.penstock.event.ByteOutput;
import io.penstock.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The sample events in each schema are exactly the documents of its reviewed golden file. {@code
 * -Dgolden.update=true} writes the files anew, to be reviewed as a diff.
 */
class ShapesGoldenTest {

  @ParameterizedTest
  @EnumSource
  void documentsAreAsReviewed(Schema schema) throws IOException {
    var golden =
        Corpus.ROOT.resolve("golden-shapes/" + schema.name().toLowerCase(Locale.ROOT) + ".jsonl");

    var lines = lines(schema);

    if (Boolean.getBoolean("golden.update")) {
      Files.createDirectories(golden.getParent());
      Files.write(golden, lines);
    }
    assertThat(golden).exists();
    assertThat(lines).isEqualTo(Files.readAllLines(golden));
  }

  static List<String> lines(Schema schema) {
    var shape = Shapes.of(new Selection(schema, null, Set.of(), Set.of(), 1));
    var lines = new ArrayList<String>();
    for (var event : SampleEvents.all()) {
      if (Shapes.accepts(schema, event.kind())) {
        var out = new ByteOutput(16);
        shape.write("default", event, out);
        lines.add(
            schema.isJson()
                ? new String(out.toBytes(), UTF_8)
                : Json.text(Goflow2Decoder.decode(out.toBytes())));
      }
    }
    return lines;
  }
}
