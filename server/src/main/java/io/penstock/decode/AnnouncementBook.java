package io.penstock.decode;

import io.penstock.exporters.ExporterId;
import io.penstock.registry.Registry;
import io.penstock.wire.Shares;
import io.penstock.wire.Standing;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.GaugeDataPoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the exporters of one decoder announced, by exporter, and the memory that all of it may take.
 *
 * <p>Who is forgotten when the exporters become too many is decided by {@link Standing}, and who
 * gives back when the octets do by {@link Shares}, as with the templates: invented sources cost an
 * exporter at work nothing. One that announces without end displaces only its own.
 */
final class AnnouncementBook {

  /** What happened to the rows, for all decoders together. */
  record Metrics(
      CounterDataPoint displaced,
      GaugeDataPoint rows,
      GaugeDataPoint bytes,
      CounterDataPoint displacedConnections) {}

  /** Places of the names that are known already; a newcomer takes the place of another. */
  private static final int TEXTS = 4_096;

  private final Registry registry;
  private final OptionsLimits limits;
  private final SamplingRates configured;
  private final Metrics metrics;
  private final Standing<Announcements> standing;
  private final Shares<Announcements> shares;

  /** Whoever picks addresses of equal hash finds the buckets sorted: ids are comparable. */
  private final Map<ExporterId, Announcements> exporters = new HashMap<>();

  private final byte[] @Nullable [] texts = new byte[TEXTS] @Nullable [];
  private boolean isChanged;
  private @Nullable Announcements last;

  /**
   * @param registry what the words of an exporter are added to
   * @param configured the rates of exporters that announce none
   */
  AnnouncementBook(
      int exportersMax,
      Registry registry,
      OptionsLimits limits,
      SamplingRates configured,
      Metrics metrics) {
    this.registry = registry;
    this.limits = limits;
    this.configured = configured;
    this.metrics = metrics;
    this.standing = new Standing<>(exportersMax, this::forget);
    this.shares = new Shares<>(limits.bytes());
  }

  OptionsLimits limits() {
    return limits;
  }

  /** What an exporter announced; to be asked for each message, which keeps the exporter's place. */
  Announcements of(ExporterId id) {
    var recent = last;
    if (recent != null && recent.id().equals(id)) {
      return recent;
    }
    var found = exporters.get(id);
    if (found == null) {
      found = new Announcements(id, this, configured.of(id.agent()), new Vocabulary(registry));
      standing.admit(found.place());
      exporters.put(id, found);
    } else {
      standing.heard(found.place());
    }
    last = found;
    return found;
  }

  /** A record of the exporter could be read. */
  void earned(Announcements exporter, long nowMillis) {
    boolean wasEstablished = exporter.place().isEstablished();
    if ((wasEstablished || shares.canEstablish(exporter.share()))
        && standing.earned(exporter.place(), nowMillis)) {
      shares.establish(exporter.share());
    }
  }

  /** The exporter is who it says, by its handshake or from an earlier run. */
  void establish(Announcements exporter, long nowMillis) {
    if (!exporter.place().isEstablished()
        && shares.canEstablish(exporter.share())
        && standing.establish(exporter.place(), nowMillis)) {
      shares.establish(exporter.share());
    }
  }

  private void forget(Announcements exporter) {
    exporters.remove(exporter.id());
    last = null;
    while (exporter.giveBack()) {
      // Piece by piece, so that each is accounted for.
    }
  }

  /** What is known of an exporter, without making it any younger; null when nothing is. */
  @Nullable Announcements peek(ExporterId id) {
    return exporters.get(id);
  }

  List<Announcements> all() {
    return new ArrayList<>(exporters.values());
  }

  /** Gives up what was not refreshed since then. */
  void expire(long nanos) {
    exporters.values().forEach(exporter -> exporter.expire(nanos));
  }

  /** An exporter holds so many octets more: somebody gives back what is too much in all. */
  void grew(Announcements exporter, long bytes) {
    shares.add(exporter.share(), bytes);
    while (shares.isExceeded() && shares.payer(exporter.share()).giveBack()) {
      // Whoever has to pay may change with each piece.
    }
  }

  /** An exporter holds so many octets less. */
  void shrank(Announcements exporter, long bytes) {
    shares.add(exporter.share(), -bytes);
  }

  /** Counts a row that had to go. */
  void displaced() {
    metrics.displaced.inc();
  }

  void added(OptionsRow row) {
    metrics.rows.inc();
    metrics.bytes.inc(row.bytes());
  }

  void removed(OptionsRow row) {
    metrics.rows.dec();
    metrics.bytes.dec(row.bytes());
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
