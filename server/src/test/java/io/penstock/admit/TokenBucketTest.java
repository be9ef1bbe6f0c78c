package io.penstock.admit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TokenBucketTest {

  private static final long SECOND = 1_000_000_000;

  private final TokenBucket bucket = new TokenBucket(0);

  @Test
  void twiceTheRateIsThereAtOnceAndThenTheRate() {
    assertThat(bucket.take(20, 10, 0)).isTrue();
    assertThat(bucket.take(1, 10, 0)).isFalse();
    assertThat(bucket.hasOne(10, 0)).isFalse();

    assertThat(bucket.take(10, 10, SECOND)).isTrue();
    assertThat(bucket.take(1, 10, SECOND)).isFalse();
  }

  @Test
  void allOrNothingIsTaken() {
    assertThat(bucket.take(21, 10, 0)).isFalse();
    assertThat(bucket.take(20, 10, 0)).isTrue();
  }

  @Test
  void ofTooManyAsManyAsThereAreAreTaken() {
    assertThat(bucket.takeUpTo(50, 10, 0)).isEqualTo(20);
    assertThat(bucket.takeUpTo(50, 10, 0)).isZero();
    assertThat(bucket.takeUpTo(50, 10, SECOND / 2)).isEqualTo(5);
  }

  @Test
  void aRateThatChangesHoldsAtOnce() {
    assertThat(bucket.takeUpTo(1_000, 10, 0)).isEqualTo(20);

    assertThat(bucket.takeUpTo(5_000, 1_000_000, SECOND / 1_000)).isEqualTo(1_000);
  }

  @Test
  void overAnyTimeNoMoreThanTheRateAndTheBurstPass() {
    var random = new Random(5);
    for (int rate : new int[] {1, 7, 999, 1_000_000}) {
      var of = new TokenBucket(0);
      long now = 0;
      long passed = 0;
      for (int i = 0; i < 10_000; i++) {
        now += random.nextLong(SECOND / 10);
        passed += of.takeUpTo(1 + random.nextInt(2 * rate), rate, now);
        assertThat(passed).isLessThanOrEqualTo(2L * rate + 1 + now / SECOND * rate + rate);
      }
      assertThat((double) passed).isGreaterThan(0.98 * rate * now / SECOND);
    }
  }
}
