package io.penstock.decode;

import static io.penstock.decode.Rig.extra;
import static io.penstock.decode.Rig.fields;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.penstock.event.Ip;
import io.penstock.event.Traffic.Sampling;
import io.penstock.event.Traffic.Sampling.Source;
import io.penstock.exporters.ExporterId;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What exporters announced survives a restart of the collector. */
class OptionsKeeperTest {

  @TempDir Path folder;
  private Path file = Path.of("");
  private Instant now = Rig.NOW;
  private final Rig before = new Rig();
  private final Rig after = new Rig();

  @BeforeEach
  void chooseFile() {
    file = folder.resolve("options");
  }

  private OptionsKeeper keeper(Rig rig) {
    InstantSource clock = () -> now;
    return new OptionsKeeper(file, List.of(rig.decoder), Ip::hashCode, Duration.ofHours(24), clock);
  }

  private void announce(Rig rig) {
    rig.v9Options(
        fields()
            .scope(1, 4, 0)
            .number(10, 4, 1)
            .octets(82, "Gi0/1".getBytes(StandardCharsets.US_ASCII)));
    rig.ipfixOptions(
        fields()
            .scope(149, 4, 7)
            .hex(95, "03000050")
            .variable(96, "http".getBytes(StandardCharsets.US_ASCII)));
    rig.v9Options(fields().scope(1, 4, 0).number(48, 1, 3).number(50, 4, 100));
    rig.ipfixOptions(
        fields().scope(302, 4, 9).number(304, 2, 1).number(305, 4, 1).number(306, 4, 9));
    rig.ipfixOptions(fields().scope(301, 4, 6).number(302, 4, 9).number(302, 4, 9));
    rig.ipfixOptions(fields().scope(143, 4, 1).number(41, 8, 5));
    rig.ipfixOptions(fields().scope(143, 4, 2).number(160, 8, Rig.NOW.toEpochMilli() - 60_000));
  }

  @Test
  @Tag("case-34")
  void aRestartedCollectorKnowsNamesAndRatesAtOnce() throws IOException {
    announce(before);
    keeper(before).save();

    int loaded = keeper(after).load();

    assertThat(loaded).isEqualTo(7);
    var named = after.v9(fields().ends().number(10, 4, 1).hex(95, "03000050").number(48, 1, 3));
    assertThat(extra(named))
        .contains("\"ingress_if_name\":\"Gi0/1\"", "\"application_name\":\"http\"");
    assertThat(named.traffic().sampling()).isEqualTo(new Sampling(100, Source.SAMPLER));
    assertThat(after.ipfix(fields().ends().number(301, 4, 6)).traffic().sampling().rate())
        .isEqualTo(100);
    var timed = after.ipfix(fields().ends().number(22, 4, 10_000).number(21, 4, 30_000));
    assertThat(timed.startNanos()).isEqualTo(Rig.nanos(Rig.NOW.minusSeconds(50)));
    var exporter = new ExporterId(Ip.parse("127.0.0.1").orElseThrow());
    assertThat(after.decoder.optionsTables(exporter, 9))
        .isEqualTo(before.decoder.optionsTables(exporter, 9));
  }

  @Test
  @Tag("case-34")
  void whatGrewTooOldMeanwhileIsNotTaken() throws IOException {
    announce(before);
    before.received = Rig.NOW.plus(Duration.ofHours(12));
    before.v9Options(fields().scope(1, 4, 0).number(34, 4, 64));
    keeper(before).save();

    now = Rig.NOW.plus(Duration.ofHours(30));

    assertThat(keeper(after).load()).isEqualTo(1);
    assertThat(after.v9(fields().ends()).traffic().sampling().rate()).isEqualTo(64);
    after.decoder.expire(Rig.nanos(Rig.NOW.plus(Duration.ofHours(37))));
    assertThat(after.v9(fields().ends()).traffic().sampling()).isEqualTo(Sampling.UNKNOWN);
  }

  @Test
  void itIsWrittenWhenSomethingUsefulChangedAndNotAllTheTime() throws IOException {
    var keeper = keeper(before);
    assertThat(keeper.saveIfChanged()).isFalse();

    before.v9Options(fields().scope(1, 4, 0).number(34, 4, 64));
    boolean atOnce = keeper.saveIfChanged();
    now = now.plusSeconds(10);
    boolean later = keeper.saveIfChanged();
    now = now.plusSeconds(10);
    before.v9Options(fields().scope(1, 4, 0).number(34, 4, 64));
    before.ipfixOptions(fields().scope(143, 4, 1).number(41, 8, 5));
    boolean unchanged = keeper.saveIfChanged();
    now = now.plus(Duration.ofHours(1));

    assertThat(atOnce).isFalse();
    assertThat(later).isTrue();
    assertThat(unchanged).isFalse();
    assertThat(keeper.saveIfChanged()).isTrue();
  }

  @Test
  void aFailedWriteIsTriedAgain() throws IOException {
    file = folder.resolve("missing").resolve("options");
    var keeper = keeper(before);
    announce(before);
    now = now.plusSeconds(10);
    var failure = catchThrowable(keeper::saveIfChanged);
    Files.createDirectories(file.getParent());
    now = now.plusSeconds(10);

    assertThat(failure).isInstanceOf(IOException.class);
    assertThat(keeper.saveIfChanged()).isTrue();
  }

  @Test
  void anyDamageCostsNoMoreThanTheRecords() throws IOException {
    announce(before);
    keeper(before).save();
    var whole = Files.readAllBytes(file);
    for (int i = 0; i < whole.length; i += 7) {
      var damaged = whole.clone();
      damaged[i] ^= 0x55;
      Files.write(file, damaged);

      assertThat(keeper(after).load()).as("octet %d changed", i).isZero();
    }
    for (int length = 0; length < whole.length; length += 11) {
      Files.write(file, Arrays.copyOf(whole, length));

      assertThat(keeper(after).load()).as("cut to %d octets", length).isZero();
    }
  }

  @Test
  void aMissingFileIsAFirstStart() {
    assertThat(keeper(after).load()).isZero();
  }

  @Test
  @Tag("case-91")
  void whoHadProvedItselfIsNotDisplacedAfterARestart() throws Exception {
    announce(before);
    before.received = before.received.plusSeconds(31);
    before.v9(fields().ends());
    keeper(before).save();
    var live = DecodeConfig.live();
    var small =
        new Rig(
            new DecodeConfig(
                live.clockSkewMax(),
                live.sampling(),
                4,
                live.options(),
                live.exporterLabelsMax(),
                live.limits(),
                live.tunnels(),
                live.book()));
    keeper(small).load();
    var quiet = small.from;

    for (int i = 2; i < 20; i++) {
      small.from = new InetSocketAddress("127.0." + i + ".1", 4000);
      small.v9(fields().ends());
    }

    small.from = quiet;
    assertThat(extra(small.v9(fields().ends().number(10, 4, 1))))
        .isEqualTo("\"ingress_if_name\":\"Gi0/1\"");
  }
}
