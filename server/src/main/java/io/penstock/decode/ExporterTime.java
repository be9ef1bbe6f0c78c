package io.penstock.decode;

import io.penstock.event.Event;
import io.penstock.wire.DataRecord;

/**
 * Reads the time formats of flow records (RFC 7011 §6.1.7 to §6.1.10) as nanoseconds since 1970.
 *
 * <p>Two of them are ambiguous and need a reference, a time that is surely near: an NTP timestamp's
 * seconds wrap in February 2036, and milliseconds sent in fewer than six octets have lost their
 * upper bits. What cannot be a time near the reference's century is {@link Event#ABSENT}.
 */
final class ExporterTime {

  static final long SECOND = 1_000_000_000L;
  static final long MILLISECOND = 1_000_000L;
  static final long MICROSECOND = 1_000L;

  private static final long NTP_TO_UNIX_SECONDS = 2_208_988_800L;
  private static final long NTP_ERA_SECONDS = 1L << 32;
  private static final long SECONDS_MAX = Long.MAX_VALUE / SECOND;
  private static final long MILLISECONDS_MAX = Long.MAX_VALUE / MILLISECOND;
  private static final long MICROSECONDS_MAX = Long.MAX_VALUE / MICROSECOND;

  /** An NTP reading further off than this is no NTP timestamp (decoding case 70). */
  private static final long NTP_PLAUSIBLE = 20L * 365 * 86_400 * SECOND;

  /** A flow that begins later than a day after its end is one that wrapped. */
  private static final long DISORDER_MAX_MILLIS = 86_400_000;

  private static final long UPTIME_MASK = 0xffff_ffffL;

  private ExporterTime() {}

  static long seconds(byte[] bytes, int offset, int length) {
    if (length < 4 || length > 8) {
      return Event.ABSENT;
    }
    long value = DataRecord.unsigned(bytes, offset, length);
    return value <= 0 || value > SECONDS_MAX ? Event.ABSENT : value * SECOND;
  }

  static long milliseconds(byte[] bytes, int offset, int length, long reference) {
    if (length < 3 || length > 8) {
      return Event.ABSENT;
    }
    long value = DataRecord.unsigned(bytes, offset, length);
    if (value <= 0) {
      return Event.ABSENT;
    }
    if (length < 6) {
      return nearest(value, 8 * length, reference / MILLISECOND) * MILLISECOND;
    }
    return value > MILLISECONDS_MAX ? Event.ABSENT : value * MILLISECOND;
  }

  /** The number nearest to {@code reference} whose lower bits are {@code value}. */
  private static long nearest(long value, int bits, long reference) {
    int shift = 64 - bits;
    return reference + ((value - reference) << shift >> shift);
  }

  /** An NTP timestamp (RFC 5905 §6) in the era that puts it nearest to the reference. */
  static long ntp(long value, long reference) {
    long seconds = (value >>> 32) - NTP_TO_UNIX_SECONDS;
    long fraction = (value & 0xffff_ffffL) * SECOND >>> 32;
    long eras = Math.round((double) (reference / SECOND - seconds) / NTP_ERA_SECONDS);
    return (seconds + eras * NTP_ERA_SECONDS) * SECOND + fraction;
  }

  static boolean isPlausible(long nanos, long reference) {
    return Math.abs(nanos - reference) <= NTP_PLAUSIBLE;
  }

  /**
   * The Unix timestamp that an NTP field holds against the standard: {@code unit} nanoseconds each;
   * or, in the 16 octets of a C {@code timeval}, seconds and then units.
   */
  static long unix(byte[] bytes, int offset, int length, long unit, long reference) {
    long nanos = Event.ABSENT;
    if (length == 8) {
      long value = DataRecord.unsigned(bytes, offset, 8);
      if (value > 0 && value <= MICROSECONDS_MAX * MICROSECOND / unit) {
        nanos = value * unit;
      }
    } else if (length == 16) {
      long seconds = DataRecord.unsigned(bytes, offset, 8);
      long rest = DataRecord.unsigned(bytes, offset + 8, 8);
      if (seconds > 0 && seconds < SECONDS_MAX && rest >= 0 && rest < SECOND / unit) {
        nanos = seconds * SECOND + rest * unit;
      }
    }
    return nanos != Event.ABSENT && isPlausible(nanos, reference) ? nanos : Event.ABSENT;
  }

  /**
   * Where a wrapping 32-bit count of milliseconds lies: {@code now} is when the count was {@code
   * nowMillis}. Signed and modular, so that neither the wrap every 49.7 days nor a flow that ended
   * after the header was stamped moves it by weeks (decoding case 66).
   */
  static long uptime(long now, long nowMillis, long millis) {
    return now + (int) (millis - nowMillis) * MILLISECOND;
  }

  /**
   * When a flow began whose end is known: flows last up to the whole range of the count, so this is
   * not signed, but for an end by another clock some moments before the beginning (case 67).
   *
   * @param end when it ended, nanoseconds since 1970, and {@code endMillis} the count then
   * @param startMillis the count when it began
   */
  static long began(long end, long endMillis, long startMillis) {
    long lasted = endMillis - startMillis + DISORDER_MAX_MILLIS & UPTIME_MASK;
    return end - (lasted - DISORDER_MAX_MILLIS) * MILLISECOND;
  }
}
