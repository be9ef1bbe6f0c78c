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

    /** What the host's other sessions see of it; null for a stream's. */
    final @Nullable Layout layout;

    /**
     * The hash of the layout it replaced, to recognise two exporters taking turns; 0 for none. The
     * layout itself would double what a redefined template costs.
     */
    final int previous;

    /** The port that sent it. */
    final int port;

    long refreshedMillis;

    Definition(
        Template template, @Nullable Layout layout, int previous, int port, long refreshedMillis) {
      this.template = template;
      this.layout = layout;
      this.previous = previous;
      this.port = port;
      this.refreshedMillis = refreshedMillis;
    }

    void refresh(long nowMillis) {
      refreshedMillis = nowMillis;
      if (layout != null) {
        layout.refreshedMillis = nowMillis;
      }
    }
  }

  /** A layout that UDP sessions of one host know under one key. */
  static final class Layout {
    final Template template;
    private final int hash;
    private @Nullable Layout next;
    private int holders = 1;

    /** When any of them was last told. */
    private long refreshedMillis;

    private Layout(Template template, int hash, @Nullable Layout next, long nowMillis) {
      this.template = template;
      this.hash = hash;
      this.next = next;
      this.refreshedMillis = nowMillis;
    }
  }

  /** What a template costs beside its fields, in fields. */
  private static final int TEMPLATE_COST = 3;

  final Host host;

  /** Under which the host knows this session. */
  final int port;

  final Exporter exporter;
  final Standing.Place<Session> place;

  /** Of the fields of all sessions. */
  final Shares.Share<Session> fields;

  /** Of the octets that wait. */
  final Shares.Share<Session> pending;

  /** In the order of their last use. */
  final LinkedHashMap<Long, Definition> definitions = new LinkedHashMap<>(16, 0.75f, true);

  /** Sets in the order they came, by the template they wait for. */
  final LinkedHashMap<Long, ArrayDeque<WaitingSet>> waiting = new LinkedHashMap<>();

  /** How often two ports took turns in defining one template; see {@link Sessions}. */
  int flaps;

  private long lastKey = -1;
  private @Nullable Definition last;

  Session(Host host, int port, Exporter exporter) {
    this.host = host;
    this.port = port;
    this.exporter = exporter;
    this.place = new Standing.Place<>(this, exporter.address().getAddress());
    this.fields = new Shares.Share<>(this);
    this.pending = new Shares.Share<>(this);
  }

  /** What a template counts against the limits on fields. */
  static int cost(Template template) {
    return template.fields().size() + TEMPLATE_COST;
  }

  /** The sessions of one address. */
  static final class Host {
    final LinkedHashMap<Integer, Session> sessions = new LinkedHashMap<>(4, 0.75f, true);

    /**
     * What UDP sessions know under each key, each layout once. So that neither borrowing nor
     * disagreeing compares templates of many fields, or asks many sessions, for every set.
     */
    private final Map<Long, Layout> layouts = new HashMap<>();

    /** How many sessions of UDP are established. */
    int established;

    /** Whether several exporters were found behind the address, so that ports tell them apart. */
    boolean isSplit;

    /** The one layout of this key that did not expire; null if there is none or another. */
    @Nullable Template agreed(long key, long oldestMillis) {
      Template found = null;
      for (var layout = layouts.get(key); layout != null; layout = layout.next) {
        if (layout.refreshedMillis < oldestMillis) {
          continue;
        }
        if (found != null) {
          return null;
        }
        found = layout.template;
      }
      return found;
    }

    /** The layout of this template, the one that others hold if it is the same. */
    Layout hold(long key, Template template, int hash, long nowMillis) {
      var first = layouts.get(key);
      for (var layout = first; layout != null; layout = layout.next) {
        if (layout.hash == hash && layout.template.sameLayout(template)) {
          layout.holders++;
          layout.refreshedMillis = Math.max(layout.refreshedMillis, nowMillis);
          return layout;
        }
      }
      var layout = new Layout(template, hash, first, nowMillis);
      layouts.put(key, layout);
      return layout;
    }

    private void release(long key, Layout released) {
      released.holders--;
      if (released.holders > 0) {
        return;
      }
      Layout kept = null;
      for (var layout = layouts.get(key); layout != null; ) {
        var next = layout.next;
        if (layout != released) {
          layout.next = kept;
          kept = layout;
        }
        layout = next;
      }
      if (kept == null) {
        layouts.remove(key);
      } else {
        layouts.put(key, kept);
      }
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

  /** Takes a definition; the one it replaces, if any. */
  @Nullable Definition put(long key, Definition definition) {
    var old = definitions.put(key, definition);
    lastKey = -1;
    release(key, old);
    return old;
  }

  @Nullable Definition remove(long key) {
    var old = definitions.remove(key);
    lastKey = -1;
    release(key, old);
    return old;
  }

  /** Takes leave of the host. */
  void retire() {
    definitions.forEach(this::release);
  }

  private void release(long key, @Nullable Definition definition) {
    if (definition != null && definition.layout != null) {
      host.release(key, definition.layout);
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
