package io.penstock.decode;

import io.penstock.event.Event;
import io.penstock.event.Quirk;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.time.Instant;

/**
 * When a flow started and ended: reads the fields that tell times into the slots of an {@link
 * EventBuilder}, and decides, once all are there, which of them the event shows. Used again for
 * every record.
 */
final class FlowTimes {

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** Start after end by no more than this is two clocks' jitter. */
  private static final long JITTER = ExporterTime.SECOND;

  /** A flow is not longer than this: a century. */
  private static final long DURATION_MAX = 100L * 365 * 86_400 * ExporterTime.SECOND;

  private static final byte[] START_AS_SENT = ExtraField.encoded("startAsSent");

  private final long[] slots;
  private final ExtraMembers extra;

  private long exportNanos;
  private long referenceNanos;
  private int quirks;
  private long start;
  private long end;

  /**
   * The times of one builder.
   *
   * @param slots the builder's own, which this fills and clears
   * @param extra takes a start that cannot be
   */
  FlowTimes(long[] slots, ExtraMembers extra) {
    this.slots = slots;
    this.extra = extra;
  }

  /** Turns to a record of this message. */
  void begin(MessageContext message) {
    exportNanos = message.exportNanos();
    referenceNanos = message.believedExportNanos();
    quirks = 0;
  }

  /** Turns to a sample that is as old as its datagram. */
  void begin(long nanos) {
    set(nanos);
    quirks = 0;
  }

  /** The record is about this moment, nanoseconds since 1970. */
  void set(long nanos) {
    start = nanos;
    end = nanos;
  }

  /** Nanoseconds since 1970. */
  long start() {
    return start;
  }

  /** Nanoseconds since 1970; not before the start. */
  long end() {
    return end;
  }

  /** What was odd about the record's times, as bits of {@link Quirk}. */
  int quirks() {
    return quirks;
  }

  /**
   * Puts a time or a length of time into a slot.
   *
   * @return false if it is none
   */
  boolean place(Reading reading, int slot, byte[] bytes, int offset, int length) {
    long nanos =
        switch (reading) {
          case SECONDS -> ExporterTime.seconds(bytes, offset, length);
          case MILLISECONDS -> ExporterTime.milliseconds(bytes, offset, length, referenceNanos);
          case NTP_MICROSECONDS -> ntp(bytes, offset, length, ExporterTime.MICROSECOND);
          case NTP_NANOSECONDS -> ntp(bytes, offset, length, 1);
          case MICROSECONDS_BEFORE_EXPORT -> {
            long before = duration(bytes, offset, length, ExporterTime.MICROSECOND);
            yield before < 0 ? Event.ABSENT : exportNanos - before;
          }
          case MILLISECONDS_LONG -> duration(bytes, offset, length, ExporterTime.MILLISECOND);
          case MICROSECONDS_LONG -> duration(bytes, offset, length, ExporterTime.MICROSECOND);
          default -> Event.ABSENT;
        };
    slots[slot] = nanos < 0 ? slots[slot] : nanos;
    return nanos >= 0;
  }

  /**
   * An NTP timestamp, unless reading it as a Unix time gives one that is nearer (decoding case 70):
   * in our days the two readings of one value lie a decade or more apart.
   */
  private long ntp(byte[] bytes, int offset, int length, long unit) {
    long unix = ExporterTime.unix(bytes, offset, length, unit, referenceNanos);
    if (length == 8) {
      long nanos = ExporterTime.ntp((long) LONG.get(bytes, offset), referenceNanos);
      boolean isNearer =
          unix == Event.ABSENT
              || Math.abs(nanos - referenceNanos) <= Math.abs(unix - referenceNanos);
      if (isNearer && ExporterTime.isPlausible(nanos, referenceNanos)) {
        return nanos - nanos % unit;
      }
    }
    quirks |= unix == Event.ABSENT ? 0 : Quirk.UNIX_TIME_IN_NTP_FIELD.bit();
    return unix;
  }

  private static long duration(byte[] bytes, int offset, int length, long unit) {
    long value = EventBuilder.number(bytes, offset, length);
    return value > DURATION_MAX / unit ? Event.ABSENT : value * unit;
  }

  /** Decides when the flow started and ended, once all of its fields have been placed. */
  void settle(MessageContext message) {
    settleUptimes(message);
    long from = get(Slot.START);
    long to = get(Slot.END);
    start = from == Event.ABSENT ? Event.ABSENT : message.believed(from);
    end = to == Event.ABSENT ? Event.ABSENT : message.believed(to);
    settleMissingTimes(message);
    if (start > end) {
      quirks |= start - end > JITTER ? Quirk.NEGATIVE_DURATION.bit() : 0;
      extra.member(START_AS_SENT);
      extra.plain(Instant.ofEpochSecond(0, start).toString());
      start = end;
    }
  }

  /**
   * Turns milliseconds since the exporter's start into times, where nothing better was sent. When
   * that start is a guess, what was sent stays extra.
   */
  private void settleUptimes(MessageContext message) {
    boolean wantsStart = !has(Slot.START) && has(Slot.START_UPTIME);
    boolean wantsEnd = !has(Slot.END) && has(Slot.END_UPTIME);
    if (!wantsStart && !wantsEnd) {
      return;
    }
    long upFor =
        message.hasUptime()
            ? message.uptimeMillis()
            : (exportNanos - systemStart(message)) / ExporterTime.MILLISECOND;
    if (wantsEnd) {
      set(Slot.END, ExporterTime.uptime(exportNanos, upFor, get(Slot.END_UPTIME)));
    }
    if (wantsStart) {
      long begin = get(Slot.START_UPTIME);
      set(
          Slot.START,
          wantsEnd
              ? ExporterTime.began(get(Slot.END), get(Slot.END_UPTIME), begin)
              : ExporterTime.uptime(exportNanos, upFor, begin));
    }
    boolean isGuess = (quirks & Quirk.TIME_ESTIMATED.bit()) != 0;
    if (wantsStart && !isGuess) {
      clear(Slot.START_UPTIME);
    }
    if (wantsEnd && !isGuess) {
      clear(Slot.END_UPTIME);
    }
  }

  /** When an exporter without uptime in its header started (decoding case 69). */
  private long systemStart(MessageContext message) {
    if (has(Slot.SYSTEM_START)) {
      return get(Slot.SYSTEM_START);
    }
    long announced = message.announcements().announcedStart(message.domain());
    if (announced != Event.ABSENT) {
      return announced;
    }
    quirks |= Quirk.TIME_ESTIMATED.bit();
    long uptime = has(Slot.END_UPTIME) ? get(Slot.END_UPTIME) : get(Slot.START_UPTIME);
    return message
        .announcements()
        .guessedStart(message.domain(), exportNanos - uptime * ExporterTime.MILLISECOND);
  }

  private void settleMissingTimes(MessageContext message) {
    if (start != Event.ABSENT && end != Event.ABSENT) {
      return;
    }
    long duration = get(Slot.DURATION);
    long observed = get(Slot.OBSERVED);
    boolean hasStart = start != Event.ABSENT;
    boolean hasEnd = end != Event.ABSENT;
    if (hasStart && duration != Event.ABSENT) {
      end = start + duration;
      return;
    }
    if (!hasEnd) {
      end = observed != Event.ABSENT ? message.believed(observed) : message.believedExportNanos();
      end = hasStart ? Math.max(start, end) : end;
    }
    if (!hasStart) {
      start = duration != Event.ABSENT ? end - duration : end;
    }
    boolean isKnown = observed != Event.ABSENT && !hasEnd || hasEnd && duration != Event.ABSENT;
    quirks |= isKnown ? 0 : Quirk.TIME_MISSING.bit();
  }

  private long get(Slot slot) {
    return slots[slot.ordinal()];
  }

  private boolean has(Slot slot) {
    return slots[slot.ordinal()] != Event.ABSENT;
  }

  private void set(Slot slot, long value) {
    slots[slot.ordinal()] = value;
  }

  private void clear(Slot slot) {
    slots[slot.ordinal()] = Event.ABSENT;
  }
}
