package io.penstock.decode;

import io.penstock.event.Event;
import io.penstock.event.Traffic.Sampling.Algorithm;
import io.penstock.wire.DataRecord;
import io.penstock.wire.FieldSpecifier;
import java.util.Arrays;
import java.util.List;

/**
 * One row of an options table as its exporter announced it last, and what it teaches. Kept as the
 * octets that were sent: they are small, and reading them again gives all the rest.
 *
 * @param key what tells the row from every other of its exporter
 * @param record a copy of its own
 * @param plan how the record is read
 * @param lesson what it teaches
 * @param members the names it contributes to flows, see {@link OptionsLayout#members}
 * @param refreshedNanos when it arrived last, nanoseconds since 1970
 */
record OptionsRow(
    Key key,
    DataRecord record,
    RecordPlan plan,
    Lesson lesson,
    byte[][] members,
    long refreshedNanos) {

  /** What a row takes in memory beside its octets. */
  private static final int OVERHEAD = 400;

  /**
   * What an options record says of sampling and of the exporter's clock.
   *
   * @param rate one in so many packets is sampled, {@link Event#ABSENT} when it does not say
   * @param sampler the sampler or selector it speaks of, ABSENT when of none
   * @param selectorAlgorithm as sent, ABSENT when not given
   * @param algorithm how packets are sampled
   * @param startNanos when the exporter started, ABSENT when not given
   */
  record Lesson(
      long rate, long sampler, long selectorAlgorithm, Algorithm algorithm, long startNanos) {

    /** One that says nothing. */
    static final Lesson NONE =
        new Lesson(Event.ABSENT, Event.ABSENT, Event.ABSENT, Algorithm.UNKNOWN, Event.ABSENT);

    /** Whether the selector chooses packets by what they are: it leaves no sampling error. */
    boolean isFilter() {
      return selectorAlgorithm >= FILTERS;
    }
  }

  /** The first of the selector algorithms that filter; those before sample (RFC 5477 §8.2). */
  static final int FILTERS = 5;

  /** The one that samples by time: it has no rate of packets. */
  static final int TIME_BASED = 2;

  /** Domain, table and the octets of the key fields. */
  static final class Key {

    private final long domain;
    private final List<FieldSpecifier> table;
    private final byte[] octets;
    private final int hash;

    Key(long domain, List<FieldSpecifier> table, byte[] octets) {
      this.domain = domain;
      this.table = table;
      this.octets = octets;
      this.hash = (int) LongMap.mix(LongMap.mix(octets, 0, octets.length) ^ domain);
    }

    long domain() {
      return domain;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key
          && key.hash == hash
          && key.domain == domain
          && Arrays.equals(key.octets, octets)
          && key.table.equals(table);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  /** Whether flows change by what the row says. */
  boolean isUseful() {
    return lesson.rate != Event.ABSENT
        || lesson.startNanos != Event.ABSENT
        || lesson.isFilter() && lesson.sampler != Event.ABSENT
        || plan.layout().sequence(record) != Event.ABSENT
        || plan.layout().kind() != null;
  }

  /** Whether this says the same in the same layout, under whatever template id. */
  boolean isSame(DataRecord other) {
    return record.template().fields().equals(other.template().fields())
        && Arrays.equals(
            record.bytes(),
            record.start(),
            record.end(),
            other.bytes(),
            other.start(),
            other.end());
  }

  OptionsRow refreshed(long nanos) {
    return new OptionsRow(key, record, plan, lesson, members, nanos);
  }

  /** Octets that keeping the row takes. */
  int bytes() {
    int bytes = OVERHEAD + record.end() - record.start() + key.octets.length;
    for (var member : members) {
      bytes += member.length;
    }
    return bytes;
  }
}
