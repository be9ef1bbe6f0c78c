package io.penstock.stub;

import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** Prints stubs as a document that {@link StubReader} reads. */
public final class StubWriter {

  private StubWriter() {}

  /** YAML with all stubs under {@code stubs}. */
  public static String yaml(List<Stub> stubs) {
    // The schema with more words quotes what any reader might take for a number or a truth.
    var settings =
        DumpSettings.builder()
            .setDefaultFlowStyle(FlowStyle.BLOCK)
            .setDereferenceAliases(true)
            .setSchema(new CoreSchema())
            .build();
    return new Dump(settings)
        .dumpToString(Map.of("stubs", stubs.stream().map(Stub::toJson).toList()));
  }
}
