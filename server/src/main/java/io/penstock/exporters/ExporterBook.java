package io.penstock.exporters;

import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.Protocol;
import io.penstock.event.Traffic.Sampling;
import io.penstock.wire.Exporter;
import io.penstock.wire.MessageHeader;
import io.penstock.wire.Rejection;
import io.penstock.wire.Standing;
import io.penstock.wire.Transport;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The pages of the exporters that one decoder hears. That decoder writes it; any thread may read
 * it, or tell it of drops, without waiting for the decoder: every call holds the lock for a few
 * field updates, and a report for one page.
 */
public final class ExporterBook {

  private static final long SECOND = 1_000_000_000L;
  private static final long MILLISECOND = 1_000_000L;

  private final BookConfig config;
  private final ExporterMetrics metrics;
  private final Standing<ExporterPage> standing;
  private final Map<ExporterId, ExporterPage> pages = new HashMap<>();

  /** Pages of sFlow agents behind each address that has any. */
  private final Map<Ip, Integer> agents = new HashMap<>();

  private final Recordings recordings;
  private final Sequences sequences;
  private final Arrival arrival = new Arrival();
  private final CRC32C checksum = new CRC32C();

  private @Nullable ExporterPage current;
  private @Nullable Exporter currentExporter;
  private boolean isRepeated;
  private long nowNanos;

  public ExporterBook(BookConfig config, ExporterMetrics metrics) {
    this.config = config;
    this.metrics = metrics;
    this.standing = new Standing<>(config.exportersMax(), this::displaced);
    this.recordings = new Recordings(config.recordingOctetsMax());
    this.sequences = new Sequences(config.sequencesMax(), metrics);
  }

  private void displaced(ExporterPage page) {
    page.isLive = false;
    pages.remove(page.id);
    recordings.release(page.recording);
    page.streams.release();
    metrics.displaced();
    if (page.id.isRelayed()) {
      agents.merge(page.id.address(), -1, (a, b) -> a + b == 0 ? null : a + b);
    }
  }

  /**
   * A datagram or stream message arrived; what follows is about it, up to {@link #decoded}.
   *
   * @param localPort the port it came to, 0 when not known
   * @return whether it is to be decoded: false for a duplicate that is not wanted
   */
  public synchronized boolean arrived(
      Exporter exporter,
      Ip address,
      int localPort,
      long receivedNanos,
      byte[] buffer,
      int offset,
      int length) {
    nowNanos = receivedNanos;
    var page = page(exporter, address, buffer, offset, length);
    current = page;
    currentExporter = exporter;
    int port = exporter.address().getPort();
    standing.heard(page.place);
    page.arrived(exporter.transport(), port, receivedNanos, length);
    page.recording.add(receivedNanos, port, localPort, buffer, offset, length);
    isRepeated = exporter.transport() == Transport.UDP && isRepeated(page, buffer, offset, length);
    if (isRepeated && config.dropsDuplicates()) {
      page.dropped(Drop.DUPLICATE, length);
      metrics.droppedDuplicate();
      return false;
    }
    if (SflowHeader.isSflow(buffer, offset, length)) {
      sflow(page, exporter, buffer, offset, length);
    }
    return true;
  }

  private ExporterPage page(Exporter exporter, Ip address, byte[] buffer, int offset, int length) {
    var agent = SflowHeader.agent(buffer, offset, length);
    var last = current;
    if (last != null
        && last.isLive
        && last.id.address().equals(address)
        && last.id.agent().equals(agent == null ? address : agent)) {
      return last;
    }
    var id = new ExporterId(address, agent == null ? address : agent);
    var known = pages.get(id);
    if (known == null && id.isRelayed() && agents.getOrDefault(address, 0) >= config.agentsMax()) {
      id = new ExporterId(address);
      known = pages.get(id);
    }
    return known == null ? begin(id, exporter) : known;
  }

  private ExporterPage begin(ExporterId id, Exporter exporter) {
    var labelled = metrics.unnamed();
    var streams = new Streams(config.streamsMax(), sequences, labelled);
    var page =
        new ExporterPage(
            id, exporter.address().getAddress(), nowNanos, labelled, recordings, streams);
    standing.admit(page.place);
    pages.put(id, page);
    if (id.isRelayed()) {
      agents.merge(id.address(), 1, Integer::sum);
    }
    return page;
  }

  /** A checksum of all octets, the length, and four octets in which most headers differ. */
  private boolean isRepeated(ExporterPage page, byte[] buffer, int offset, int length) {
    if (length == 0) {
      return false;
    }
    checksum.reset();
    checksum.update(buffer, offset, length);
    int low = length;
    for (int i = 8; i < Math.min(16, length); i++) {
      low = 31 * low + buffer[offset + i];
    }
    long fingerprint = checksum.getValue() << 32 | low & 0xffff_ffffL;
    return page.isRepeated(fingerprint, nowNanos / SECOND);
  }

  private void sflow(ExporterPage page, Exporter exporter, byte[] buffer, int offset, int length) {
    var header = SflowHeader.read(buffer, offset, length);
    if (header == null) {
      return;
    }
    page.message(Protocol.SFLOW_5);
    if (isRepeated) {
      return;
    }
    int samples = (int) header.samples();
    arrival.set(header.sequence(), samples, samples, -1, true, header.uptimeMillis(), nowNanos);
    int port = exporter.address().getPort();
    var key = new StreamKey(Protocol.SFLOW_5, exporter.transport(), port, header.subAgent(), false);
    page.streams.accept(key, Counting.DATAGRAMS, arrival);
  }

  /**
   * A sample of the sFlow datagram that arrived last was read (sFlow v5 §5.3): its own number
   * counts the samples of its kind from its data source.
   *
   * @param kind a number for flow samples, one for counters, one for discarded packets
   * @param sourceType type of the data source
   * @param sourceIndex its index
   */
  public synchronized void sample(int kind, long sourceType, long sourceIndex, long sequence) {
    var page = current;
    var exporter = currentExporter;
    if (page == null || exporter == null || isRepeated) {
      return;
    }
    arrival.set(sequence, 1, 1, -1, true, Event.ABSENT, nowNanos);
    long domain = (long) kind << 56 | (sourceType & 0xff) << 32 | sourceIndex & 0xffff_ffffL;
    var key = new StreamKey(Protocol.SFLOW_5, exporter.transport(), 0, domain, true);
    page.streams.accept(key, Counting.DATAGRAMS, arrival);
  }

  /**
   * A message of what arrived last was read to its end.
   *
   * @param records data records read at once
   * @param options of these, options records
   * @param isComplete whether that is all it held
   * @param example an event made of it, for what the whole message has in common
   */
  public synchronized void message(
      Exporter exporter,
      MessageHeader header,
      Protocol protocol,
      int records,
      int options,
      boolean isComplete,
      @Nullable Event example) {
    var page = current;
    if (page == null) {
      return;
    }
    page.message(protocol);
    long exported = header.exportSeconds() * SECOND + header.exportNanos();
    if (nowNanos >= 0) {
      page.clock(exported - nowNanos);
    }
    if (example != null) {
      sampled(header.domain(), example.traffic().sampling());
    }
    if (isRepeated || header.sequence() == Event.ABSENT) {
      return;
    }
    var standard = Counting.of(header.version());
    boolean isCut = !isComplete && standard == Counting.FLOWS && header.count() >= 0;
    int all = isCut ? header.count() : records;
    arrival.set(
        header.sequence(),
        all,
        all - options,
        header.count(),
        isComplete || isCut,
        header.sysUptimeMillis(),
        nowNanos);
    page.streams.accept(key(exporter, header, protocol), standard, arrival);
  }

  private static StreamKey key(Exporter exporter, MessageHeader header, Protocol protocol) {
    int port = exporter.address().getPort();
    return new StreamKey(protocol, exporter.transport(), port, header.domain(), false);
  }

  /** A record was read after it had waited for its template. */
  public synchronized void late(
      Exporter exporter, MessageHeader header, Protocol protocol, boolean isOptions) {
    var page = current;
    if (page == null) {
      return;
    }
    page.streams.readLate(key(exporter, header, protocol), header.sequence(), !isOptions);
  }

  /** Flows of this domain were sampled at a rate. */
  public synchronized void sampled(long domain, Sampling sampling) {
    if (current != null && sampling.rate() > 0) {
      current.sampled(domain, sampling);
    }
  }

  /** So many events of what arrived last have these quirks. */
  public synchronized void odd(int quirks, long events) {
    if (current != null) {
      current.odd(quirks, events);
    }
  }

  /**
   * Something could not be decoded: of what arrived last, or of what the exporter sent earlier and
   * waited in vain.
   */
  public synchronized void rejected(
      Exporter exporter, Ip address, Rejection reason, int octets, long timeNanos) {
    var page = current;
    if (page == null || !page.id.address().equals(address)) {
      page = pages.get(new ExporterId(address));
    }
    if (page != null) {
      page.rejected(reason, octets, exporter.address().getPort(), timeNanos);
    }
  }

  /**
   * What arrived last is decoded.
   *
   * @param octets understood, of this and of what had waited
   * @param records data records
   * @param events of these, the ones that became events
   */
  public synchronized void decoded(long octets, long records, long events) {
    var page = current;
    if (page == null) {
      return;
    }
    page.decoded(octets, records, events);
    if (records > 0 && standing.earned(page.place, nowNanos / MILLISECOND)) {
      page.streams.establish();
    }
  }

  /**
   * What arrived last broke whoever decodes it: what that means for it is the same as {@link
   * #decoded}, and the rest is dropped.
   *
   * @param octetsDropped what is neither understood, nor rejected, nor waiting
   */
  public synchronized void failed(long octets, long records, long events, long octetsDropped) {
    decoded(octets, records, events);
    if (current != null) {
      current.dropped(Drop.HANDLER_ERROR, octetsDropped);
    }
  }

  /**
   * A datagram was received and never came to the decoder. One that did and broke it is known
   * already, see {@link #failed}.
   */
  public synchronized void dropped(
      InetSocketAddress from, Drop reason, byte[] buffer, int offset, int length) {
    if (reason == Drop.HANDLER_ERROR) {
      return;
    }
    var address = Ip.of(from.getAddress());
    var agent = SflowHeader.agent(buffer, offset, length);
    var page = pages.get(new ExporterId(address, agent == null ? address : agent));
    if (page == null) {
      return;
    }
    page.droppedUnseen(reason, length);
  }

  /** An exporter's connection was closed. */
  public synchronized void closed(Exporter exporter, Ip address) {
    var page = pages.get(new ExporterId(address));
    if (page != null) {
      page.streams.close(exporter.address().getPort());
    }
  }

  /** Who has a page. */
  public synchronized List<ExporterId> exporters() {
    return new ArrayList<>(pages.keySet());
  }

  public synchronized int size() {
    return pages.size();
  }

  /** Octets that the recordings take. */
  synchronized long recordedOctets() {
    return recordings.octets();
  }

  public synchronized boolean has(ExporterId id) {
    return pages.containsKey(id);
  }

  /** What is known of an exporter. */
  public synchronized Optional<ExporterReport> report(ExporterId id) {
    return Optional.ofNullable(pages.get(id)).map(ExporterPage::report);
  }

  /** The last datagrams of an exporter as a capture. */
  public Optional<byte[]> capture(ExporterId id) {
    List<Recording.Kept> datagrams;
    synchronized (this) {
      var page = pages.get(id);
      if (page == null) {
        return Optional.empty();
      }
      datagrams = page.recording.datagrams();
    }
    return Optional.of(PcapWriter.write(id.address(), datagrams));
  }
}
