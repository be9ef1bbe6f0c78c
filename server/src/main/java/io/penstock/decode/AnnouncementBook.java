package io.penstock.decode;

import io.penstock.event.Ip;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.GaugeDataPoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the exporters of one decoder announced, by exporter, and the memory that all of it may take.
 *
 * <p>When the exporters become too many, one that announced nothing goes first, then the one silent
 * longest. When the octets become too many, the exporter that holds most makes room, so that one
 * which announces without end displaces only its own.
 */
final class AnnouncementBook {

  /** What happened to the rows, for all decoders together. */
  record Metrics(
      CounterDataPoint displaced,
      GaugeDataPoint rows,
      GaugeDataPoint bytes,
      CounterDataPoint displacedConnections) {}

  /** Firewall connections remembered for all exporters together. */
  private static final int CONNECTIONS_MAX = 262_144;

  /** Places of the names that are known already; a newcomer takes the place of another. */
  private static final int TEXTS = 4_096;

  /** Exporters looked at to find one that announced nothing. */
  private static final int TRIES = 16;

  private final int exportersMax;
  private final OptionsLimits limits;
  private final SamplingRates configured;
  private final Metrics metrics;
  private final Map<Ip, Announcements> exporters = new LinkedHashMap<>(16, 0.75f, true);
  private final byte[] @Nullable [] texts = new byte[TEXTS] @Nullable [];

  private long bytes;
  private int connections;
  private boolean isChanged;
  private @Nullable Announcements largest;
  private @Nullable Announcements last;

  AnnouncementBook(
      int exportersMax, OptionsLimits limits, SamplingRates configured, Metrics metrics) {
    this.exportersMax = exportersMax;
    this.limits = limits;
    this.configured = configured;
    this.metrics = metrics;
  }

  OptionsLimits limits() {
    return limits;
  }

  /** What an exporter announced; to be asked for each message, which keeps the exporter's place. */
  Announcements of(Ip exporter) {
    var recent = last;
    if (recent != null && recent.exporter().equals(exporter)) {
      return recent;
    }
    var found = exporters.get(exporter);
    if (found == null) {
      if (exporters.size() >= exportersMax) {
        forgetOne();
      }
      found = new Announcements(exporter, this, configured.of(exporter));
      exporters.put(exporter, found);
    }
    last = found;
    return found;
  }

  private void forgetOne() {
    Iterator<Announcements> oldest = exporters.values().iterator();
    var victim = oldest.next();
    for (int i = 1; i < TRIES && !victim.isEmpty() && oldest.hasNext(); i++) {
      var next = oldest.next();
      victim = next.isEmpty() ? next : victim;
    }
    exporters.remove(victim.exporter());
    victim.connections().clear();
    while (victim.displaceOldest()) {
      metrics.displaced.inc();
    }
  }

  /** What is known of an exporter, without making it any younger; null when nothing is. */
  @Nullable Announcements peek(Ip exporter) {
    for (var known : exporters.values()) {
      if (known.exporter().equals(exporter)) {
        return known;
      }
    }
    return null;
  }

  List<Announcements> all() {
    return new ArrayList<>(exporters.values());
  }

  /** Gives up what was not refreshed since then. */
  void expire(long nanos) {
    exporters.values().forEach(exporter -> exporter.expire(nanos));
  }

  /**
   * Makes room for an exporter's next row.
   *
   * @return false if there is none to be had
   */
  boolean makeRoom(Announcements exporter, int more) {
    while (bytes + more > limits.bytes()) {
      var most = largest;
      var victim = most != null && most.bytes() > exporter.bytes() ? most : exporter;
      if (!victim.displaceOldest()) {
        metrics.displaced.inc();
        return false;
      }
      metrics.displaced.inc();
    }
    return true;
  }

  /** Counts a row that its own exporter displaced. */
  void displaced() {
    metrics.displaced.inc();
  }

  void added(Announcements exporter, OptionsRow row) {
    bytes += row.bytes();
    metrics.rows.inc();
    metrics.bytes.inc(row.bytes());
    if (largest == null || exporter.bytes() > largest.bytes()) {
      largest = exporter;
    }
  }

  void removed(OptionsRow row) {
    bytes -= row.bytes();
    metrics.rows.dec();
    metrics.bytes.dec(row.bytes());
  }

  boolean hasRoomForConnection() {
    return connections < CONNECTIONS_MAX;
  }

  void rememberConnection() {
    connections++;
  }

  void forgetConnections(int count) {
    connections -= count;
  }

  void displacedConnection() {
    metrics.displacedConnections.inc();
  }

  /** Something useful was learned or given up. */
  void changed() {
    isChanged = true;
  }

  /** Whether anything useful changed since this was last asked. */
  boolean hasChanged() {
    boolean changed = isChanged;
    isChanged = false;
    return changed;
  }

  /** The same octets, in the one array that other exporters' equal names share. */
  byte[] shared(byte[] text) {
    int place = (int) LongMap.mix(text, 0, text.length) & TEXTS - 1;
    var known = texts[place];
    if (known != null && Arrays.equals(known, text)) {
      return known;
    }
    texts[place] = text;
    return text;
  }
}
