package io.penstock.elements;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.elements.ElementsStatus.State;
import io.penstock.registry.InformationElement;
import io.penstock.registry.Registry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ElementsFileTest {

  private static final Registry SHIPPED = Registry.load();
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  @TempDir private Path folder;
  private Path file;
  private final PrometheusRegistry metrics = new PrometheusRegistry();
  private int writes;

  @BeforeEach
  void nameTheFile() {
    file = folder.resolve("elements.yaml");
  }

  private ElementsFile open() {
    return new ElementsFile(file, SHIPPED, metrics, InstantSource.fixed(NOW));
  }

  /** Writes the file, each time at another time. */
  private void write(String text) throws IOException {
    Files.writeString(file, text);
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_000L + ++writes * 1_000L));
  }

  private void writeNamed(String name) throws IOException {
    write("elements: {9999/1: {name: " + name + ", type: string}}\n");
  }

  private static String name(ElementsFile elements) {
    return elements.registry().find(9999, 1).map(InformationElement::name).orElse("?");
  }

  private double entries() {
    return metrics.scrape(name -> name.equals("telemetry_elements_entries")).stream()
        .map(GaugeSnapshot.class::cast)
        .mapToDouble(snapshot -> snapshot.getDataPoints().getFirst().getValue())
        .sum();
  }

  private double refusals() {
    return metrics.scrape(name -> name.equals("telemetry_elements_refused")).stream()
        .map(CounterSnapshot.class::cast)
        .mapToDouble(snapshot -> snapshot.getDataPoints().getFirst().getValue())
        .sum();
  }

  @Test
  void withoutAFileTheRegistryIsTheOneThatShips() {
    var elements = new ElementsFile(null, SHIPPED, metrics, InstantSource.fixed(NOW));

    elements.poll();

    assertThat(elements.registry()).isSameAs(SHIPPED);
    assertThat(elements.status().state()).isEqualTo(State.NONE);
  }

  @Test
  void theFileIsReadAtStart() throws IOException {
    writeNamed("first");

    var elements = open();

    assertThat(name(elements)).isEqualTo("first");
    assertThat(elements.status())
        .extracting(ElementsStatus::state, ElementsStatus::entries, ElementsStatus::loaded)
        .containsExactly(State.LOADED, 1, NOW);
    assertThat(entries()).isEqualTo(1);
  }

  @Test
  void aChangedFileIsReadOnceTwoLooksFoundItTheSame() throws IOException {
    writeNamed("first");
    var elements = open();
    writeNamed("second");

    elements.poll();
    assertThat(name(elements)).isEqualTo("first");
    elements.poll();
    assertThat(name(elements)).isEqualTo("second");
  }

  @Test
  void anUnchangedFileIsNotReadAgain() throws IOException {
    writeNamed("first");
    var elements = open();
    var registry = elements.registry();

    elements.poll();
    elements.poll();
    elements.poll();

    assertThat(elements.registry()).isSameAs(registry);
  }

  @Test
  void aBadFileLeavesTheOldMappingInUseAndIsToldOf() throws IOException {
    writeNamed("first");
    var elements = open();
    write("elements: {9999/1: {name: second}}\n");

    elements.poll();
    elements.poll();

    assertThat(name(elements)).isEqualTo("first");
    assertThat(elements.status().state()).isEqualTo(State.ERROR);
    assertThat(elements.status().entries()).isEqualTo(1);
    assertThat(elements.status().problems())
        .containsExactly(file + ":1:12: expected a 'type' for 9999/1");
    assertThat(refusals()).isEqualTo(1);
  }

  @Test
  void aFileThatWentAwayLeavesTheOldMappingInUse() throws IOException {
    writeNamed("first");
    var elements = open();
    Files.delete(file);

    elements.poll();
    elements.poll();

    assertThat(name(elements)).isEqualTo("first");
    assertThat(elements.status().problems()).containsExactly(file + ": not found");
  }

  @Test
  void aFileThatIsBadAtStartIsTakenOnceItIsMended() throws IOException {
    write("elements: [");
    var elements = open();
    assertThat(elements.registry()).isSameAs(SHIPPED);
    assertThat(elements.status().state()).isEqualTo(State.ERROR);
    writeNamed("mended");

    elements.poll();
    elements.poll();

    assertThat(name(elements)).isEqualTo("mended");
    assertThat(elements.status().state()).isEqualTo(State.LOADED);
    assertThat(elements.status().problems()).isEmpty();
  }

  @Test
  void whatIsNoUtf8IsRefused() throws IOException {
    Files.write(file, new byte[] {(byte) 0xc3, 0x28});

    assertThat(open().status().problems()).containsExactly(file + ": not UTF-8");
  }
}
