package io.penstock.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.wire.Shares.Share;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who gives back when there is no more of something. */
@Tag("case-91")
class SharesTest {

  private final Shares<String> shares = new Shares<>(1_000);
  private final Share<String> large = new Share<>("large");
  private final Share<String> small = new Share<>("small");
  private final Share<String> senior = new Share<>("senior");

  @Test
  void theNewcomerThatHoldsMostPays() {
    shares.add(large, 600);
    shares.add(small, 100);
    assertThat(shares.isExceeded()).isFalse();

    shares.add(small, 350);

    assertThat(shares.isExceeded()).isTrue();
    assertThat(shares.payer(small)).isEqualTo("large");
  }

  @Test
  void anEstablishedHolderPaysForNobodyElse() {
    shares.add(senior, 700);
    shares.establish(senior);
    shares.add(small, 100);

    shares.add(large, 300);

    assertThat(shares.payer(large)).isEqualTo("large");
    assertThat(shares.payer(senior)).isEqualTo("large");
  }

  @Test
  void anEstablishedHolderPaysForItsOwnGrowthBeyondThreeQuarters() {
    shares.add(senior, 700);
    shares.establish(senior);
    shares.add(small, 300);

    shares.add(senior, 60);

    assertThat(shares.isExceeded()).isTrue();
    assertThat(shares.payer(senior)).isEqualTo("senior");
  }

  @Test
  void nobodyIsEstablishedWithMoreThanTheEstablishedMayHave() {
    shares.add(large, 500);
    shares.add(small, 250);

    assertThat(shares.canEstablish(large)).isTrue();
    shares.establish(large);

    assertThat(shares.canEstablish(small)).isTrue();
    shares.add(small, 1);
    assertThat(shares.canEstablish(small)).isFalse();
  }

  @Test
  void whatIsGivenBackCounts() {
    shares.add(large, 600);
    shares.add(large, -600);
    shares.add(small, 900);

    assertThat(shares.total()).isEqualTo(900);
    shares.add(small, 200);
    assertThat(shares.payer(small)).isEqualTo("small");
  }
}
