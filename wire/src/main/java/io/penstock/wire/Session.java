package io.penstock.wire;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one exporter taught us: its templates by version, domain and id, and the sets that wait for
 * one. Changed through {@link Sessions} and {@link WaitingSets} alone, which keep the totals.
 */
final class Session {

  /** A template and how it came. */
  static final class Definition {
    final Template template;

    /** What it replaced, to recognise two exporters taking turns. */
    final @Nullable Template previous;

    /** The port that sent it. */
    final int port;

    long refreshedMillis;

    Definition(Template template, @Nullable Template previous, int port, long refreshedMillis) {
      this.template = template;
      this.previous = previous;
      this.port = port;
      this.refreshedMillis = refreshedMillis;
    }
  }

  final Host host;
  final Exporter exporter;

  /** In the order of their last use. */
  final LinkedHashMap<Long, Definition> definitions = new LinkedHashMap<>(16, 0.75f, true);

  /** Sets in the order they came, by the template they wait for. */
  final Map<Long, ArrayDeque<WaitingSet>> waiting = new HashMap<>();

  int waitingCost;
  int fields;

  /** How often two ports took turns in defining one template; see {@link Sessions}. */
  int flaps;

  /** The last template borrowed, good for the same key, moment and state of all sessions. */
  @Nullable Template borrowed;

  long borrowedKey = -1;
  long borrowedMillis;
  long borrowedChanges;

  private long lastKey = -1;
  private @Nullable Definition last;

  Session(Host host, Exporter exporter) {
    this.host = host;
    this.exporter = exporter;
  }

  /** The sessions of one address. */
  static final class Host {
    final LinkedHashMap<Integer, Session> sessions = new LinkedHashMap<>(4, 0.75f, true);

    /** How many UDP sessions know each key, so that one that none knows costs no search. */
    private final Map<Long, Integer> holders = new HashMap<>();

    /** Whether several exporters were found behind the address, so that ports tell them apart. */
    boolean isSplit;

    boolean isKnown(long key) {
      return holders.containsKey(key);
    }

    private void hold(long key, int change) {
      holders.merge(key, change, (a, b) -> a + b == 0 ? null : a + b);
    }
  }

  /** Version, domain and id in one number: one bit, 32 bits and 16 bits. */
  static long key(ProtocolVersion version, long domain, int id) {
    long high = version == ProtocolVersion.IPFIX ? 1L << 48 : 0;
    return high | domain << 16 | id;
  }

  static long domain(long key) {
    return key >> 16 & 0xffff_ffffL;
  }

  boolean isUdp() {
    return exporter.transport() == Transport.UDP;
  }

  /** The definition under this key, which becomes the most recently used. */
  @Nullable Definition definition(long key) {
    if (key == lastKey) {
      return last;
    }
    var found = definitions.get(key);
    lastKey = key;
    last = found;
    return found;
  }

  void put(long key, Definition definition) {
    var old = definitions.put(key, definition);
    fields += definition.template.fields().size();
    fields -= old == null ? 0 : old.template.fields().size();
    lastKey = -1;
    if (old == null && isUdp()) {
      host.hold(key, 1);
    }
  }

  @Nullable Definition remove(long key) {
    var old = definitions.remove(key);
    lastKey = -1;
    if (old == null) {
      return null;
    }
    fields -= old.template.fields().size();
    if (isUdp()) {
      host.hold(key, -1);
    }
    return old;
  }

  /** Takes leave of the host. */
  void retire() {
    if (isUdp()) {
      definitions.keySet().forEach(key -> host.hold(key, -1));
    }
  }

  ExporterState state() {
    int sets = 0;
    int octets = 0;
    for (var queue : waiting.values()) {
      for (var set : queue) {
        sets++;
        octets += set.body.length;
      }
    }
    return new ExporterState(exporter, definitions.size(), sets, octets);
  }

  /** The definition that was not used for longest. */
  long eldestKey() {
    Iterator<Long> keys = definitions.keySet().iterator();
    return keys.next();
  }
}
