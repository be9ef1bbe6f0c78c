package io.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Traffic.Sampling;
import io.penstock.event.Traffic.Sampling.Algorithm;
import io.penstock.event.Traffic.Sampling.Source;
import org.junit.jupiter.api.Test;

class SamplingWordTest {

  @Test
  void everySourceWithEveryAlgorithmIsReadAsItWasWritten() {
    for (var source : Source.values()) {
      for (var algorithm : Algorithm.values()) {
        var sampling = new Sampling(100, source, algorithm);

        assertThat(SamplingWord.read(100, SamplingWord.of(sampling))).isEqualTo(sampling);
      }
    }
  }

  @Test
  void aSourceAloneIsTheWordThatWasAlwaysWritten() {
    assertThat(SamplingWord.of(new Sampling(100, Source.DOMAIN))).isEqualTo("DOMAIN");
    assertThat(SamplingWord.of(new Sampling(100, Source.DOMAIN, Algorithm.RANDOM)))
        .isEqualTo("DOMAIN/RANDOM");
  }
}
