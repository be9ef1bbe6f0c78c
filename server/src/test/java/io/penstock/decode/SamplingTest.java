package io.penstock.decode;

import static io.penstock.decode.Rig.extra;
import static io.penstock.decode.Rig.fields;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Traffic.Sampling;
import io.penstock.event.Traffic.Sampling.Source;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Decoding cases 74 to 76: at which rate packets were sampled, and who says so. */
class SamplingTest {

  private Rig rig = new Rig();

  private Sampling ofFlow() {
    return rig.v9(fields().ends()).traffic().sampling();
  }

  private Sampling ofFlow(int sampler) {
    return rig.v9(fields().ends().number(48, 1, sampler)).traffic().sampling();
  }

  @ParameterizedTest
  @CsvSource({"0x4064,100", "0x0064,100", "0xffff,16383"})
  void case74TheV5HeaderHasModeAndInterval(String field, long rate) {
    rig.v5Sampling = Integer.decode(field);

    var sampling = rig.v5(6, 1, 2, Rig.UPTIME, Rig.UPTIME).traffic().sampling();

    assertThat(sampling).isEqualTo(new Sampling(rate, Source.DOMAIN));
  }

  @Test
  void case74AV5HeaderOfZeroSaysNothing() {
    var sampling = rig.v5(6, 1, 2, Rig.UPTIME, Rig.UPTIME).traffic().sampling();

    assertThat(sampling).isEqualTo(Sampling.UNKNOWN);
  }

  @Test
  @Tag("rfc7011-4-options-by-their-elements")
  void case75ADomainsRateComesFromOptions() {
    rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 1_000).number(35, 1, 2));

    assertThat(ofFlow()).isEqualTo(new Sampling(1_000, Source.DOMAIN));
  }

  @Test
  void case38TheAnnouncedRateMayHaveReducedSize() {
    rig.ipfixOptions(fields().scope(149, 4, 7).number(305, 2, 512));

    assertThat(ofFlow()).isEqualTo(new Sampling(512, Source.DOMAIN));
  }

  @Test
  void case75SamplersHaveTheirOwnRates() {
    rig.v9Options(fields().scope(1, 4, 0).number(48, 1, 1).number(49, 1, 2).number(50, 4, 100));
    rig.v9Options(fields().scope(1, 4, 0).number(48, 1, 2).number(49, 1, 2).number(50, 4, 4_000));

    assertThat(ofFlow(1)).isEqualTo(new Sampling(100, Source.SAMPLER));
    assertThat(ofFlow(2)).isEqualTo(new Sampling(4_000, Source.SAMPLER));
    assertThat(ofFlow(3)).isEqualTo(Sampling.UNKNOWN);
    assertThat(ofFlow()).isEqualTo(Sampling.UNKNOWN);
  }

  @Test
  @Tag("rfc7011-4-options-by-their-elements")
  void case75SelectorsHaveTheirOwnRates() {
    rig.ipfixOptions(
        fields().scope(302, 4, 9).number(304, 2, 1).number(305, 4, 1).number(306, 4, 99));

    var event = rig.ipfix(fields().ends().number(302, 8, 9));

    assertThat(event.traffic().sampling()).isEqualTo(new Sampling(100, Source.SAMPLER));
    assertThat(extra(event)).isEqualTo("\"selectorId\":9");
  }

  @Test
  void case75ASampleOfAPopulation() {
    rig.ipfixOptions(
        fields().scope(149, 4, 7).number(304, 2, 3).number(309, 4, 10).number(310, 4, 500));

    assertThat(ofFlow()).isEqualTo(new Sampling(50, Source.DOMAIN));
  }

  @Test
  void case75AProbability() {
    rig.ipfixOptions(fields().scope(149, 4, 7).number(311, 8, Double.doubleToLongBits(0.01)));

    assertThat(ofFlow()).isEqualTo(new Sampling(100, Source.DOMAIN));
  }

  @Test
  void case75ARateOfZeroMeansOne() {
    var event = rig.v9(fields().ends().number(34, 4, 0));

    assertThat(event.traffic().sampling()).isEqualTo(new Sampling(1, Source.RECORD));
    assertThat(extra(event)).isEqualTo("\"samplingInterval\":0");
  }

  @Test
  void case76TheRecordsRateBeatsTheAnnounced() {
    rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 1_000));

    var event = rig.v9(fields().ends().number(34, 4, 10).number(1, 4, 500));

    assertThat(event.traffic().sampling()).isEqualTo(new Sampling(10, Source.RECORD));
    assertThat(event.source().bytes()).isEqualTo(500);
  }

  @Test
  void case76ANewRateCountsFromItsArrivalOn() {
    rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 100));
    var before = ofFlow();

    rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 200));

    assertThat(before.rate()).isEqualTo(100);
    assertThat(ofFlow().rate()).isEqualTo(200);
  }

  @Test
  void case76AnUnknownRateIsUnknownAndNotOne() {
    assertThat(ofFlow()).isEqualTo(Sampling.UNKNOWN);
    assertThat(ofFlow().rate()).isZero();
  }

  @Test
  void case35ARateOfOneDomainServesTheOthersOfItsExporter() {
    rig.domain = 1;
    rig.v9Options(fields().scope(1, 4, 0).number(48, 1, 1).number(50, 4, 100));
    rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 64));

    rig.domain = 2;

    assertThat(ofFlow(1)).isEqualTo(new Sampling(100, Source.EXPORTER));
    assertThat(ofFlow()).isEqualTo(new Sampling(64, Source.EXPORTER));
  }

  @Test
  void theOnlySamplersRateServesFlowsThatNameNone() {
    rig.v9Options(fields().scope(1, 4, 0).number(48, 1, 1).number(50, 4, 100));

    assertThat(ofFlow()).isEqualTo(new Sampling(100, Source.EXPORTER));
  }

  @Test
  void case91AnExporterDoesNotLearnFromAnother() throws Exception {
    rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 100));

    rig.from = new InetSocketAddress("127.0.0.2", 4000);

    assertThat(ofFlow()).isEqualTo(Sampling.UNKNOWN);
  }

  @Test
  void theConfiguredRateIsTheLastResort() {
    var live = DecodeConfig.live();
    rig =
        new Rig(
            new DecodeConfig(
                live.clockSkewMax(),
                8,
                live.exportersMax(),
                live.samplersMax(),
                live.exporterLabelsMax(),
                live.limits(),
                live.tunnels()));
    var configured = ofFlow();

    rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 100));

    assertThat(configured).isEqualTo(new Sampling(8, Source.CONFIGURATION));
    assertThat(ofFlow().rate()).isEqualTo(100);
  }

  @Test
  void samplersAreBounded() {
    var announcements = new Announcements(4);
    for (int sampler = 0; sampler < 100; sampler++) {
      announcements.rate(7, sampler, 1_000 + sampler);
    }

    assertThat(announcements.sampling(7, 99).rate()).isEqualTo(1_099);
    assertThat(announcements.sampling(7, 96).rate()).isEqualTo(1_096);
    assertThat(announcements.sampling(7, 95)).isEqualTo(Sampling.UNKNOWN);
  }
}
