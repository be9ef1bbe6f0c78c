package io.penstock.decode;

import io.penstock.event.Event;
import io.penstock.event.Traffic.Sampling;
import io.penstock.event.Traffic.Sampling.Source;
import java.util.ArrayList;
import java.util.List;

/**
 * What one exporter said of itself in options records: its sampling rates and when it started.
 *
 * <p>A rate is announced for a sampler or for a whole observation domain. Line cards announce in
 * one domain and send flows in another (decoding case 35), so a look-up that fails in its domain
 * goes on to the whole exporter. A new announcement counts from its arrival on (case 76). Bounded:
 * when full, the oldest entry makes room.
 */
final class Announcements {

  /** The sampler of a rate that holds for a whole domain. */
  static final long NO_SAMPLER = Event.ABSENT;

  /** A start computed from a flow that lies this far behind the last one means a restart. */
  private static final long RESTART = 3_600 * ExporterTime.SECOND;

  private final int entriesMax;
  private final List<Rate> rates = new ArrayList<>(2);
  private final List<SystemStart> starts = new ArrayList<>(1);
  private Sampling exporterWide = Sampling.UNKNOWN;

  Announcements(int entriesMax) {
    this.entriesMax = entriesMax;
  }

  /** Takes note of a rate, of a sampler or, with {@link #NO_SAMPLER}, of a domain. */
  void rate(long domain, long sampler, long rate) {
    int known = find(domain, sampler);
    if (known >= 0 && rates.get(known).own.rate() == rate) {
      return;
    }
    if (known >= 0) {
      rates.remove(known);
    } else if (rates.size() == entriesMax) {
      rates.removeFirst();
    }
    rates.add(new Rate(domain, sampler, rate));
    exporterWide = agreed();
  }

  private int find(long domain, long sampler) {
    for (int i = 0; i < rates.size(); i++) {
      var rate = rates.get(i);
      if (rate.sampler == sampler && rate.domain == domain) {
        return i;
      }
    }
    return -1;
  }

  /** The domain rate announced last; without any, the rate on which all samplers agree. */
  private Sampling agreed() {
    for (int i = rates.size() - 1; i >= 0; i--) {
      if (rates.get(i).sampler == NO_SAMPLER) {
        return rates.get(i).elsewhere;
      }
    }
    var first = rates.getFirst();
    for (var rate : rates) {
      if (rate.own.rate() != first.own.rate()) {
        return Sampling.UNKNOWN;
      }
    }
    return first.elsewhere;
  }

  /** The rate of a flow of this domain that names this sampler, or none. */
  Sampling sampling(long domain, long sampler) {
    if (rates.isEmpty()) {
      return Sampling.UNKNOWN;
    }
    if (sampler != NO_SAMPLER) {
      int own = find(domain, sampler);
      if (own >= 0) {
        return rates.get(own).own;
      }
      for (int i = rates.size() - 1; i >= 0; i--) {
        if (rates.get(i).sampler == sampler) {
          return rates.get(i).elsewhere;
        }
      }
    }
    int whole = find(domain, NO_SAMPLER);
    return whole >= 0 ? rates.get(whole).own : exporterWide;
  }

  /** Takes note of when the exporter says it started (element 160). */
  void systemStart(long domain, long nanos) {
    var start = startOf(domain);
    start.nanos = nanos;
    start.isAnnounced = true;
  }

  /** When the exporter says it started, in this domain or any; ABSENT when it never said. */
  long announcedStart(long domain) {
    long elsewhere = Event.ABSENT;
    for (var start : starts) {
      if (start.isAnnounced && start.domain == domain) {
        return start.nanos;
      }
      if (start.isAnnounced) {
        elsewhere = start.nanos;
      }
    }
    return elsewhere;
  }

  /**
   * The best guess of when a silent exporter started. A flow ends before it is exported, so every
   * flow gives a bound that the start cannot be later than; the lowest bound comes from flows that
   * were exported at once, and is about right (decoding case 69).
   *
   * @param bound export time less the uptime at which a flow ended, nanoseconds since 1970
   */
  long guessedStart(long domain, long bound) {
    var guess = startOf(domain);
    boolean isUnset = guess.nanos == Event.ABSENT;
    if (isUnset || bound < guess.nanos || bound - guess.nanos > RESTART) {
      guess.nanos = bound;
    }
    return guess.nanos;
  }

  private SystemStart startOf(long domain) {
    for (var start : starts) {
      if (start.domain == domain) {
        return start;
      }
    }
    if (starts.size() == entriesMax) {
      starts.removeFirst();
    }
    var start = new SystemStart(domain);
    starts.add(start);
    return start;
  }

  private static final class Rate {

    private final long domain;
    private final long sampler;
    private final Sampling own;
    private final Sampling elsewhere;

    Rate(long domain, long sampler, long rate) {
      this.domain = domain;
      this.sampler = sampler;
      this.own = new Sampling(rate, sampler == NO_SAMPLER ? Source.DOMAIN : Source.SAMPLER);
      this.elsewhere = new Sampling(rate, Source.EXPORTER);
    }
  }

  private static final class SystemStart {

    private final long domain;
    private long nanos = Event.ABSENT;
    private boolean isAnnounced;

    SystemStart(long domain) {
      this.domain = domain;
    }
  }
}
