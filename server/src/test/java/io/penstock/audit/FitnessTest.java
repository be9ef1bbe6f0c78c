package io.penstock.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The vectors of the contract. */
final class FitnessTest {

  @Test
  void allWellIsOne() {
    assertThat(Fitness.of(200, true, Map.of())).isEqualTo(1.0);
    assertThat(Fitness.of(202, true, Map.of("splunk", "ok", "elastic", "ok"))).isEqualTo(1.0);
  }

  @Test
  void eachFailedExportCostsAFifth() {
    assertThat(Fitness.of(200, true, Map.of("splunk", "fail", "elastic", "ok"))).isEqualTo(0.8);
    assertThat(Fitness.of(200, true, Map.of("splunk", "fail", "elastic", "error"))).isEqualTo(0.6);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ok", "success", "true", "OK"})
  void aGoodOutcomeCostsNothing(String outcome) {
    assertThat(Fitness.of(200, true, Map.of("splunk", outcome))).isEqualTo(1.0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fail", "error", "false"})
  void aBadOutcomeCostsAFifth(String outcome) {
    assertThat(Fitness.of(200, true, Map.of("splunk", outcome))).isEqualTo(0.8);
  }

  @Test
  void invalidRecordsCostTwoFifths() {
    assertThat(Fitness.of(207, false, Map.of())).isEqualTo(0.6);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 404, 429, 500, 503})
  void aFailedRequestIsBelowThreeFifths(int status) {
    assertThat(Fitness.of(status, true, Map.of())).isEqualTo(0.59);
  }

  @Test
  void nothingIsBelowZero() {
    var failed = Map.of("a", "no", "b", "no", "c", "no", "d", "no");

    assertThat(Fitness.of(500, false, failed)).isZero();
  }
}
