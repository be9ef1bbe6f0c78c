package io.penstock.wire;

import io.penstock.wire.DecoderCounters.Count;
import io.penstock.wire.Session.Definition;
import io.penstock.wire.Session.Host;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Template state of all exporters (RFC 7011 §8), grouped by address because an exporter's port may
 * change. Everything is bounded, and what is over a limit goes in the order of its last use: first
 * within the exporter, then within the address, then overall.
 */
final class Sessions {

  /** So many turns of two definitions between two ports make two exporters. */
  private static final int FLAPS_MAX = 2;

  private static final int STREAM_BIT = 1 << 16;

  private final Limits limits;
  private final boolean isByAddress;
  private final long lifeMillis;
  private final Ledger ledger;
  private final WaitingSets waiting;

  /** In the order they were last heard. */
  private final LinkedHashMap<InetAddress, Host> hosts = new LinkedHashMap<>(16, 0.75f, true);

  private int count;
  private int fields;

  /** Counts every change of a definition, so that what was concluded from them can be kept. */
  private long changes;

  private @Nullable Session last;

  Sessions(Limits limits, DecoderOptions options, Ledger ledger, WaitingSets waiting) {
    this.limits = limits;
    this.isByAddress = options.sessions() == DecoderOptions.Sessions.BY_ADDRESS;
    this.lifeMillis = limits.templateLife().toMillis();
    this.ledger = ledger;
    this.waiting = waiting;
  }

  /** What became of a definition. */
  enum Learned {
    NEW,
    CHANGED,
    SAME
  }

  /** The session of this exporter, made if need be. */
  Session of(Exporter exporter) {
    var recent = last;
    if (recent != null && !isByAddress && recent.exporter.equals(exporter)) {
      return recent;
    }
    var host = hosts.computeIfAbsent(exporter.address().getAddress(), _ -> new Host());
    int port = portKey(host, exporter);
    var known = host.sessions.get(port);
    if (known != null && known.flaps >= FLAPS_MAX && !host.isSplit) {
      host.isSplit = true;
      ledger.count(Count.ADDRESSES_SPLIT);
      evict(host, port);
      return of(exporter);
    }
    if (known == null) {
      known = new Session(host, exporter);
      host.sessions.put(port, known);
      count++;
      ledger.count(Count.SESSIONS);
      makeRoom(host);
    }
    last = known;
    return known;
  }

  /** Ends a session: its templates and what waits for them are gone (RFC 7011 §8.4). */
  void close(Exporter exporter) {
    var address = exporter.address().getAddress();
    var host = hosts.get(address);
    if (host == null) {
      return;
    }
    remove(host, portKey(host, exporter));
    if (host.sessions.isEmpty()) {
      hosts.remove(address);
    }
  }

  /** The template that reads this session's sets, or null if they have to wait. */
  @Nullable Template template(Session session, long key, long nowMillis) {
    var definition = session.definition(key);
    if (definition == null) {
      return null;
    }
    if (isExpired(session, definition, nowMillis)) {
      forget(session, key);
      ledger.count(Count.TEMPLATES_EXPIRED);
      return null;
    }
    return definition.template;
  }

  /**
   * The template under which all other UDP sessions of the address know this key, or null if none
   * does or two disagree.
   */
  @Nullable Template borrow(Session session, long key, long nowMillis) {
    if (!session.isUdp() || !session.host.isKnown(key)) {
      return null;
    }
    boolean isRemembered =
        session.borrowedKey == key
            && session.borrowedMillis == nowMillis
            && session.borrowedChanges == changes;
    if (!isRemembered) {
      session.borrowed = agreed(session, key, nowMillis);
      session.borrowedKey = key;
      session.borrowedMillis = nowMillis;
      session.borrowedChanges = changes;
    }
    return session.borrowed;
  }

  private @Nullable Template agreed(Session session, long key, long nowMillis) {
    Template found = null;
    for (var other : session.host.sessions.values()) {
      var definition = other == session || !other.isUdp() ? null : other.definitions.get(key);
      if (definition == null || isExpired(other, definition, nowMillis)) {
        continue;
      }
      if (found != null && !found.sameLayout(definition.template)) {
        return null;
      }
      found = definition.template;
    }
    return found;
  }

  /** Takes a definition; one that is known already keeps its identity and lives on. */
  Learned learn(Session session, long key, Template template, int port, long nowMillis) {
    var old = session.definition(key);
    if (old != null && isExpired(session, old, nowMillis)) {
      forget(session, key);
      ledger.count(Count.TEMPLATES_EXPIRED);
      old = null;
    }
    if (old != null && old.template.sameLayout(template)) {
      old.refreshedMillis = nowMillis;
      return Learned.SAME;
    }
    if (old != null && port != old.port && isSame(template, old.previous)) {
      session.flaps++;
    }
    var previous = old == null ? null : old.template;
    put(session, key, new Definition(template, previous, port, nowMillis));
    return old == null ? Learned.NEW : Learned.CHANGED;
  }

  /** Takes a definition from an earlier run. */
  void restore(SavedTemplate saved) {
    var session = of(saved.exporter());
    var template = saved.template();
    long key = Session.key(template.version(), saved.domain(), template.id());
    int port = saved.exporter().address().getPort();
    put(session, key, new Definition(template, null, port, saved.refreshed().toEpochMilli()));
  }

  /** Forgets one template. */
  boolean forget(Session session, long key) {
    var removed = session.remove(key);
    if (removed == null) {
      return false;
    }
    fields -= removed.template.fields().size();
    changes++;
    ledger.count(Count.TEMPLATES, -1);
    return true;
  }

  /** Forgets all templates, or all options templates, of an observation domain of IPFIX. */
  int forgetAll(Session session, long domain, boolean isOptions) {
    var keys = new ArrayList<Long>();
    session.definitions.forEach(
        (key, definition) -> {
          var template = definition.template;
          if (Session.domain(key) == domain
              && template.isOptions() == isOptions
              && template.version() == ProtocolVersion.IPFIX) {
            keys.add(key);
          }
        });
    keys.forEach(key -> forget(session, key));
    return keys.size();
  }

  /** Everything known about UDP exporters, for an orderly restart. */
  List<SavedTemplate> saved() {
    var all = new ArrayList<SavedTemplate>();
    for (var host : hosts.values()) {
      for (var session : host.sessions.values()) {
        if (session.isUdp()) {
          session.definitions.forEach(
              (key, definition) -> all.add(SavedTemplate.of(session.exporter, key, definition)));
        }
      }
    }
    return all;
  }

  /** What every session holds at the moment. */
  List<ExporterState> states() {
    var all = new ArrayList<ExporterState>(count);
    for (var host : hosts.values()) {
      for (var session : host.sessions.values()) {
        all.add(session.state());
      }
    }
    return all;
  }

  private void put(Session session, long key, Definition definition) {
    int before = session.fields;
    boolean isNew = session.definition(key) == null;
    session.put(key, definition);
    changes++;
    fields += session.fields - before;
    ledger.count(Count.TEMPLATES, isNew ? 1 : 0);
    while (session.definitions.size() > 1
        && (session.definitions.size() > limits.templatesPerExporter()
            || session.fields > limits.fieldsPerExporter())) {
      forget(session, session.eldestKey());
      ledger.count(Count.TEMPLATES_EVICTED);
      ledger.reject(session.exporter, Rejection.TOO_MANY_TEMPLATES, 0);
    }
    while (fields > limits.fields() && count > 1) {
      evictEldest();
    }
  }

  /** Keeps the newest session, whatever else has to go. */
  private void makeRoom(Host host) {
    if (host.sessions.size() > limits.exportersPerAddress()) {
      evict(host, host.sessions.firstEntry().getKey());
    }
    if (count > limits.exporters()) {
      evictEldest();
    }
  }

  private void evictEldest() {
    var host = hosts.firstEntry().getValue();
    evict(host, host.sessions.firstEntry().getKey());
    if (host.sessions.isEmpty()) {
      hosts.pollFirstEntry();
    }
  }

  private void evict(Host host, int port) {
    remove(host, port);
    ledger.count(Count.SESSIONS_EVICTED);
  }

  private void remove(Host host, int port) {
    var session = host.sessions.remove(port);
    if (session == null) {
      return;
    }
    session.retire();
    waiting.drop(session);
    fields -= session.fields;
    changes++;
    count--;
    ledger.count(Count.TEMPLATES, -session.definitions.size());
    ledger.count(Count.SESSIONS, -1);
    last = null;
  }

  private boolean isExpired(Session session, Definition definition, long nowMillis) {
    return session.isUdp() && nowMillis - definition.refreshedMillis > lifeMillis;
  }

  private int portKey(Host host, Exporter exporter) {
    int port = exporter.address().getPort();
    if (exporter.transport() == Transport.STREAM) {
      return port | STREAM_BIT;
    }
    return isByAddress && !host.isSplit ? 0 : port;
  }

  private static boolean isSame(Template template, @Nullable Template other) {
    return other != null && other.sameLayout(template);
  }
}
