package io.penstock.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.penstock.event.Event;
import io.penstock.traffic.TrafficModel;
import io.penstock.wire.ProtocolVersion;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemplateKeeperTest {

  private static final long NOW = Rig.nanos(Rig.NOW);

  @TempDir Path folder;
  private final List<Event> events = new ArrayList<>();
  private final TrafficModel traffic = new TrafficModel(ProtocolVersion.IPFIX, 0, 1);
  private Path file = Path.of("");

  @BeforeEach
  void chooseFile() {
    file = folder.resolve("templates");
  }

  private DatagramDecoder decoder() {
    return new DatagramDecoder(
        DecodeConfig.live(),
        Corpus.REGISTRY,
        events::add,
        new DecodeMetrics(new PrometheusRegistry(), 10));
  }

  private void send(DatagramDecoder decoder) {
    var from = new InetSocketAddress(InetAddress.getLoopbackAddress(), 4000);
    int length = traffic.next(Rig.NOW.toEpochMilli());
    decoder.decode(from, NOW, traffic.bytes(), 0, length);
  }

  private TemplateKeeper keeper(DatagramDecoder... decoders) {
    return new TemplateKeeper(file, List.of(decoders), from -> from.hashCode());
  }

  @Test
  @Tag("case-34")
  void aRestartedCollectorUnderstandsTheFirstDatagram() throws IOException {
    var before = decoder();
    send(before);
    assertThat(keeper(before).saveIfChanged()).isTrue();
    events.clear();

    var after = new DatagramDecoder[] {decoder(), decoder(), decoder()};
    int loaded = keeper(after).load();
    int port = new InetSocketAddress(InetAddress.getLoopbackAddress(), 4000).hashCode();
    send(after[Math.floorMod(port, after.length)]);

    assertThat(loaded).isEqualTo(4);
    assertThat(events).hasSize(traffic.flows());
  }

  @Test
  void nothingIsWrittenWhileNothingChanges() throws IOException {
    var decoder = decoder();
    var keeper = keeper(decoder);

    assertThat(keeper.saveIfChanged()).isFalse();
    send(decoder);
    assertThat(keeper.saveIfChanged()).isTrue();
    send(decoder);
    assertThat(keeper.saveIfChanged()).isFalse();
  }

  @Test
  void aFailedWriteIsTriedAgain() throws IOException {
    var decoder = decoder();
    send(decoder);
    file = folder.resolve("missing").resolve("templates");
    var keeper = keeper(decoder);

    assertThat(catchThrowable(keeper::saveIfChanged)).isInstanceOf(IOException.class);
    Files.createDirectories(file.getParent());

    assertThat(keeper.saveIfChanged()).isTrue();
  }

  @Test
  void aDamagedFileCostsNoMoreThanTheTemplates() throws IOException {
    Files.writeString(file, "this is no template file");

    assertThat(keeper(decoder()).load()).isZero();
  }

  @Test
  void aMissingFileIsAFirstStart() {
    assertThat(keeper(decoder()).load()).isZero();
  }
}
