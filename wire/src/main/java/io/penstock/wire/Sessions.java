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
 * change. Everything is bounded. Who is over a limit of its own pays itself, with what it used
 * least recently; who pays for a limit on all is decided by {@link Standing} and {@link Shares}, so
 * that invented sources cost an active exporter nothing. The sessions of streams are the last to
 * go: over TCP a template is sent once, so whoever forgets it cannot read what follows.
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

  private final Standing<Session> standing;
  private final Shares<Session> fields;
  private final LinkedHashMap<AddressKey, Host> hosts = new LinkedHashMap<>();

  private @Nullable Session last;

  Sessions(Limits limits, DecoderOptions options, Ledger ledger, WaitingSets waiting) {
    this.limits = limits;
    this.isByAddress = options.sessions() == DecoderOptions.Sessions.BY_ADDRESS;
    this.lifeMillis = limits.templateLife().toMillis();
    this.ledger = ledger;
    this.waiting = waiting;
    this.standing = new Standing<>(limits.exporters(), this::displaced);
    this.fields = new Shares<>(limits.fields());
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
    var host = hosts.get(address(exporter));
    if (host == null) {
      host = new Host();
    }
    var known = host.sessions.get(portKey(host, exporter));
    if (known != null && known.flaps >= FLAPS_MAX && !host.isSplit) {
      ledger.count(Count.ADDRESSES_SPLIT);
      evict(known);
      host.isSplit = true;
      known = host.sessions.get(portKey(host, exporter));
    }
    if (known == null) {
      known = open(host, exporter);
    } else {
      standing.heard(known.place);
    }
    last = known;
    return known;
  }

  private Session open(Host host, Exporter exporter) {
    var session = new Session(host, portKey(host, exporter), exporter);
    hosts.put(address(exporter), host);
    host.sessions.put(session.port, session);
    ledger.count(Count.SESSIONS);
    if (host.sessions.size() > limits.exportersPerAddress()) {
      makeRoom(host, session);
    }
    standing.admit(session.place);
    // Whoever completed a handshake has the address it claims.
    if (!session.isUdp() && standing.settle(session.place)) {
      established(session);
    }
    return session;
  }

  /**
   * Ends the session that a new one of the address replaces: the newcomer not heard for longest, so
   * that whoever invents ports of an exporter's address does not displace the exporter's own; else
   * one of UDP, and only for a stream another one.
   */
  private void makeRoom(Host host, Session latest) {
    Session found = null;
    for (var session : host.sessions.values()) {
      boolean isBetter = found == null || cost(session) < cost(found);
      found = session != latest && isBetter ? session : found;
    }
    if (found != null && (found.isUdp() || !latest.isUdp())) {
      evict(found);
    }
  }

  /** How much is lost with a session. */
  private static int cost(Session session) {
    return (session.place.isEstablished() ? 1 : 0) + (session.isUdp() ? 0 : 2);
  }

  /** Something that this session sent could be decoded. */
  void earned(Session session, long nowMillis) {
    if (session.place.isEstablished() || mayEstablish(session)) {
      if (standing.earned(session.place, nowMillis)) {
        established(session);
      }
    }
  }

  /** Whether there is room; streams were established when they came. */
  private boolean mayEstablish(Session session) {
    return session.host.established < Standing.establishedMax(limits.exportersPerAddress())
        && fields.canEstablish(session.fields)
        && waiting.canEstablish(session);
  }

  private void establish(Session session, long nowMillis) {
    if (mayEstablish(session) && standing.establish(session.place, nowMillis)) {
      established(session);
    }
  }

  private void established(Session session) {
    session.host.established += session.isUdp() ? 1 : 0;
    fields.establish(session.fields);
    waiting.establish(session);
    ledger.count(Count.SESSIONS_ESTABLISHED);
  }

  /** Ends a session: its templates and what waits for them are gone (RFC 7011 §8.4). */
  void close(Exporter exporter) {
    var host = hosts.get(address(exporter));
    var session = host == null ? null : host.sessions.get(portKey(host, exporter));
    if (session != null) {
      standing.leave(session.place);
      remove(session);
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
    return session.isUdp() ? session.host.agreed(key, nowMillis - lifeMillis) : null;
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
      old.refresh(nowMillis);
      return Learned.SAME;
    }
    int hash = template.layoutHash();
    if (old != null && port != old.port && hash == old.previous) {
      session.flaps++;
    }
    int previous = old == null ? 0 : old.template.layoutHash();
    put(session, key, definition(session, key, template, hash, previous, port, nowMillis));
    return old == null ? Learned.NEW : Learned.CHANGED;
  }

  /** Takes a definition from an earlier run. */
  void restore(SavedTemplate saved) {
    long millis = saved.refreshed().toEpochMilli();
    var session = of(saved.exporter());
    var template = saved.template();
    long key = Session.key(template.version(), saved.domain(), template.id());
    int port = saved.exporter().address().getPort();
    int hash = template.layoutHash();
    put(session, key, definition(session, key, template, hash, 0, port, millis));
    if (saved.established() && !session.place.isEstablished()) {
      establish(session, millis);
    }
  }

  private static Definition definition(
      Session session,
      long key,
      Template template,
      int hash,
      int previous,
      int port,
      long nowMillis) {
    if (!session.isUdp()) {
      return new Definition(template, null, previous, port, nowMillis);
    }
    var layout = session.host.hold(key, template, hash, nowMillis);
    return new Definition(layout.template, layout, previous, port, nowMillis);
  }

  /** Forgets one template. */
  boolean forget(Session session, long key) {
    var removed = session.remove(key);
    if (removed == null) {
      return false;
    }
    fields.add(session.fields, -Session.cost(removed.template));
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
              (key, definition) -> all.add(SavedTemplate.of(session, key, definition)));
        }
      }
    }
    return all;
  }

  /** The templates that an address taught, over any transport. */
  List<SavedTemplate> saved(InetAddress address) {
    var all = new ArrayList<SavedTemplate>();
    var host = hosts.get(AddressKey.of(address));
    if (host != null) {
      for (var session : host.sessions.values()) {
        session.definitions.forEach(
            (key, definition) -> all.add(SavedTemplate.of(session, key, definition)));
      }
    }
    return all;
  }

  /** What the sessions of an address hold at the moment. */
  List<ExporterState> states(InetAddress address) {
    var host = hosts.get(AddressKey.of(address));
    return host == null ? List.of() : host.sessions.values().stream().map(Session::state).toList();
  }

  /** What every session holds at the moment. */
  List<ExporterState> states() {
    var all = new ArrayList<ExporterState>(standing.size());
    for (var host : hosts.values()) {
      for (var session : host.sessions.values()) {
        all.add(session.state());
      }
    }
    return all;
  }

  private void put(Session session, long key, Definition definition) {
    var old = session.put(key, definition);
    int released = old == null ? 0 : Session.cost(old.template);
    fields.add(session.fields, Session.cost(definition.template) - released);
    ledger.count(Count.TEMPLATES, old == null ? 1 : 0);
    while (session.definitions.size() > 1
        && (session.definitions.size() > limits.templatesPerExporter()
            || session.fields.amount() > limits.fieldsPerExporter())) {
      shed(session);
    }
    while (fields.isExceeded()) {
      shed(fields.payer(session.fields));
    }
  }

  /** Takes from a session the template it did not use for longest. */
  private void shed(Session session) {
    forget(session, session.eldestKey());
    ledger.count(Count.TEMPLATES_EVICTED);
    ledger.reject(session.exporter, Rejection.TOO_MANY_TEMPLATES, 0);
  }

  private void evict(Session session) {
    standing.leave(session.place);
    displaced(session);
  }

  private void displaced(Session session) {
    remove(session);
    ledger.count(Count.SESSIONS_EVICTED);
  }

  private void remove(Session session) {
    var host = session.host;
    host.sessions.remove(session.port);
    if (host.sessions.isEmpty()) {
      hosts.remove(address(session.exporter));
    }
    session.retire();
    waiting.drop(session);
    fields.add(session.fields, -session.fields.amount());
    ledger.count(Count.TEMPLATES, -session.definitions.size());
    ledger.count(Count.SESSIONS, -1);
    if (session.place.isEstablished()) {
      host.established -= session.isUdp() ? 1 : 0;
      ledger.count(Count.SESSIONS_ESTABLISHED, -1);
    }
    last = null;
  }

  private boolean isExpired(Session session, Definition definition, long nowMillis) {
    return session.isUdp() && nowMillis - definition.refreshedMillis > lifeMillis;
  }

  private static AddressKey address(Exporter exporter) {
    return AddressKey.of(exporter.address().getAddress());
  }

  private int portKey(Host host, Exporter exporter) {
    int port = exporter.address().getPort();
    if (exporter.transport() == Transport.STREAM) {
      return port | STREAM_BIT;
    }
    return isByAddress && !host.isSplit ? 0 : port;
  }
}
