package io.penstock.decode;

import io.penstock.decode.Vocabulary.Learned;
import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.exporters.ExporterBook;
import io.penstock.exporters.ExporterId;
import io.penstock.registry.Registry;
import io.penstock.sflow.SflowDatagram;
import io.penstock.sflow.SflowDecoder;
import io.penstock.sflow.SflowSample;
import io.penstock.wire.DataRecord;
import io.penstock.wire.DecoderCounters;
import io.penstock.wire.DecoderCounters.Count;
import io.penstock.wire.Exporter;
import io.penstock.wire.ExporterState;
import io.penstock.wire.FlowDecoder;
import io.penstock.wire.MessageHeader;
import io.penstock.wire.RecordHandler;
import io.penstock.wire.Rejection;
import io.penstock.wire.SavedTemplate;
import io.penstock.wire.Template;
import io.penstock.wire.TemplateFault;
import io.penstock.wire.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns datagrams and stream messages into events. One for each worker thread, and an exporter
 * always on the same one; the lock only lets another thread save the templates meanwhile.
 *
 * <p>Time passes by the times of receipt it is given, so recorded traffic decodes the same whenever
 * it is decoded.
 */
public final class DatagramDecoder {

  private static final Logger LOG = LoggerFactory.getLogger(DatagramDecoder.class);

  private final Supplier<Registry> registries;
  private final DecodeConfig config;
  private final Consumer<Event> sink;
  private final DecodeMetrics metrics;
  private final EventBuilder builder;
  private final FlowDecoder wire;
  private final ExporterBook book;
  private final SflowEvents sflow;
  private final AnnouncementBook announcements;
  private final FaultLog faults = new FaultLog();

  private int localPort;
  private @Nullable String sourceId;
  private long nowNanos;
  private long records;
  private long failures;

  /** Of the message being read: its options records, and an event made of it. */
  private int options;

  private @Nullable Event example;

  /** Quirks of the last event, and events in a row that have the same. */
  private int oddities;

  private long oddEvents;
  private boolean templatesChanged;
  private Registry registry;
  private @Nullable Sender sender;
  private @Nullable MessageContext message;

  /**
   * @param sink takes each event, on the decoding thread
   */
  public DatagramDecoder(
      DecodeConfig config, Registry registry, Consumer<Event> sink, DecodeMetrics metrics) {
    this(config, () -> registry, sink, metrics);
  }

  /**
   * @param registries gives the registry in use; asked once a datagram. When it gives another one,
   *     the records of templates that are known already are read anew with it
   * @param sink takes each event, on the decoding thread
   */
  public DatagramDecoder(
      DecodeConfig config,
      Supplier<Registry> registries,
      Consumer<Event> sink,
      DecodeMetrics metrics) {
    this(config, registries, sink, metrics, new EventIds());
  }

  DatagramDecoder(
      DecodeConfig config,
      Registry registry,
      Consumer<Event> sink,
      DecodeMetrics metrics,
      EventIds ids) {
    this(config, () -> registry, sink, metrics, ids);
  }

  DatagramDecoder(
      DecodeConfig config,
      Supplier<Registry> registries,
      Consumer<Event> sink,
      DecodeMetrics metrics,
      EventIds ids) {
    this.config = config;
    this.registries = registries;
    this.registry = registries.get();
    this.sink = sink;
    this.metrics = metrics;
    this.builder = new EventBuilder(ids, config.tunnels());
    this.announcements =
        new AnnouncementBook(
            config.exportersMax(),
            registry,
            config.options(),
            config.sampling(),
            metrics.announcements());
    this.wire = new FlowDecoder(config.limits(), new ReceiptClock(), new Interpreter());
    this.book = new ExporterBook(config.book(), metrics.exporters());
    this.sflow =
        new SflowEvents(
            new EventBuilder(ids, config.tunnels()),
            new PortNames(announcements, book::has, () -> registry),
            wire.counters(),
            new Samples());
    metrics.watch(wire.counters());
  }

  /** Decodes one datagram. The buffer may be reused after the call. */
  public void decode(
      InetSocketAddress from, long receivedNanos, byte[] buffer, int offset, int length) {
    decode(new Exporter(from), receivedNanos, buffer, offset, length);
  }

  /** Decodes one datagram, or one message of the exporter's stream. */
  public synchronized void decode(
      Exporter exporter, long receivedNanos, byte[] buffer, int offset, int length) {
    nowNanos = receivedNanos;
    registry = registries.get();
    var ip = sender(exporter).id.address();
    if (!book.arrived(exporter, ip, localPort, receivedNanos, buffer, offset, length)) {
      return;
    }
    records = 0;
    message = null;
    long failuresBefore = failures;
    long octetsBefore = understood();
    long accountedBefore = accounted();
    try {
      read(exporter, buffer, offset, length);
    } catch (RuntimeException | Error e) {
      // Whoever called is the boundary that answers for this; here it is put down to its exporter.
      long octets = understood() - octetsBefore;
      long rest = length - (accounted() - accountedBefore);
      options = 0;
      example = null;
      countOdd();
      book.failed(octets, records + failures - failuresBefore, records, rest);
      throw e;
    }
    countOdd();
    book.decoded(understood() - octetsBefore, records + failures - failuresBefore, records);
    if (records > 0) {
      metrics.parsed(records);
    }
  }

  private void read(Exporter exporter, byte[] buffer, int offset, int length) {
    if (SflowDecoder.isSflow(buffer, offset, length)) {
      sflow.decode(exporter, nowNanos, buffer, offset, length);
    } else {
      wire.decode(exporter, buffer, offset, length);
    }
  }

  /** The events of a message mostly have the same quirks, or none: they are counted together. */
  private void odd(int quirks) {
    if (quirks != oddities) {
      countOdd();
      oddities = quirks;
    }
    oddEvents++;
  }

  private void countOdd() {
    if (oddities != 0 && oddEvents > 0) {
      metrics.quirks(oddities, oddEvents);
      book.odd(oddities, oddEvents);
    }
    oddEvents = 0;
  }

  /** Octets that were not in vain: neither rejected nor waiting. */
  private long understood() {
    var counters = wire.counters();
    return counters.get(Count.FRAMING_OCTETS)
        + counters.get(Count.TEMPLATE_OCTETS)
        + counters.get(Count.RECORD_OCTETS)
        + counters.get(Count.PADDING_OCTETS);
  }

  /** Octets of which it is known what became of them. */
  private long accounted() {
    var counters = wire.counters();
    return understood() + counters.get(Count.WAITING_OCTETS) + counters.rejectedOctets();
  }

  /** What comes now was received on this port. */
  public synchronized void receivedOn(int port) {
    localPort = port;
  }

  /** What comes now was sent by this source; null for none that is known. */
  public synchronized void sourceIs(@Nullable String id) {
    sourceId = id;
    sflow.sourceIs(id);
  }

  /** Gives up sets that waited too long for a template; for times when nothing arrives. */
  public synchronized void expire(long nowNanos) {
    this.nowNanos = nowNanos;
    wire.expire();
    announcements.expire(nowNanos - config.limits().templateLife().toNanos());
  }

  /** Accounts for octets of an exporter's stream that could not be cut into messages. */
  public synchronized void reject(Exporter exporter, Rejection reason, int octets) {
    wire.reject(exporter, reason, octets);
  }

  /** Ends an exporter's stream (RFC 7011 §8.4). */
  public synchronized void close(Exporter exporter) {
    wire.close(exporter);
    book.closed(exporter, Ip.of(exporter.address().getAddress()));
  }

  /** What is known of the exporters heard; to be read from any thread. */
  public ExporterBook book() {
    return book;
  }

  /** The templates that an address taught. */
  synchronized List<SavedTemplate> templates(InetAddress address) {
    return wire.templates(address);
  }

  /** What is held for an address: templates, and sets that wait for one. */
  synchronized List<ExporterState> held(InetAddress address) {
    return wire.exporters(address);
  }

  /** What happened below the events; to be read from any thread. */
  public DecoderCounters counters() {
    return wire.counters();
  }

  /** Whether templates were learned or changed since this was last asked. */
  synchronized boolean haveTemplatesChanged() {
    boolean changed = templatesChanged;
    templatesChanged = false;
    return changed;
  }

  synchronized List<SavedTemplate> templates() {
    return wire.templates();
  }

  /** Takes templates from an earlier run; before the first datagram. */
  synchronized void restore(List<SavedTemplate> templates) {
    templates.forEach(wire::restore);
  }

  /** Whether anything useful was announced since this was last asked. */
  synchronized boolean haveOptionsChanged() {
    return announcements.hasChanged();
  }

  /** All that exporters announced, as it stands. */
  synchronized List<SavedOptions> options() {
    var saved = new ArrayList<SavedOptions>();
    for (var exporter : announcements.all()) {
      for (var row : exporter.rows()) {
        var record = row.record();
        saved.add(
            new SavedOptions(
                exporter.id(),
                row.key().domain(),
                record.header().exportSeconds(),
                row.refreshedNanos(),
                record.template(),
                record.bytes(),
                exporter.place().isEstablished()));
      }
    }
    return saved;
  }

  /** Takes an options record from an earlier run; before the first datagram. */
  synchronized void restore(SavedOptions saved) {
    var version = saved.template().version();
    var header =
        new MessageHeader(
            version, 0, -1, saved.exportSeconds(), 0, 0, saved.domain(), -1, false, false);
    var record = DataRecord.of(saved.template(), header, saved.octets());
    if (record.isEmpty()) {
      return;
    }
    var exporter = announcements.of(saved.exporter());
    if (saved.isEstablished()) {
      announcements.establish(exporter, saved.refreshedNanos() / ExporterTime.MILLISECOND);
    }
    var skewMax = config.clockSkewMax().toNanos();
    var words = exporter.vocabulary();
    var context =
        new MessageContext(
            header,
            saved.exporter().address(),
            0,
            saved.refreshedNanos(),
            false,
            skewMax,
            exporter,
            words,
            null);
    var plan = RecordPlan.of(saved.template(), words);
    builder.begin(context);
    plan.run(record.get(), builder, words);
    builder.announce(context, plan, record.get());
  }

  /**
   * The options tables of an exporter as they stand; none of one that announced nothing.
   *
   * @param rowsMax the most rows that one table shows
   */
  public List<OptionsTable> optionsTables(ExporterId exporter, int rowsMax) {
    List<OptionsRow> rows;
    synchronized (this) {
      var known = announcements.peek(exporter);
      rows = known == null ? List.of() : known.rows();
    }
    // Rows never change: writing them out need not keep the decoder waiting.
    return OptionsTable.of(rows, rowsMax);
  }

  private Sender sender(Exporter exporter) {
    var last = sender;
    if (last != null && last.exporter.equals(exporter)) {
      return last;
    }
    var found = new Sender(exporter, new ExporterId(Ip.of(exporter.address().getAddress())));
    sender = found;
    return found;
  }

  /** Of the address, since a template may be borrowed from another port. */
  private Announcements announcements(Exporter exporter) {
    var known = announcements.of(sender(exporter).id);
    long nowMillis = nowNanos / ExporterTime.MILLISECOND;
    if (exporter.transport() == Transport.STREAM) {
      // Whoever completed a handshake has the address it claims.
      announcements.establish(known, nowMillis);
    }
    announcements.earned(known, nowMillis);
    known.vocabulary().use(registry);
    return known;
  }

  private MessageContext message(Exporter exporter, DataRecord record) {
    var current = message;
    if (current != null && current.isOf(record.header(), record.isLate())) {
      return current;
    }
    var known = announcements(exporter);
    long received = record.isLate() ? record.receivedMillis() * ExporterTime.MILLISECOND : nowNanos;
    var next =
        new MessageContext(
            record.header(),
            known.id().address(),
            exporter.address().getPort(),
            received,
            record.isLate(),
            config.clockSkewMax().toNanos(),
            known,
            known.vocabulary(),
            sourceId);
    message = next;
    return next;
  }

  private Event event(Exporter exporter, DataRecord record) {
    var context = message(exporter, record);
    var plan = RecordPlan.of(record.template(), context.vocabulary());
    builder.begin(context);
    plan.run(record, builder, context.vocabulary());
    if (plan.types() != null) {
      learn(plan.types(), record, context);
    }
    return record.template().isOptions()
        ? builder.options(context, plan, record)
        : builder.flow(context, plan);
  }

  private void learn(TypeInformation types, DataRecord record, MessageContext context) {
    var element = types.read(record, context.vocabulary());
    metrics.described(element == null ? Learned.REFUSED : context.announcements().learn(element));
  }

  /** A record that breaks our code costs itself and nothing else. */
  private void failed(Exporter exporter, DataRecord record, RuntimeException bug) {
    metrics.failed();
    failures++;
    // Whoever found the record may send it for ever: tell of the 1st, 2nd, 4th, 8th ...
    if (Long.bitCount(failures) == 1) {
      LOG.atError()
          .addKeyValue("exporter", exporter.address())
          .addKeyValue("version", record.template().version())
          .addKeyValue("template", record.template().id())
          .addKeyValue("failures", failures)
          .setCause(bug)
          .log("record not decoded");
    }
  }

  private void rejected(Exporter exporter, Rejection reason, int octets) {
    book.rejected(exporter, sender(exporter).id.address(), reason, octets, nowNanos);
    faults.rejected(exporter, reason, octets, nowNanos);
  }

  /** The exporter that sent last, and its address as events have it. */
  private record Sender(Exporter exporter, ExporterId id) {}

  private final class Interpreter implements RecordHandler {

    @Override
    public void record(Exporter exporter, DataRecord record) {
      Event event;
      try {
        event = event(exporter, record);
      } catch (RuntimeException e) {
        failed(exporter, record, e);
        return;
      }
      records++;
      example = event;
      odd(event.quirks());
      if (record.isLate()) {
        late(exporter, record, event);
      } else if (event.kind() == Event.Kind.OPTIONS) {
        options++;
      }
      sink.accept(event);
    }

    private void late(Exporter exporter, DataRecord record, Event event) {
      boolean isOptions = event.kind() == Event.Kind.OPTIONS;
      book.late(exporter, record.header(), event.origin().protocol(), isOptions);
    }

    @Override
    public void message(Exporter exporter, MessageHeader header, int records, boolean isComplete) {
      var protocol = MessageContext.protocol(header.version());
      book.message(exporter, header, protocol, records, options, isComplete, example);
      options = 0;
      example = null;
    }

    @Override
    public void template(Exporter exporter, long domain, Template template) {
      templatesChanged = true;
    }

    @Override
    public void templateFault(Exporter exporter, TemplateFault fault, long domain, int id) {
      faults.template(exporter, fault, domain, id, nowNanos);
    }

    @Override
    public void rejected(Exporter exporter, Rejection reason, int octets) {
      DatagramDecoder.this.rejected(exporter, reason, octets);
    }
  }

  /** What becomes of sFlow samples. */
  private final class Samples implements SflowEvents.Receiver {

    @Override
    public void event(Exporter exporter, Event event) {
      records++;
      example = event;
      odd(event.quirks());
      sink.accept(event);
    }

    @Override
    public void sample(SflowSample sample) {
      book.sample(
          sample.kind().ordinal(), sample.sourceType(), sample.sourceIndex(), sample.sequence());
    }

    @Override
    public void rejected(Exporter exporter, Rejection reason, int octets) {
      DatagramDecoder.this.rejected(exporter, reason, octets);
    }

    @Override
    public void failed(Exporter exporter, RuntimeException bug) {
      metrics.failed();
      failures++;
      if (Long.bitCount(failures) == 1) {
        LOG.atError()
            .addKeyValue("exporter", exporter.address())
            .addKeyValue("failures", failures)
            .setCause(bug)
            .log("sample not decoded");
      }
    }

    @Override
    public void datagram(
        Exporter exporter, SflowDatagram datagram, int samples, boolean isComplete) {
      if (example != null) {
        book.sampled(datagram.subAgent(), example.traffic().sampling());
        example = null;
      }
    }
  }

  /** The time of receipt of what is being decoded. */
  private final class ReceiptClock implements InstantSource {

    @Override
    public Instant instant() {
      return Instant.ofEpochSecond(nowNanos / ExporterTime.SECOND, nowNanos % ExporterTime.SECOND);
    }

    @Override
    public long millis() {
      return nowNanos / ExporterTime.MILLISECOND;
    }
  }
}
