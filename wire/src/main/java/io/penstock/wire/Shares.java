package io.penstock.wire;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Who holds how much of something that is bounded in total, and who gives back when there is no
 * more of it. The companion of {@link Standing} for amounts: newcomers give before the established,
 * and among them who holds most. The established have three quarters of the total at most; who of
 * them wants more than that gives back himself, so that nobody else's growth costs an established
 * holder anything.
 *
 * <p>"Most" is by powers of two, and the one that came to its power first when several share it: so
 * every operation takes constant time.
 *
 * @param <T> what holds a share
 */
public final class Shares<T> {

  /** What one holder has. */
  public static final class Share<T> {
    private final T holder;
    private long amount;
    private boolean isEstablished;

    public Share(T holder) {
      this.holder = holder;
    }

    public long amount() {
      return amount;
    }

    /** The power of two below the amount. */
    private int power() {
      return 63 - Long.numberOfLeadingZeros(amount);
    }
  }

  private final long totalMax;
  private final long establishedMax;

  /** The newcomers that hold anything, by the power of two of what they hold. */
  private final List<LinkedHashSet<Share<T>>> powers = new ArrayList<>(Long.SIZE);

  private long total;
  private long established;

  /**
   * @param totalMax how much all may hold together
   */
  public Shares(long totalMax) {
    this.totalMax = totalMax;
    this.establishedMax = totalMax - totalMax / 4;
    for (int i = 0; i < Long.SIZE; i++) {
      powers.add(new LinkedHashSet<>());
    }
  }

  long total() {
    return total;
  }

  /** Gives a holder more, or takes from it. */
  public void add(Share<T> share, long amount) {
    total += amount;
    if (share.isEstablished) {
      established += amount;
      share.amount += amount;
      return;
    }
    int before = share.power();
    share.amount += amount;
    int now = share.power();
    if (before == now) {
      return;
    }
    if (before >= 0) {
      powers.get(before).remove(share);
    }
    if (now >= 0) {
      powers.get(now).add(share);
    }
  }

  /** Whether this newcomer's share fits into what the established may have. */
  public boolean canEstablish(Share<T> share) {
    return established + share.amount <= establishedMax;
  }

  /** The holder is a newcomer no longer. */
  public void establish(Share<T> share) {
    if (share.amount > 0) {
      powers.get(share.power()).remove(share);
    }
    share.isEstablished = true;
    established += share.amount;
  }

  /** Whether somebody has to give back. */
  public boolean isExceeded() {
    return total > totalMax;
  }

  /** Who has to give back when this holder has got more than there is. */
  public T payer(Share<T> grown) {
    if (grown.isEstablished && established > establishedMax) {
      return grown.holder;
    }
    for (int power = Long.SIZE - 1; power >= 0; power--) {
      if (!powers.get(power).isEmpty()) {
        return powers.get(power).getFirst().holder;
      }
    }
    return grown.holder;
  }
}
