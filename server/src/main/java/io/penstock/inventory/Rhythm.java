package io.penstock.inventory;

import java.time.Duration;
import java.time.Instant;

/**
 * How often a product sends: requests of the current hour against the mean of those before, and the
 * usual pause. Guarded by the inventory.
 */
final class Rhythm {

  /** So many hours make a mean. */
  private static final int HOURS_MIN = 3;

  /** So many pauses make a rhythm. */
  private static final int PAUSES_MIN = 5;

  /** What the newest hour or pause counts in a mean. */
  private static final double SHARE = 0.2;

  private static final long HOUR_SECONDS = 3_600;

  private long hour = Long.MIN_VALUE;
  private long requests;
  private double usual;
  private int hours;
  private boolean isSpiking;
  private Instant last = Instant.MIN;
  private double pauseSeconds;
  private int pauses;
  private boolean isSilent;

  /** Counts a request; true when it makes the hour a spike, once an hour. */
  boolean isSpike(Instant at, InventoryConfig config) {
    long now = Math.floorDiv(at.getEpochSecond(), HOUR_SECONDS);
    if (now > hour) {
      endHour(now);
    }
    requests++;
    addPause(at);
    boolean isSpike =
        !isSpiking
            && hours >= HOURS_MIN
            && requests >= config.spikeRequestsMin()
            && requests >= config.spikeFactor() * usual;
    isSpiking |= isSpike;
    return isSpike;
  }

  private void endHour(long now) {
    if (hour != Long.MIN_VALUE) {
      usual = hours == 0 ? requests : usual + SHARE * (requests - usual);
      hours++;
    }
    hour = now;
    requests = 0;
    isSpiking = false;
  }

  private void addPause(Instant at) {
    if (!last.equals(Instant.MIN) && at.isAfter(last)) {
      double seconds = Duration.between(last, at).toMillis() / 1_000.0;
      pauseSeconds = pauses == 0 ? seconds : pauseSeconds + SHARE * (seconds - pauseSeconds);
      pauses++;
    }
    if (at.isAfter(last)) {
      last = at;
    }
    isSilent = false;
  }

  /** Whether it has fallen silent; true once for each silence. */
  boolean fallsSilent(Instant now, InventoryConfig config) {
    if (isSilent || pauses < PAUSES_MIN) {
      return false;
    }
    double quietSeconds = Duration.between(last, now).toSeconds();
    isSilent =
        quietSeconds >= config.silenceAfter().toSeconds()
            && quietSeconds >= config.silenceGaps() * pauseSeconds;
    return isSilent;
  }

  Instant last() {
    return last;
  }

  double usual() {
    return usual;
  }
}
