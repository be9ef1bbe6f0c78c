package io.penstock.decode;

import io.penstock.decode.OptionsRow.Lesson;
import io.penstock.event.Event;
import io.penstock.event.Traffic.Sampling;
import io.penstock.event.Traffic.Sampling.Algorithm;
import io.penstock.event.Traffic.Sampling.Source;
import io.penstock.exporters.ExporterId;
import io.penstock.registry.InformationElement;
import io.penstock.wire.DataRecord;
import io.penstock.wire.Shares.Share;
import io.penstock.wire.Standing.Place;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one exporter said of itself in options records: its tables as they stand, what follows from
 * them for flows (sampling rates, names, when it started), and the words it taught us.
 *
 * <p>What is announced holds for an observation domain. Line cards announce in one domain and send
 * flows in another (decoding case 35), so a look-up that fails in its domain goes on to the whole
 * exporter, as far as its domains agree. A new announcement counts from its arrival on (case 76).
 *
 * <p>Every row is bounded in number and octets, see {@link OptionsLimits}; what it teaches goes
 * with it. Rows that teach nothing have a shelf of their own. Whatever else grows here is counted
 * in the same currency, octets of the book.
 */
final class Announcements {

  /** A start computed from a flow that lies this far behind the last one means a restart. */
  private static final long RESTART = 3_600 * ExporterTime.SECOND;

  /** Domains that teach something; there are as many as an exporter has line cards. */
  private static final int DOMAINS_MAX = 256;

  /** Domains in which a start is guessed. */
  private static final int GUESSES_MAX = 256;

  /** Answers remembered for flows of domains that announced nothing themselves. */
  private static final int ELSEWHERE_MAX = 4_096;

  /** Beyond this, a chain of selectors lets nothing through: the product cannot be meant. */
  private static final long RATE_MAX = 1L << 40;

  /** What an answer remembered takes: its place in a table that is half empty at most. */
  private static final int ANSWER_BYTES = 48;

  private static final int GUESS_BYTES = 40;

  private static final byte[][] NO_MEMBERS = {};

  private final ExporterId id;
  private final AnnouncementBook book;
  private final Sampling configured;
  private final Vocabulary vocabulary;
  private final FirewallConnections connections;
  private final Place<Announcements> place;
  private final Share<Announcements> share;

  /** Oldest first. */
  private final Map<OptionsRow.Key, OptionsRow> useful = new LinkedHashMap<>();

  private final Map<OptionsRow.Key, OptionsRow> others = new LinkedHashMap<>();
  private final LongMap<Domain> domains = new LongMap<>();
  private final List<Guess> guesses = new ArrayList<>(1);
  private int bytes;

  /** Counts the changes: what was found out about the whole exporter holds until the next. */
  private int version;

  private int elsewhereVersion;
  private final LongMap<Sampling> samplersElsewhere = new LongMap<>();
  private final List<LongMap<byte[][]>> namesElsewhere = maps();
  private @Nullable Sampling exporterWide;
  private boolean hasRates;
  private boolean hasNames;

  Announcements(ExporterId id, AnnouncementBook book, Sampling configured, Vocabulary vocabulary) {
    this.id = id;
    this.book = book;
    this.configured = configured;
    this.vocabulary = vocabulary;
    this.connections = new FirewallConnections(this, book);
    this.place = new Place<>(this, id.address().toBytes());
    this.share = new Share<>(this);
  }

  private static List<LongMap<byte[][]>> maps() {
    var maps = new ArrayList<LongMap<byte[][]>>();
    for (int i = 0; i < NameKind.COUNT; i++) {
      maps.add(new LongMap<>());
    }
    return List.copyOf(maps);
  }

  ExporterId id() {
    return id;
  }

  /** Its place among the exporters of the book. */
  Place<Announcements> place() {
    return place;
  }

  /** Its share of the book's octets. */
  Share<Announcements> share() {
    return share;
  }

  /** What the fields of its templates mean. */
  Vocabulary vocabulary() {
    return vocabulary;
  }

  /** The rate that the operator configured for this exporter. */
  Sampling configured() {
    return configured;
  }

  /** The connections that a firewall reported. */
  FirewallConnections connections() {
    return connections;
  }

  /** The rows, those refreshed longest ago first. */
  List<OptionsRow> rows() {
    var rows = new ArrayList<>(useful.values());
    rows.addAll(others.values());
    return rows;
  }

  /** Takes note of an options record. */
  void learn(long domain, DataRecord record, RecordPlan plan, Lesson lesson, long receivedNanos) {
    var layout = plan.layout();
    var key = new OptionsRow.Key(domain, layout.identity(), layout.key(record));
    var known = removeFrom(key);
    if (known != null && known.isSame(record)) {
      // Refreshed: it moves to the end, and nothing else changes.
      var row = known.refreshed(receivedNanos);
      shelf(row).put(key, row);
      teach(row);
      return;
    }
    if (known != null) {
      forget(known);
    }
    var own = DataRecord.of(plan.template(), record.header(), record.octets());
    if (own.isEmpty()) {
      return;
    }
    var row =
        new OptionsRow(key, own.get(), plan, lesson, members(layout, own.get()), receivedNanos);
    add(row);
  }

  private byte[][] members(OptionsLayout layout, DataRecord record) {
    if (layout.kind() == null) {
      return NO_MEMBERS;
    }
    var members = layout.members(record);
    for (int i = 0; i < members.length; i++) {
      members[i] = book.shared(members[i]);
    }
    return members;
  }

  private @Nullable OptionsRow removeFrom(OptionsRow.Key key) {
    var row = useful.remove(key);
    return row != null ? row : others.remove(key);
  }

  private Map<OptionsRow.Key, OptionsRow> shelf(OptionsRow row) {
    return row.isUseful() ? useful : others;
  }

  private void add(OptionsRow row) {
    var shelf = shelf(row);
    var limits = book.limits();
    int rowsMax = row.isUseful() ? limits.rowsPerExporter() : limits.otherRowsPerExporter();
    boolean fits = row.bytes() <= limits.bytesPerExporter();
    while (fits && (shelf.size() >= rowsMax || bytes + row.bytes() > limits.bytesPerExporter())) {
      book.displaced();
      fits = shelf.size() >= rowsMax ? displaceOldest(shelf) : displaceOldest();
    }
    boolean isNewDomain = row.isUseful() && domains.get(row.key().domain()) == null;
    if (!fits || isNewDomain && domains.size() >= DOMAINS_MAX) {
      book.displaced();
      return;
    }
    shelf.put(row.key(), row);
    bytes += row.bytes();
    book.added(row);
    teach(row);
    book.grew(this, row.bytes());
  }

  /** Takes note of a word of the exporter's own (RFC 5610). */
  Vocabulary.Learned learn(InformationElement element) {
    int before = vocabulary.bytes();
    var outcome = vocabulary.learn(element);
    book.grew(this, vocabulary.bytes() - before);
    return outcome;
  }

  /**
   * Gives a piece back, one that is missed least: what can be found out again, then what is only
   * shown, then what only time has told.
   *
   * @return false if there is nothing left
   */
  boolean giveBack() {
    return forgetAnswers()
        || displace(others)
        || connections.displaceOldest()
        || displace(useful)
        || forgetGuesses()
        || forgetWords();
  }

  private boolean displace(Map<OptionsRow.Key, OptionsRow> shelf) {
    if (!displaceOldest(shelf)) {
      return false;
    }
    book.displaced();
    return true;
  }

  private boolean forgetAnswers() {
    int answers = answers();
    samplersElsewhere.clear();
    namesElsewhere.forEach(LongMap::clear);
    book.shrank(this, (long) answers * ANSWER_BYTES);
    return answers > 0;
  }

  private int answers() {
    int answers = samplersElsewhere.size();
    for (var map : namesElsewhere) {
      answers += map.size();
    }
    return answers;
  }

  private boolean forgetGuesses() {
    int count = guesses.size();
    guesses.clear();
    book.shrank(this, (long) count * GUESS_BYTES);
    return count > 0;
  }

  private boolean forgetWords() {
    int words = vocabulary.bytes();
    vocabulary.clear();
    book.shrank(this, words);
    return words > 0;
  }

  /** Gives up the row refreshed longest ago, first of those that teach nothing. */
  private boolean displaceOldest() {
    return displaceOldest(others) || displaceOldest(useful);
  }

  private boolean displaceOldest(Map<OptionsRow.Key, OptionsRow> shelf) {
    var oldest = shelf.entrySet().iterator();
    if (!oldest.hasNext()) {
      return false;
    }
    var row = oldest.next().getValue();
    oldest.remove();
    forget(row);
    return true;
  }

  /** Gives up the rows not refreshed since then. */
  void expire(long nanos) {
    expire(useful, nanos);
    expire(others, nanos);
  }

  private void expire(Map<OptionsRow.Key, OptionsRow> shelf, long nanos) {
    while (!shelf.isEmpty()) {
      var oldest = shelf.values().iterator().next();
      if (oldest.refreshedNanos() >= nanos) {
        return;
      }
      displaceOldest(shelf);
    }
  }

  /** Undoes what a row, already off its shelf, had taught. */
  private void forget(OptionsRow row) {
    bytes -= row.bytes();
    book.removed(row);
    book.shrank(this, row.bytes());
    var domain = domains.get(row.key().domain());
    if (domain == null || !row.isUseful()) {
      return;
    }
    domain.forget(row);
    if (domain.isEmpty()) {
      domains.remove(domain.id);
    }
    changed();
  }

  private void teach(OptionsRow row) {
    if (!row.isUseful()) {
      return;
    }
    var id = row.key().domain();
    var domain = domains.get(id);
    if (domain == null) {
      domain = new Domain(id);
      domains.put(id, domain);
    }
    if (domain.learn(row)) {
      changed();
    }
  }

  private void changed() {
    version++;
    book.changed();
    hasRates = false;
    hasNames = false;
    domains.forEach(
        domain -> {
          hasRates |= domain.hasRates();
          hasNames |= domain.hasNames();
        });
  }

  /** Whether the exporter named anything that flows refer to. */
  boolean hasNames() {
    return hasNames;
  }

  /**
   * The rate of a flow, or none.
   *
   * @param sequence the selection sequence it names, or ABSENT
   * @param sampler the sampler or selector it names, or ABSENT
   * @param port the interface where it was observed, or ABSENT
   */
  Sampling sampling(long domain, long sequence, long sampler, long port) {
    if (!hasRates) {
      return Sampling.UNKNOWN;
    }
    var own = domains.get(domain);
    var named = own == null ? Sampling.UNKNOWN : own.named(sequence, sampler, port, version);
    if (named.rate() > 0) {
      return named;
    }
    if (sampler != Event.ABSENT && (own == null || own.samplers.get(sampler) == null)) {
      var elsewhere = samplerElsewhere(sampler);
      if (elsewhere.rate() > 0) {
        return elsewhere;
      }
    }
    if (own != null && own.whole != null) {
      return own.whole.own;
    }
    return exporterWide();
  }

  /** What was found out about the whole exporter is found out anew after a change. */
  private void refreshElsewhere() {
    if (elsewhereVersion == version) {
      return;
    }
    elsewhereVersion = version;
    forgetAnswers();
    exporterWide = null;
  }

  private Sampling samplerElsewhere(long sampler) {
    refreshElsewhere();
    var known = samplersElsewhere.get(sampler);
    if (known != null) {
      return known;
    }
    var agreement = new Agreement();
    domains.forEach(domain -> agreement.add(domain.samplers.get(sampler)));
    var answer = agreement.sampling();
    remember(samplersElsewhere, sampler, answer);
    return answer;
  }

  private <V> void remember(LongMap<V> answers, long asked, V answer) {
    if (answers.size() >= ELSEWHERE_MAX) {
      book.shrank(this, (long) answers.size() * ANSWER_BYTES);
      answers.clear();
    }
    answers.put(asked, answer);
    book.grew(this, ANSWER_BYTES);
  }

  /** The rate on which the domains agree; where none has one, that on which all samplers agree. */
  private Sampling exporterWide() {
    refreshElsewhere();
    var known = exporterWide;
    if (known == null) {
      known = agreedRate();
      exporterWide = known;
    }
    return known;
  }

  private Sampling agreedRate() {
    var wholes = new Agreement();
    domains.forEach(domain -> wholes.add(domain.whole));
    if (wholes.isAsked) {
      return wholes.sampling();
    }
    var parts = new Agreement();
    domains.forEach(
        domain -> {
          domain.samplers.forEach(parts::add);
          domain.interfaces.forEach(parts::add);
        });
    return parts.sampling();
  }

  /**
   * The members that the exporter gave to a number, each at its place and some of no octets; null
   * when it gave none, or different ones in different domains of which this is none.
   */
  byte @Nullable [][] named(NameKind kind, long domain, long number) {
    var own = domains.get(domain);
    var members = own == null ? null : own.names.get(kind.ordinal()).get(number);
    if (members != null) {
      return members;
    }
    refreshElsewhere();
    var elsewhere = namesElsewhere.get(kind.ordinal());
    var known = elsewhere.get(number);
    if (known == null) {
      known = agreed(kind, number);
      remember(elsewhere, number, known);
    }
    return known.length == 0 ? null : known;
  }

  private byte[][] agreed(NameKind kind, long number) {
    var found = new byte[1][][];
    found[0] = NO_MEMBERS;
    var differ = new boolean[1];
    domains.forEach(
        domain -> {
          var members = domain.names.get(kind.ordinal()).get(number);
          if (members != null) {
            differ[0] |= found[0].length > 0 && !Arrays.deepEquals(found[0], members);
            found[0] = members;
          }
        });
    return differ[0] ? NO_MEMBERS : found[0];
  }

  /** When the exporter says it started, in this domain or any; ABSENT when it never said. */
  long announcedStart(long domain) {
    var own = domains.get(domain);
    if (own != null && own.start != null) {
      return own.start.lesson().startNanos();
    }
    if (domains.isEmpty()) {
      return Event.ABSENT;
    }
    var latest = new long[] {Event.ABSENT};
    domains.forEach(
        other -> {
          if (other.start != null) {
            latest[0] = Math.max(latest[0], other.start.lesson().startNanos());
          }
        });
    return latest[0];
  }

  /**
   * The best guess of when a silent exporter started. A flow ends before it is exported, so every
   * flow gives a bound that the start cannot be later than; the lowest bound comes from flows that
   * were exported at once, and is about right (decoding case 69).
   *
   * @param bound export time less the uptime at which a flow ended, nanoseconds since 1970
   */
  long guessedStart(long domain, long bound) {
    var guess = guessOf(domain);
    boolean isUnset = guess.nanos == Event.ABSENT;
    if (isUnset || bound < guess.nanos || bound - guess.nanos > RESTART) {
      guess.nanos = bound;
    }
    return guess.nanos;
  }

  private Guess guessOf(long domain) {
    for (var guess : guesses) {
      if (guess.domain == domain) {
        return guess;
      }
    }
    if (guesses.size() == GUESSES_MAX) {
      guesses.removeFirst();
      book.shrank(this, GUESS_BYTES);
    }
    var guess = new Guess(domain);
    guesses.add(guess);
    book.grew(this, GUESS_BYTES);
    return guess;
  }

  private static final class Guess {

    private final long domain;
    private long nanos = Event.ABSENT;

    Guess(long domain) {
      this.domain = domain;
    }
  }

  /** A rate, as the domain's own and as another domain's of the exporter. */
  private static final class Rate {

    private final OptionsRow from;
    private final Sampling own;
    private final Sampling elsewhere;

    Rate(OptionsRow from, Source source) {
      long rate = Math.max(0, from.lesson().rate());
      this.from = from;
      var algorithm = from.lesson().algorithm();
      this.own = rate == 0 ? Sampling.UNKNOWN : new Sampling(rate, source, algorithm);
      this.elsewhere =
          rate == 0 ? Sampling.UNKNOWN : new Sampling(rate, Source.EXPORTER, algorithm);
    }
  }

  /** Selectors that packets pass one after the other, and the rate of all together. */
  private static final class Sequence {

    private final OptionsRow from;
    private final long[] selectors;
    private Sampling sampling = Sampling.UNKNOWN;
    private int version = -1;

    Sequence(OptionsRow from, long[] selectors) {
      this.from = from;
      this.selectors = selectors;
    }
  }

  /** The rate that several announcements have in common, and the algorithm if they share it. */
  private static final class Agreement {

    private Sampling common = Sampling.UNKNOWN;
    private boolean isAsked;
    private boolean differ;

    void add(@Nullable Rate rate) {
      if (rate == null || rate.own.rate() == 0) {
        return;
      }
      differ |= isAsked && common.rate() != rate.own.rate();
      boolean isSame = !isAsked || common.algorithm() == rate.own.algorithm();
      common = isSame ? rate.elsewhere : new Sampling(rate.own.rate(), Source.EXPORTER);
      isAsked = true;
    }

    Sampling sampling() {
      return differ ? Sampling.UNKNOWN : common;
    }
  }

  /** What one observation domain's rows teach. */
  private static final class Domain {

    private final long id;
    private final LongMap<Rate> samplers = new LongMap<>();
    private final LongMap<Rate> interfaces = new LongMap<>();
    private final LongMap<Sequence> sequences = new LongMap<>();
    private final List<LongMap<byte[][]>> names = maps();
    private @Nullable Rate whole;
    private @Nullable OptionsRow start;

    Domain(long id) {
      this.id = id;
    }

    boolean hasRates() {
      return whole != null || !samplers.isEmpty() || !interfaces.isEmpty();
    }

    boolean hasNames() {
      for (var map : names) {
        if (!map.isEmpty()) {
          return true;
        }
      }
      return false;
    }

    boolean isEmpty() {
      return !hasRates() && !hasNames() && sequences.isEmpty() && start == null;
    }

    /** The rate of what a flow names: its selection sequence, else its sampler, else its port. */
    Sampling named(long sequence, long sampler, long port, int version) {
      if (sequence != Event.ABSENT) {
        var chain = sequences.get(sequence);
        if (chain != null && chain.version != version) {
          chain.sampling = product(chain.selectors);
          chain.version = version;
        }
        if (chain != null && chain.sampling.rate() > 0) {
          return chain.sampling;
        }
      }
      var rate = sampler == Event.ABSENT ? null : samplers.get(sampler);
      if (rate == null && sampler == Event.ABSENT && port > 0) {
        rate = interfaces.get(port);
      }
      return rate == null ? Sampling.UNKNOWN : rate.own;
    }

    /** Each selector passes on a part of what the one before let through; filters lose nothing. */
    private Sampling product(long[] selectors) {
      long product = 1;
      boolean samples = false;
      var algorithm = Algorithm.UNKNOWN;
      for (long selector : selectors) {
        var rate = samplers.get(selector);
        boolean isFilter = rate != null && rate.from.lesson().isFilter();
        if (rate == null || !isFilter && rate.own.rate() == 0) {
          return Sampling.UNKNOWN;
        }
        if (!isFilter) {
          var next = rate.own.algorithm();
          algorithm = !samples || algorithm == next ? next : Algorithm.UNKNOWN;
          samples = true;
          product = rate.own.rate() > RATE_MAX / product ? 0 : product * rate.own.rate();
        }
        if (product == 0) {
          return Sampling.UNKNOWN;
        }
      }
      return samples ? new Sampling(product, Source.SAMPLER, algorithm) : Sampling.UNKNOWN;
    }

    /** Whether anything changed. */
    boolean learn(OptionsRow row) {
      boolean changed = learnNames(row);
      var lesson = row.lesson();
      var layout = row.plan().layout();
      if (lesson.startNanos() != Event.ABSENT) {
        changed |= start == null || !start.lesson().equals(lesson);
        start = row;
      }
      long sequence = layout.sequence(row.record());
      if (sequence != Event.ABSENT && lesson.rate() == Event.ABSENT) {
        var selectors = layout.selectors(row.record());
        var known = sequences.get(sequence);
        if (known == null || !Arrays.equals(known.selectors, selectors)) {
          changed = true;
        }
        sequences.put(sequence, new Sequence(row, selectors));
      }
      return learnRate(row) || changed;
    }

    private boolean learnRate(OptionsRow row) {
      var lesson = row.lesson();
      if (lesson.sampler() != Event.ABSENT) {
        if (lesson.rate() == Event.ABSENT && !lesson.isFilter()) {
          return false;
        }
        return put(samplers, lesson.sampler(), new Rate(row, Source.SAMPLER));
      }
      if (lesson.rate() == Event.ABSENT) {
        return false;
      }
      long port = row.plan().layout().interfaceNumber(row.record());
      if (port > 0) {
        return put(interfaces, port, new Rate(row, Source.SAMPLER));
      }
      var known = whole;
      whole = new Rate(row, Source.DOMAIN);
      return known == null || !known.own.equals(whole.own);
    }

    private static boolean put(LongMap<Rate> map, long key, Rate rate) {
      var known = map.get(key);
      map.put(key, rate);
      return known == null || !known.own.equals(rate.own);
    }

    private boolean learnNames(OptionsRow row) {
      var kind = row.plan().layout().kind();
      if (kind == null) {
        return false;
      }
      long number = row.plan().layout().number(row.record());
      var map = names.get(kind.ordinal());
      var known = map.get(number);
      // Several tables may tell different things of one number: each fills its own places.
      var members = known == null ? row.members().clone() : known;
      boolean changed = known == null;
      for (int i = 0; i < members.length; i++) {
        var told = row.members()[i];
        boolean isNews = told.length > 0 && !Arrays.equals(told, members[i]);
        members[i] = isNews ? told : members[i];
        changed |= isNews;
      }
      map.put(number, members);
      return changed;
    }

    void forget(OptionsRow row) {
      forget(samplers, row.lesson().sampler(), row);
      forget(interfaces, row.plan().layout().interfaceNumber(row.record()), row);
      long sequence = row.plan().layout().sequence(row.record());
      var chain = sequences.get(sequence);
      if (chain != null && chain.from.key().equals(row.key())) {
        sequences.remove(sequence);
      }
      if (whole != null && whole.from.key().equals(row.key())) {
        whole = null;
      }
      if (start != null && start.key().equals(row.key())) {
        start = null;
      }
      forgetNames(row);
    }

    private static void forget(LongMap<Rate> map, long key, OptionsRow row) {
      var rate = map.get(key);
      if (rate != null && rate.from.key().equals(row.key())) {
        map.remove(key);
      }
    }

    private void forgetNames(OptionsRow row) {
      var kind = row.plan().layout().kind();
      if (kind == null) {
        return;
      }
      long number = row.plan().layout().number(row.record());
      var map = names.get(kind.ordinal());
      var members = map.get(number);
      if (members == null) {
        return;
      }
      boolean isEmpty = true;
      for (int i = 0; i < members.length; i++) {
        if (Arrays.equals(members[i], row.members()[i])) {
          members[i] = Event.NO_EXTRA;
        }
        isEmpty &= members[i].length == 0;
      }
      if (isEmpty) {
        map.remove(number);
      }
    }
  }
}
