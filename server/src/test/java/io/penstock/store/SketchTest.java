package io.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class SketchTest {

  private static final int BUCKETS = 1024;

  @Test
  void bucketsAddUpOrKeepTheHighest() {
    try (var sums = sketch(false);
        var highest = sketch(true)) {
      for (var amount : new double[] {3, 5, -7, 4}) {
        sums.add(1, amount);
        highest.add(1, amount);
      }

      assertThat(sums.above(11)).isEqualTo(1);
      assertThat(sums.above(12)).isZero();
      assertThat(highest.above(4)).isEqualTo(1);
      assertThat(highest.above(5)).isZero();
      assertThat(sums.events()).isEqualTo(4);
    }
  }

  @Test
  void aBoundLetsThroughNoMoreThanItShouldAndNotManyFewer() {
    var random = new Random(1);
    try (var sketch = sketch(false)) {
      for (int i = 0; i < BUCKETS; i++) {
        sketch.add(i, Math.exp(random.nextGaussian() * 5));
      }

      assertThat(sketch.above(sketch.bound(100))).isBetween(90, 100);
      assertThat(sketch.above(sketch.bound(1))).isBetween(0, 1);
      assertThat(sketch.above(sketch.bound(BUCKETS))).isEqualTo(BUCKETS);
    }
  }

  @Test
  void nothingIsAboveTheBoundOfBucketsThatAreAllAlike() {
    try (var sketch = sketch(false)) {
      for (int i = 0; i < BUCKETS; i++) {
        sketch.add(i, 1);
      }

      assertThat(sketch.above(sketch.bound(100))).isZero();
    }
  }

  @Test
  void theBitsAreThoseOfTheBucketsAboveFromTheHighestOfEachByte() {
    try (var sketch = sketch(false)) {
      sketch.add(0, 9);
      sketch.add(9, 10);
      sketch.add(15, 11);

      var bits = sketch.bitsAbove(9);

      assertThat(bits).hasSize(BUCKETS / 8).startsWith(0, 0b0100_0001, 0);
      assertThat(sketch.bitsAbove(8)[0]).isEqualTo((byte) 0x80);
    }
  }

  @Test
  void roundingHidesNoGroupFromItsOwnBound() {
    try (var sketch = sketch(false)) {
      double larger = 1e15;
      sketch.add(3, larger);
      for (int i = 0; i < 1_000; i++) {
        // Each alone is less than half of what such a number can tell apart.
        sketch.add(3, 0.05);
      }

      assertThat(sketch.above(larger + 49)).isZero();
      assertThat(sketch.above(Sketch.boundOf(larger + 50))).isEqualTo(1);
    }
  }

  @Test
  void whoClosesASketchMakesRoomForAnother() {
    var closed = new boolean[1];

    new Sketch(8, false, () -> closed[0] = true).close();

    assertThat(closed[0]).isTrue();
  }

  private static Sketch sketch(boolean isHighest) {
    return new Sketch(BUCKETS, isHighest, () -> {});
  }
}
