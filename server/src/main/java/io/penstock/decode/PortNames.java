package io.penstock.decode;

import io.penstock.decode.OptionsRow.Lesson;
import io.penstock.exporters.ExporterId;
import io.penstock.registry.Registry;
import io.penstock.sflow.SflowSample;
import io.penstock.sflow.Xdr;
import io.penstock.wire.DataRecord;
import io.penstock.wire.FieldSpecifier;
import io.penstock.wire.MessageHeader;
import io.penstock.wire.ProtocolVersion;
import io.penstock.wire.Template;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What sFlow agents call their interfaces. An agent sends the name of a port beside its counters,
 * over and over. Here it becomes the options record by which an IPFIX exporter says the same, so
 * that one book holds the names of all, under the same limits and in the same file, and an
 * interface has one name in all flows of a device that speaks both protocols.
 */
final class PortNames {

  /** Data formats of standard counter records. */
  private static final int IF_COUNTERS = 1;

  private static final int PORT_NAME = 1005;

  /** The most octets that the structure allows. */
  private static final int NAME_MAX = 255;

  /** The longest value whose length takes one octet (RFC 7011 §7). */
  private static final int SHORT_MAX = 254;

  private final AnnouncementBook book;
  private final Predicate<ExporterId> hasPage;
  private final Supplier<Registry> registry;

  /** ingressInterface and interfaceName. Not static: the plan it gets is this decoder's. */
  private final Template template =
      new Template(
          ProtocolVersion.IPFIX,
          256,
          List.of(
              new FieldSpecifier(0, 10, 4, true),
              new FieldSpecifier(0, 82, FieldSpecifier.VARIABLE, false)),
          true);

  /**
   * @param hasPage whether an agent is one of those that are told apart. Of others nothing is kept:
   *     a sender makes up as many agents as it likes
   * @param registry gives the registry in use
   */
  PortNames(AnnouncementBook book, Predicate<ExporterId> hasPage, Supplier<Registry> registry) {
    this.book = book;
    this.hasPage = hasPage;
    this.registry = registry;
  }

  /** What is known of the agent; to be asked for each datagram, which keeps the agent's place. */
  @Nullable Announcements of(ExporterId agent, long nanos) {
    return book.peek(agent) == null ? null : heard(agent, nanos);
  }

  private Announcements heard(ExporterId agent, long nanos) {
    var known = book.of(agent);
    book.earned(known, nanos / ExporterTime.MILLISECOND);
    known.vocabulary().use(registry.get());
    return known;
  }

  /**
   * Takes note of the name that a counter sample gives to its interface.
   *
   * @return what is known of the agent now; null when nothing was learned
   */
  @Nullable Announcements learn(ExporterId agent, long subAgent, SflowSample sample, long nanos) {
    int name = find(sample, PORT_NAME);
    long port = port(sample);
    if (name < 0 || port <= 0) {
      return null;
    }
    int at = sample.offset(name) + Integer.BYTES;
    long length = Xdr.unsigned(sample.bytes(), sample.offset(name));
    boolean isWhole = length <= sample.length(name) - Integer.BYTES;
    boolean isName = isWhole && length > 0 && length <= NAME_MAX;
    if (!isName || book.peek(agent) == null && !hasPage.test(agent)) {
      return null;
    }
    var octets = octets(port, sample.bytes(), at, (int) length);
    var seconds = nanos / ExporterTime.SECOND;
    var header =
        new MessageHeader(ProtocolVersion.IPFIX, 0, -1, seconds, 0, 0, subAgent, -1, false, false);
    var record = DataRecord.of(template, header, octets);
    if (record.isEmpty()) {
      return null;
    }
    var known = heard(agent, nanos);
    var plan = RecordPlan.of(template, known.vocabulary());
    known.learn(subAgent, record.get(), plan, Lesson.NONE, nanos);
    return known;
  }

  /** The first record of this format that is whole enough to begin with a number; -1 if none is. */
  private static int find(SflowSample sample, int dataFormat) {
    for (int i = 0; i < sample.recordCount(); i++) {
      if (sample.dataFormat(i) == dataFormat && sample.length(i) >= Integer.BYTES) {
        return i;
      }
    }
    return -1;
  }

  /**
   * The ifIndex whose counters these are. The counters tell it in 32 bits, the sample's source in
   * 24 if it is not expanded, so they are believed first.
   */
  private static long port(SflowSample sample) {
    int counters = find(sample, IF_COUNTERS);
    long port = counters < 0 ? 0 : Xdr.unsigned(sample.bytes(), sample.offset(counters));
    boolean isInterface = sample.sourceType() == 0;
    return port == 0 && isInterface ? sample.sourceIndex() : port;
  }

  private static byte[] octets(long port, byte[] bytes, int at, int length) {
    int prefix = length > SHORT_MAX ? 3 : 1;
    var out = ByteBuffer.allocate(Integer.BYTES + prefix + length).putInt((int) port);
    if (prefix == 1) {
      out.put((byte) length);
    } else {
      out.put((byte) 0xff).putShort((short) length);
    }
    return out.put(bytes, at, length).array();
  }
}
