package io.penstock.exporters;

import io.penstock.event.Protocol;
import io.penstock.event.Quirk;
import io.penstock.event.Traffic.Sampling;
import io.penstock.exporters.ExporterMetrics.Labelled;
import io.penstock.exporters.ExporterReport.Ledger;
import io.penstock.exporters.ExporterReport.Port;
import io.penstock.exporters.ExporterReport.Rate;
import io.penstock.exporters.ExporterReport.Refusal;
import io.penstock.wire.Rejection;
import io.penstock.wire.Standing.Place;
import io.penstock.wire.Transport;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a book holds of one exporter. An opaque handle to whoever decodes; changed and read by its
 * {@link ExporterBook} alone, under that one's lock. What most exporters never need is made when it
 * is first needed: an invented source costs little.
 */
public final class ExporterPage {

  private static final int PORTS_MAX = 16;
  private static final int RATES_MAX = 32;
  private static final int REFUSALS_MAX = 32;
  private static final Protocol[] PROTOCOLS = Protocol.values();
  private static final Quirk[] QUIRKS = Quirk.values();
  private static final Rejection[] REASONS = Rejection.values();
  private static final Drop[] DROPS = Drop.values();

  final ExporterId id;
  final Place<ExporterPage> place;
  final Labelled metrics;
  final Streams streams;
  final Recording recording;

  /** Whether the book still has it. */
  boolean isLive = true;

  private final long firstNanos;
  private final List<Port> ports = new ArrayList<>(1);
  private long lastNanos;
  private long datagrams;
  private long octets;
  private long decodedOctets;
  private long records;
  private long events;
  private long duplicates;
  private long clockSkewNanos;
  private boolean hasClock;
  private final long[] messages = new long[PROTOCOLS.length];
  private final List<Rate> rates = new ArrayList<>(1);
  private long firstFingerprint;
  private long firstSeconds;
  private @Nullable Fingerprints fingerprints;
  private long @Nullable [] quirks;
  private long @Nullable [] rejections;
  private long @Nullable [] rejectedOctets;
  private long @Nullable [] drops;
  private long @Nullable [] droppedOctets;
  private @Nullable Refusal @Nullable [] refusals;
  private int newestRefusal;

  ExporterPage(
      ExporterId id,
      InetAddress address,
      long nowNanos,
      Labelled metrics,
      Recordings recordings,
      Streams streams) {
    this.id = id;
    this.place = new Place<>(this, address);
    this.firstNanos = nowNanos;
    this.metrics = metrics;
    this.streams = streams;
    this.recording = new Recording(recordings);
  }

  void arrived(Transport transport, int port, long nowNanos, int length) {
    lastNanos = nowNanos;
    datagrams++;
    octets += length;
    int known = ports.size() - 1;
    if (known < 0 || !isSame(ports.get(known), transport, port)) {
      ports.removeIf(other -> isSame(other, transport, port));
      if (ports.size() == PORTS_MAX) {
        ports.removeFirst();
      }
      ports.add(new Port(transport, port, nowNanos));
    }
  }

  private static boolean isSame(Port port, Transport transport, int number) {
    return port.port() == number && port.transport() == transport;
  }

  boolean isRepeated(long fingerprint, long nowSeconds) {
    if (datagrams < 2 && fingerprints == null) {
      // Whoever sends once needs no memory; the second datagram is the first to be compared with.
      firstFingerprint = fingerprint;
      firstSeconds = nowSeconds;
      return false;
    }
    if (fingerprints == null) {
      fingerprints = new Fingerprints();
      fingerprints.isRepeated(firstFingerprint, firstSeconds);
    }
    boolean isRepeated = fingerprints.isRepeated(fingerprint, nowSeconds);
    if (isRepeated) {
      duplicates++;
      metrics.duplicate();
    }
    return isRepeated;
  }

  void message(Protocol protocol) {
    messages[protocol.ordinal()]++;
  }

  void clock(long skewNanos) {
    clockSkewNanos = skewNanos;
    hasClock = true;
  }

  /** The datagram's end; whether anything in it could be decoded. */
  void decoded(long decodedNow, long recordsNow, long eventsNow) {
    decodedOctets += decodedNow;
    records += recordsNow;
    events += eventsNow;
    if (recordsNow > 0) {
      metrics.name(id.address().toString());
      metrics.records(eventsNow);
    }
  }

  void odd(int bits, long events) {
    if (quirks == null) {
      quirks = new long[QUIRKS.length];
    }
    for (int rest = bits; rest != 0; rest &= rest - 1) {
      quirks[Integer.numberOfTrailingZeros(rest)] += events;
    }
  }

  void sampled(long domain, Sampling sampling) {
    for (int i = rates.size() - 1; i >= 0; i--) {
      var rate = rates.get(i);
      if (rate.domain() == domain && rate.sampling().equals(sampling)) {
        if (lastNanos != rate.lastNanos()) {
          rates.set(i, new Rate(domain, rate.sampling(), lastNanos));
        }
        return;
      }
    }
    if (rates.size() == RATES_MAX) {
      rates.removeFirst();
    }
    rates.add(new Rate(domain, sampling, lastNanos));
  }

  void rejected(Rejection reason, int rejectedNow, int port, long nowNanos) {
    if (rejections == null || rejectedOctets == null) {
      rejections = new long[REASONS.length];
      rejectedOctets = new long[REASONS.length];
    }
    rejections[reason.ordinal()]++;
    rejectedOctets[reason.ordinal()] += rejectedNow;
    metrics.rejected();
    if (refusals == null) {
      refusals = new Refusal[REFUSALS_MAX];
    }
    newestRefusal = (newestRefusal + 1) % REFUSALS_MAX;
    refusals[newestRefusal] = new Refusal(nowNanos, reason, rejectedNow, port);
  }

  void dropped(Drop reason, long length) {
    if (drops == null || droppedOctets == null) {
      drops = new long[DROPS.length];
      droppedOctets = new long[DROPS.length];
    }
    drops[reason.ordinal()]++;
    droppedOctets[reason.ordinal()] += length;
  }

  /** A datagram that was received, but dropped before its decoder saw it. */
  void droppedUnseen(Drop reason, int length) {
    datagrams++;
    octets += length;
    dropped(reason, length);
  }

  ExporterReport report() {
    return new ExporterReport(
        id,
        firstNanos,
        lastNanos,
        datagrams,
        records,
        events,
        List.copyOf(ports),
        amounts(Protocol.class, PROTOCOLS, messages),
        streams.domains(),
        List.copyOf(rates),
        clockSkewNanos,
        hasClock,
        amounts(Quirk.class, QUIRKS, quirks),
        streams.reports(),
        streams.forgotten(),
        ledger(),
        refusals());
  }

  private Ledger ledger() {
    return new Ledger(
        octets,
        decodedOctets,
        amounts(Rejection.class, REASONS, rejectedOctets),
        amounts(Rejection.class, REASONS, rejections),
        amounts(Drop.class, DROPS, droppedOctets),
        amounts(Drop.class, DROPS, drops),
        duplicates);
  }

  private static <E extends Enum<E>> Map<E, Long> amounts(
      Class<E> type, E[] constants, long @Nullable [] amounts) {
    var map = new EnumMap<E, Long>(type);
    for (int i = 0; amounts != null && i < amounts.length; i++) {
      if (amounts[i] != 0) {
        map.put(constants[i], amounts[i]);
      }
    }
    return map;
  }

  private List<Refusal> refusals() {
    var all = new ArrayList<Refusal>();
    for (int i = 1; refusals != null && i <= REFUSALS_MAX; i++) {
      var refusal = refusals[(newestRefusal + i) % REFUSALS_MAX];
      if (refusal != null) {
        all.add(refusal);
      }
    }
    return all;
  }
}
