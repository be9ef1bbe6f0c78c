package io.penstock.decode;

import static io.penstock.decode.Rig.extra;
import static io.penstock.decode.Rig.fields;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.event.Ip;
import io.penstock.event.Traffic.Sampling;
import io.penstock.event.Traffic.Sampling.Algorithm;
import io.penstock.event.Traffic.Sampling.Source;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
  @CsvSource({
    "0x4064,100,DETERMINISTIC",
    "0x8064,100,RANDOM",
    "0x0064,100,UNKNOWN",
    "0xffff,16383,UNKNOWN"
  })
  @Tag("case-74")
  void case74TheV5HeaderHasModeAndInterval(String field, long rate, Algorithm how) {
    rig.v5Sampling = Integer.decode(field);

    var sampling = rig.v5(6, 1, 2, Rig.UPTIME, Rig.UPTIME).traffic().sampling();

    assertThat(sampling).isEqualTo(new Sampling(rate, Source.DOMAIN, how));
  }

  @Test
  @Tag("case-74")
  void case74AV5HeaderIsBelievedBeforeWhatTheDeviceAnnouncesInAnotherProtocol() {
    rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 100).number(35, 1, 1));
    rig.v5Sampling = 0x800a;

    var told = rig.v5(6, 1, 2, Rig.UPTIME, Rig.UPTIME).traffic().sampling();
    rig.v5Sampling = 0;
    var untold = rig.v5(6, 1, 2, Rig.UPTIME, Rig.UPTIME).traffic().sampling();

    assertThat(told).isEqualTo(new Sampling(10, Source.DOMAIN, Algorithm.RANDOM));
    assertThat(untold).isEqualTo(new Sampling(100, Source.DOMAIN, Algorithm.DETERMINISTIC));
  }

  @Test
  @Tag("case-74")
  void case74AV5HeaderOfZeroSaysNothing() {
    var sampling = rig.v5(6, 1, 2, Rig.UPTIME, Rig.UPTIME).traffic().sampling();

    assertThat(sampling).isEqualTo(Sampling.UNKNOWN);
  }

  @Test
  @Tag("case-75")
  @Tag("rfc7011-4-options-by-their-elements")
  void case75ADomainsRateComesFromOptions() {
    rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 1_000).number(35, 1, 2));

    assertThat(ofFlow()).isEqualTo(new Sampling(1_000, Source.DOMAIN, Algorithm.RANDOM));
  }

  @Test
  @Tag("case-38")
  void case38TheAnnouncedRateMayHaveReducedSize() {
    rig.ipfixOptions(fields().scope(149, 4, 7).number(305, 2, 512));

    assertThat(ofFlow()).isEqualTo(new Sampling(512, Source.DOMAIN));
  }

  @Test
  @Tag("case-75")
  void case75SamplersHaveTheirOwnRates() {
    rig.v9Options(fields().scope(1, 4, 0).number(48, 1, 1).number(49, 1, 2).number(50, 4, 100));
    rig.v9Options(fields().scope(1, 4, 0).number(48, 1, 2).number(49, 1, 2).number(50, 4, 4_000));

    assertThat(ofFlow(1)).isEqualTo(new Sampling(100, Source.SAMPLER, Algorithm.RANDOM));
    assertThat(ofFlow(2)).isEqualTo(new Sampling(4_000, Source.SAMPLER, Algorithm.RANDOM));
    assertThat(ofFlow(3)).isEqualTo(Sampling.UNKNOWN);
    assertThat(ofFlow()).isEqualTo(Sampling.UNKNOWN);
  }

  @Test
  @Tag("case-75")
  @Tag("rfc7011-4-options-by-their-elements")
  void case75SelectorsHaveTheirOwnRates() {
    rig.ipfixOptions(
        fields().scope(302, 4, 9).number(304, 2, 1).number(305, 4, 1).number(306, 4, 99));

    var event = rig.ipfix(fields().ends().number(302, 8, 9));

    assertThat(event.traffic().sampling())
        .isEqualTo(new Sampling(100, Source.SAMPLER, Algorithm.SYSTEMATIC_COUNT_BASED));
    assertThat(extra(event)).isEqualTo("\"selectorId\":9");
  }

  @Test
  @Tag("case-75")
  void case75ASampleOfAPopulation() {
    rig.ipfixOptions(
        fields().scope(149, 4, 7).number(304, 2, 3).number(309, 4, 10).number(310, 4, 500));

    assertThat(ofFlow()).isEqualTo(new Sampling(50, Source.DOMAIN, Algorithm.RANDOM_N_OUT_OF_N));
  }

  @Test
  @Tag("case-75")
  void case75AProbability() {
    rig.ipfixOptions(fields().scope(149, 4, 7).number(311, 8, Double.doubleToLongBits(0.01)));

    assertThat(ofFlow()).isEqualTo(new Sampling(100, Source.DOMAIN));
  }

  @Test
  @Tag("case-75")
  void case75ARateOfZeroMeansOne() {
    var event = rig.v9(fields().ends().number(34, 4, 0));

    assertThat(event.traffic().sampling()).isEqualTo(new Sampling(1, Source.RECORD));
    assertThat(extra(event)).isEqualTo("\"samplingInterval\":0");
  }

  @Test
  @Tag("case-76")
  void case76TheRecordsRateBeatsTheAnnounced() {
    rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 1_000));

    var event = rig.v9(fields().ends().number(34, 4, 10).number(1, 4, 500));

    assertThat(event.traffic().sampling()).isEqualTo(new Sampling(10, Source.RECORD));
    assertThat(event.source().bytes()).isEqualTo(500);
  }

  @Test
  @Tag("case-76")
  void case76ANewRateCountsFromItsArrivalOn() {
    rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 100));
    var before = ofFlow();

    rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 200));

    assertThat(before.rate()).isEqualTo(100);
    assertThat(ofFlow().rate()).isEqualTo(200);
  }

  @Test
  @Tag("case-76")
  void case76AnUnknownRateIsUnknownAndNotOne() {
    assertThat(ofFlow()).isEqualTo(Sampling.UNKNOWN);
    assertThat(ofFlow().rate()).isZero();
  }

  @Test
  @Tag("case-35")
  void case35ARateOfOneDomainServesTheOthersOfItsExporter() {
    rig.domain = 1;
    rig.v9Options(fields().scope(1, 4, 0).number(48, 1, 1).number(50, 4, 100));
    rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 64));

    rig.domain = 2;

    assertThat(ofFlow(1)).isEqualTo(new Sampling(100, Source.EXPORTER));
    assertThat(ofFlow()).isEqualTo(new Sampling(64, Source.EXPORTER));
  }

  @Test
  @Tag("case-35")
  void theOnlySamplersRateServesFlowsThatNameNone() {
    rig.v9Options(fields().scope(1, 4, 0).number(48, 1, 1).number(50, 4, 100));

    assertThat(ofFlow()).isEqualTo(new Sampling(100, Source.EXPORTER));
  }

  @Test
  @Tag("case-91")
  void case91AnExporterDoesNotLearnFromAnother() throws Exception {
    rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 100));

    rig.from = new InetSocketAddress("127.0.0.2", 4000);

    assertThat(ofFlow()).isEqualTo(Sampling.UNKNOWN);
  }

  private static DecodeConfig with(SamplingRates sampling, OptionsLimits options) {
    var live = DecodeConfig.live();
    return new DecodeConfig(
        live.clockSkewMax(),
        sampling,
        live.exportersMax(),
        options,
        live.exporterLabelsMax(),
        live.limits(),
        live.tunnels(),
        live.book());
  }

  @Test
  @Tag("case-76")
  void theConfiguredRateIsTheLastResort() {
    rig = new Rig(with(new SamplingRates(8, List.of()), OptionsLimits.DEFAULT));
    var configured = ofFlow();

    rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 100));

    assertThat(configured).isEqualTo(new Sampling(8, Source.CONFIGURATION));
    assertThat(ofFlow().rate()).isEqualTo(100);
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1,1000",
    "192.0.2.2,20",
    "192.0.3.1,8",
    "2001:db8::1,512",
    "2001:db9::1,8",
    "::1,7"
  })
  @Tag("case-76")
  void theConfiguredRateOfTheLongestPrefixCounts(String exporter, long rate) {
    var rates =
        new SamplingRates(
            8,
            Stream.of("192.0.2.0/24=20", "192.0.2.1=1000", "2001:db8::/32=512", "::1/128=7")
                .map(SamplingRates.Network::parse)
                .toList());

    var sampling = rates.of(Ip.parse(exporter).orElseThrow());

    assertThat(sampling).isEqualTo(new Sampling(rate, Source.CONFIGURATION));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "192.0.2.1",
        "192.0.2.1/33=5",
        "here=5",
        "192.0.2.1=0",
        "=1",
        "::/0=x",
        "10.0.0.0/-1=1"
      })
  void aConfiguredRateThatMakesNoSenseIsRefused(String text) {
    assertThatThrownBy(() -> SamplingRates.Network.parse(text))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  @Tag("case-75")
  void aSelectorThatSamplesByTimeHasNoRate() {
    rig.ipfixOptions(
        fields().scope(302, 4, 9).number(304, 2, 2).number(307, 4, 100).number(308, 4, 900));

    var event = rig.ipfix(fields().ends().number(302, 4, 9));

    assertThat(event.traffic().sampling()).isEqualTo(Sampling.UNKNOWN);
  }

  @Test
  @Tag("case-75")
  void aSelectorThatFiltersHasNoRateAndLeavesTheDomainsRate() {
    rig.ipfixOptions(fields().scope(302, 4, 9).number(304, 2, 5));
    var filtered = rig.ipfix(fields().ends().number(302, 4, 9)).traffic().sampling();

    rig.ipfixOptions(fields().scope(149, 4, 7).number(304, 2, 1).number(34, 4, 64));

    assertThat(filtered).isEqualTo(Sampling.UNKNOWN);
    assertThat(rig.ipfix(fields().ends().number(302, 4, 9)).traffic().sampling())
        .isEqualTo(new Sampling(64, Source.DOMAIN, Algorithm.SYSTEMATIC_COUNT_BASED));
  }

  @Test
  @Tag("case-75")
  void theRatesOfAChainOfSelectorsMultiply() {
    rig.ipfixOptions(fields().scope(302, 4, 1).number(304, 2, 1).number(34, 4, 10));
    rig.ipfixOptions(fields().scope(302, 4, 2).number(304, 2, 5));
    rig.ipfixOptions(
        fields().scope(302, 4, 3).number(304, 2, 3).number(309, 4, 1).number(310, 4, 20));
    rig.ipfixOptions(
        fields()
            .scope(301, 8, 77)
            .number(138, 8, 5)
            .number(302, 4, 1)
            .number(302, 4, 2)
            .number(302, 4, 3));

    var event = rig.ipfix(fields().ends().number(301, 8, 77));

    assertThat(event.traffic().sampling()).isEqualTo(new Sampling(200, Source.SAMPLER));
  }

  @Test
  @Tag("case-75")
  void aChainWithASelectorThatNobodyDescribedHasNoRate() {
    rig.ipfixOptions(fields().scope(302, 4, 1).number(304, 2, 1).number(34, 4, 10));
    rig.ipfixOptions(fields().scope(301, 8, 77).number(302, 4, 1).number(302, 4, 4));

    var before = rig.ipfix(fields().ends().number(301, 8, 77)).traffic().sampling();
    rig.ipfixOptions(fields().scope(302, 4, 4).number(304, 2, 1).number(34, 4, 3));

    assertThat(before.from()).isEqualTo(Source.EXPORTER);
    assertThat(rig.ipfix(fields().ends().number(301, 8, 77)).traffic().sampling())
        .isEqualTo(new Sampling(30, Source.SAMPLER, Algorithm.SYSTEMATIC_COUNT_BASED));
  }

  @Test
  @Tag("case-75")
  void aRateAnnouncedForAnInterfaceCountsForItsFlows() {
    rig.v9Options(fields().scope(2, 4, 5).number(34, 4, 100).number(35, 1, 1));
    rig.v9Options(fields().scope(2, 4, 6).number(34, 4, 10).number(35, 1, 1));

    assertThat(rig.v9(fields().ends().number(10, 2, 5)).traffic().sampling())
        .isEqualTo(new Sampling(100, Source.SAMPLER, Algorithm.DETERMINISTIC));
    assertThat(rig.v9(fields().ends().number(10, 2, 6)).traffic().sampling().rate()).isEqualTo(10);
    assertThat(rig.v9(fields().ends().number(10, 2, 7)).traffic().sampling())
        .isEqualTo(Sampling.UNKNOWN);
  }

  @ParameterizedTest
  @CsvSource({"35,1,DETERMINISTIC", "35,2,RANDOM", "49,1,DETERMINISTIC", "49,2,RANDOM"})
  @Tag("case-75")
  void anAlgorithmInNetFlowsNumbersIsTold(int element, int number, Algorithm algorithm) {
    var ofRecord = rig.v9(fields().ends().number(34, 4, 10).number(element, 1, number));
    rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 64).number(element, 1, number));

    assertThat(ofFlow()).isEqualTo(new Sampling(64, Source.DOMAIN, algorithm));
    assertThat(ofRecord.traffic().sampling()).isEqualTo(new Sampling(10, Source.RECORD, algorithm));
    assertThat(extra(ofRecord)).as("still as sent").endsWith(":" + number);
  }

  @ParameterizedTest
  @CsvSource({
    "1,SYSTEMATIC_COUNT_BASED",
    "3,RANDOM_N_OUT_OF_N",
    "4,UNIFORM_PROBABILISTIC",
    "0,UNKNOWN"
  })
  @Tag("case-75")
  void aSelectorsAlgorithmIsTold(int number, Algorithm algorithm) {
    rig.ipfixOptions(fields().scope(302, 4, 9).number(304, 2, number).number(34, 4, 64));

    assertThat(rig.ipfix(fields().ends().number(302, 4, 9)).traffic().sampling())
        .isEqualTo(new Sampling(64, Source.SAMPLER, algorithm));
  }

  @Test
  @Tag("case-35")
  @Tag("case-75")
  void domainsOfOneRateAndDifferentAlgorithmsTellTheRate() {
    rig.domain = 1;
    rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 64).number(35, 1, 1));
    rig.domain = 2;
    rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 64).number(35, 1, 1));

    rig.domain = 3;
    var agreed = ofFlow();
    rig.domain = 2;
    rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 64).number(35, 1, 2));
    rig.domain = 3;

    assertThat(agreed).isEqualTo(new Sampling(64, Source.EXPORTER, Algorithm.DETERMINISTIC));
    assertThat(ofFlow()).isEqualTo(new Sampling(64, Source.EXPORTER));
  }

  @Test
  @Tag("case-35")
  void domainsThatDisagreeTellNothingToAThird() {
    rig.domain = 1;
    rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 64));
    rig.v9Options(fields().scope(1, 4, 0).number(48, 1, 1).number(50, 4, 100));
    rig.domain = 2;
    rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 128));
    rig.v9Options(fields().scope(1, 4, 0).number(48, 1, 1).number(50, 4, 200));

    rig.domain = 3;

    assertThat(ofFlow()).isEqualTo(Sampling.UNKNOWN);
    assertThat(ofFlow(1)).isEqualTo(Sampling.UNKNOWN);
  }

  @Test
  @Tag("case-91")
  void samplersAreBoundedAndTheOldestGoesFirst() {
    rig = new Rig(with(SamplingRates.NONE, new OptionsLimits(4, 4, 1 << 20, 1 << 20)));
    for (int sampler = 1; sampler < 100; sampler++) {
      rig.v9Options(fields().scope(1, 4, 0).number(48, 1, sampler).number(50, 4, sampler));
    }

    assertThat(ofFlow(99).rate()).isEqualTo(99);
    assertThat(ofFlow(96).rate()).isEqualTo(96);
    assertThat(ofFlow(95)).isEqualTo(Sampling.UNKNOWN);
  }
}
