package io.penstock.admit;

import io.penstock.control.Flag;
import io.penstock.control.Flags;
import io.penstock.control.Source;
import io.penstock.control.SourceBook;
import io.penstock.control.Sources;
import io.penstock.control.Tenant;
import io.penstock.event.EventBatch;
import io.penstock.event.Ip;
import io.penstock.event.Origin;
import io.penstock.event.Protocol;
import io.penstock.prefix.Prefix;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides who may send, by the sources and flags as they stand; a change of either holds from the
 * next question on, or as soon as the table of it is made. Also keeps what each source did. Safe
 * for many threads.
 */
public final class Admission {

  private static final Logger LOG = LoggerFactory.getLogger(Admission.class);
  private static final long LOG_EVERY_MILLIS = 60_000;

  private final Sources sources;
  private final Flags flags;
  private final UnknownExporters unknownExporters;
  private final InstantSource clock;
  private final AdmissionMetrics metrics;
  private final AtomicLong nextLog = new AtomicLong();
  private final ReentrantLock renewing = new ReentrantLock();
  private volatile State state;

  /**
   * @param unknownExporters what becomes of exporters that are no source
   */
  public Admission(
      Sources sources,
      Flags flags,
      UnknownExporters unknownExporters,
      PrometheusRegistry registry,
      InstantSource clock) {
    this.sources = sources;
    this.flags = flags;
    this.unknownExporters = unknownExporters;
    this.clock = clock;
    this.metrics = new AdmissionMetrics(registry);
    this.state = next(AdmissionTable.EMPTY);
  }

  /** The rules and sources that decide, with what they were made of. */
  record State(Rules rules, AdmissionTable table, SourceBook of, Map<Flag, Boolean> chosen) {}

  /** The flags that admission goes by. */
  record Rules(
      boolean http,
      boolean flows,
      boolean httpAddresses,
      boolean logOnly,
      boolean failOpen,
      boolean emptyIsEverywhere) {

    private static Rules of(Flags flags) {
      return new Rules(
          flags.isOn(Flag.ADMISSION_HTTP_ENABLED),
          flags.isOn(Flag.ADMISSION_UDP_ENABLED),
          flags.isOn(Flag.HTTP_IP_ALLOWLIST_ENABLED),
          flags.isOn(Flag.ADMISSION_LOG_ONLY),
          flags.isOn(Flag.ADMISSION_FAIL_OPEN),
          flags.isOn(Flag.ADMISSION_COMPAT_ALLOW_EMPTY_IPS));
    }
  }

  /**
   * The state of now: two fields are read, and all is made anew after a change. While one thread
   * does that, the others go by the state before, so that no exporter waits for it but one.
   */
  State state() {
    var known = state;
    if (isCurrent(known) || !renewing.tryLock()) {
      return known;
    }
    try {
      return renewed();
    } finally {
      renewing.unlock();
    }
  }

  /** When this returns, every answer goes by the sources and flags that there were before it. */
  public void settle() {
    renewing.lock();
    try {
      var _ = renewed();
    } finally {
      renewing.unlock();
    }
  }

  @SuppressWarnings("ReferenceEquality") // snapshots are compared, not what is in them
  private boolean isCurrent(State known) {
    return known.of == sources.snapshot().current() && known.chosen == flags.snapshot().current();
  }

  @SuppressWarnings("ReferenceEquality") // as above
  private State renewed() {
    var known = state;
    if (isCurrent(known)) {
      return known;
    }
    var chosen = flags.snapshot().current();
    var renewed =
        known.of == sources.snapshot().current()
            ? new State(Rules.of(flags), known.table, known.of, chosen)
            : next(known.table);
    state = renewed;
    return renewed;
  }

  private State next(AdmissionTable before) {
    // Taken first: a change in between is noticed at the next question.
    var chosen = flags.snapshot().current();
    var book = sources.snapshot().current();
    return new State(Rules.of(flags), before.next(book), book, chosen);
  }

  /**
   * What becomes of a post.
   *
   * @param verdict what admission says
   * @param isRefused whether that counts, or is only counted
   */
  public record Decision(Verdict verdict, boolean isRefused) {

    private static final Decision ALLOWED = new Decision(Verdict.ALLOWED, false);
  }

  /** Decides on a posted batch of a tenant, by what its events say of where they come from. */
  public Decision post(String tenant, Origin origin, Ip client, int records) {
    var now = state();
    if (!now.rules.http) {
      return Decision.ALLOWED;
    }
    try {
      var member = member(now.table, tenant, origin);
      return member == null
          ? Decision.ALLOWED
          : decided(now.rules, member, measured(now.rules, member, client, records), records);
    } catch (RuntimeException e) {
      failed(e);
      return new Decision(Verdict.ADMISSION_ERROR, !now.rules.failOpen);
    }
  }

  private Verdict measured(Rules rules, Member member, Ip client, int records) {
    var source = member.source();
    if (source.type() != Source.Type.HTTP) {
      metrics.mismatch(source.key());
    }
    if (!source.isEnabled()) {
      return Verdict.DISABLED;
    }
    if (rules.httpAddresses
        && source.type() == Source.Type.HTTP
        && !mayPostFrom(rules, member, client)) {
      metrics.blockedIp(source.key());
      return Verdict.IP_NOT_ALLOWED;
    }
    boolean isTooFast =
        member.isLimited()
            && !member.activity().bucket().take(records, source.maxEps(), System.nanoTime());
    return isTooFast ? Verdict.RATE_LIMIT : Verdict.ALLOWED;
  }

  private static boolean mayPostFrom(Rules rules, Member member, Ip client) {
    return member.networks().isEmpty()
        ? rules.emptyIsEverywhere && member.source().allowedIps().isEmpty()
        : member.mayComeFrom(client);
  }

  private Decision decided(Rules rules, Member member, Verdict verdict, int records) {
    if (verdict == Verdict.ALLOWED) {
      return Decision.ALLOWED;
    }
    blocked(rules, member.source().key(), verdict);
    if (!rules.logOnly) {
      member.activity().refused(clock.instant(), Source.Type.HTTP, records);
    }
    return new Decision(verdict, !rules.logOnly);
  }

  /** Counts what was, or would have been, refused, and now and then says so. */
  void blocked(Rules rules, Source.Key source, Verdict verdict) {
    metrics.blocked(source, verdict);
    long now = clock.millis();
    long due = nextLog.get();
    if (now >= due && nextLog.compareAndSet(due, now + LOG_EVERY_MILLIS)) {
      LOG.atWarn()
          .addKeyValue("tenant", source.tenant())
          .addKeyValue("source", source.id())
          .addKeyValue("reason", verdict.word())
          .addKeyValue("logOnly", rules.logOnly)
          .log("source not admitted");
    }
  }

  void failed(RuntimeException bug) {
    long now = clock.millis();
    long due = nextLog.get();
    if (now >= due && nextLog.compareAndSet(due, now + LOG_EVERY_MILLIS)) {
      LOG.atError().setCause(bug).log("admission failed");
    }
  }

  AdmissionMetrics metrics() {
    return metrics;
  }

  UnknownExporters unknownExporters() {
    return unknownExporters;
  }

  InstantSource clock() {
    return clock;
  }

  /** The gate of one worker. */
  public FlowGate gate() {
    return new FlowGate(this);
  }

  /** Whose an exporter's events are. */
  public String tenantOf(Ip exporter) {
    var member = state().table.exporter(exporter);
    return member == null ? Tenant.DEFAULT : member.source().tenant();
  }

  /** A batch became durable: its sources have sent. */
  public void durable(EventBatch batch) {
    var table = state().table;
    var now = clock.instant();
    @Nullable Origin origin = null;
    @Nullable Member member = null;
    long records = 0;
    long risk = 0;
    for (var event : batch.events()) {
      var next = event.origin();
      if (!isSame(next, origin)) {
        took(member, origin, records, risk, now);
        origin = next;
        member = member(table, batch.tenant(), next);
        records = 0;
        risk = 0;
      }
      records++;
      var found = event.enrichment();
      risk += found == null ? 0 : found.riskScore();
    }
    took(member, origin, records, risk, now);
  }

  @SuppressWarnings("ReferenceEquality") // the events of a message share one
  private static boolean isSame(Origin next, @Nullable Origin origin) {
    return next == origin;
  }

  private static void took(
      @Nullable Member member, @Nullable Origin origin, long records, long risk, Instant now) {
    if (member != null && origin != null) {
      member.activity().took(now, typeOf(origin.protocol()), records, risk);
    }
  }

  private static Source.Type typeOf(Protocol protocol) {
    return protocol == Protocol.FLOW_JSON || protocol == Protocol.ZEEK
        ? Source.Type.HTTP
        : Source.Type.UDP;
  }

  /** The source that an event names: clients say so in either of two places. */
  private static @Nullable Member member(AdmissionTable table, String tenant, Origin origin) {
    var byCollector = named(table, tenant, origin.collector());
    return byCollector != null ? byCollector : named(table, tenant, origin.sourceId());
  }

  private static @Nullable Member named(AdmissionTable table, String tenant, @Nullable String id) {
    return id == null ? null : table.find(new Source.Key(tenant, id));
  }

  /** What a source did. */
  public Optional<SourceActivity> activity(Source.Key key) {
    return Optional.ofNullable(state().table.find(key)).map(Member::activity);
  }

  /** When the sources of all tenants last sent to this server. */
  Map<Source.Key, Sources.Seen> seen() {
    var seen = new HashMap<Source.Key, Sources.Seen>();
    for (var member : state().table.members()) {
      member.activity().seen().ifPresent(last -> seen.put(member.source().key(), last));
    }
    return seen;
  }

  /**
   * What admission would say of one record from an address, with everything measured: whether the
   * flags want it so or not. Takes nothing from the source's rate.
   */
  public Optional<Verdict> test(Source.Key key, Ip client) {
    var now = state();
    return Optional.ofNullable(now.table.find(key))
        .map(member -> tested(now.rules, member, client));
  }

  private static Verdict tested(Rules rules, Member member, Ip client) {
    if (!member.source().isEnabled()) {
      return Verdict.DISABLED;
    }
    if (!mayPostFrom(rules, member, client)) {
      return Verdict.IP_NOT_ALLOWED;
    }
    boolean isTooFast =
        member.isLimited()
            && !member.activity().bucket().hasOne(member.source().maxEps(), System.nanoTime());
    return isTooFast ? Verdict.RATE_LIMIT : Verdict.ALLOWED;
  }

  /** Whether what {@link #test} says would be done to what comes now. */
  public boolean isEnforced(Source.Type type) {
    var rules = state().rules;
    return !rules.logOnly && (type == Source.Type.HTTP ? rules.http : rules.flows);
  }

  /** How many sources of all tenants may send. */
  public long enabledSources() {
    return state().table.members().stream().filter(member -> member.source().isEnabled()).count();
  }

  /** The networks of all enabled sources that send flows; the same list until they change. */
  public List<Prefix> exporterNetworks() {
    return state().table.enabledNetworks();
  }
}
