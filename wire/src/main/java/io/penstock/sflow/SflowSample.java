package io.penstock.sflow;

import java.util.Arrays;

/**
 * One sample of a datagram and where its records lie. A view that the decoder fills anew for each
 * one: whoever keeps a value copies it. Numbers that this kind of sample does not have are -1.
 */
public final class SflowSample {

  /** What a sample tells of. */
  public enum Kind {
    /** A packet that was picked at random. */
    FLOW,
    /** The counters of an interface or of the host. */
    COUNTERS,
    /** A packet that was discarded. */
    DISCARDED
  }

  /** What the value of an interface means. */
  public enum Port {
    /** Nothing was sent. */
    ABSENT,
    /** An interface's ifIndex; 0 when it is not known. */
    INTERFACE,
    /** No interface: the packet was sent or received by the device itself. */
    INTERNAL,
    /** The packet was discarded; the value is the reason. */
    DISCARDED,
    /** So many interfaces; 0 when it is not known how many. */
    MULTIPLE,
    /** A format that is not defined. */
    UNKNOWN
  }

  static final int FLOW_OCTETS = 8 * Xdr.UNIT;
  static final int FLOW_EXPANDED_OCTETS = 11 * Xdr.UNIT;
  static final int COUNTERS_OCTETS = 3 * Xdr.UNIT;
  static final int COUNTERS_EXPANDED_OCTETS = 4 * Xdr.UNIT;
  static final int DISCARDED_OCTETS = 8 * Xdr.UNIT;

  /** Data format and length of a record. */
  private static final int RECORD_HEADER = 2 * Xdr.UNIT;

  private static final long ABSENT = -1;
  private static final long INTERNAL = 0x3fff_ffffL;
  private static final long ALL_ONES = 0xffff_ffffL;

  private Kind kind = Kind.FLOW;
  private byte[] bytes = {};
  private long sequence;
  private long sourceType;
  private long sourceIndex;
  private long rate;
  private long pool;
  private long drops;
  private Port inputPort = Port.ABSENT;
  private long input;
  private Port outputPort = Port.ABSENT;
  private long output;
  private long reason;
  private boolean isTruncated;

  /** Data format, offset and length of each record, three numbers each. */
  private int[] records = new int[3 * 16];

  private int recordCount;

  SflowSample() {}

  /** A flow sample whose fixed part is whole; {@code end} is where its records must end. */
  void readFlow(byte[] from, int at, int end) {
    begin(Kind.FLOW, from, at);
    readSource(at + 4);
    readSampling(at + 8);
    int in = Xdr.bits(from, at + 20);
    int out = Xdr.bits(from, at + 24);
    readInput(in >>> 30, in & INTERNAL);
    readOutput(out >>> 30, out & INTERNAL);
    readRecords(at + 28, end);
  }

  void readFlowExpanded(byte[] from, int at, int end) {
    begin(Kind.FLOW, from, at);
    readExpandedSource(at + 4);
    readSampling(at + 12);
    readInput(Xdr.bits(from, at + 24), Xdr.unsigned(from, at + 28));
    readOutput(Xdr.bits(from, at + 32), Xdr.unsigned(from, at + 36));
    readRecords(at + 40, end);
  }

  void readCounters(byte[] from, int at, int end) {
    begin(Kind.COUNTERS, from, at);
    readSource(at + 4);
    readRecords(at + 8, end);
  }

  void readCountersExpanded(byte[] from, int at, int end) {
    begin(Kind.COUNTERS, from, at);
    readExpandedSource(at + 4);
    readRecords(at + 12, end);
  }

  void readDiscarded(byte[] from, int at, int end) {
    begin(Kind.DISCARDED, from, at);
    readExpandedSource(at + 4);
    drops = Xdr.unsigned(from, at + 12);
    readInput(0, Xdr.unsigned(from, at + 16));
    readOutput(0, Xdr.unsigned(from, at + 20));
    reason = Xdr.unsigned(from, at + 24);
    readRecords(at + 28, end);
  }

  private void begin(Kind of, byte[] from, int at) {
    kind = of;
    bytes = from;
    sequence = Xdr.unsigned(from, at);
    rate = ABSENT;
    pool = ABSENT;
    drops = ABSENT;
    reason = ABSENT;
    inputPort = Port.ABSENT;
    input = ABSENT;
    outputPort = Port.ABSENT;
    output = ABSENT;
    isTruncated = false;
    recordCount = 0;
  }

  /** Type in 8 bits, index in 24. */
  private void readSource(int at) {
    long source = Xdr.unsigned(bytes, at);
    sourceType = source >> 24;
    sourceIndex = source & 0xff_ffff;
  }

  private void readExpandedSource(int at) {
    sourceType = Xdr.unsigned(bytes, at);
    sourceIndex = Xdr.unsigned(bytes, at + 4);
  }

  private void readSampling(int at) {
    rate = Xdr.unsigned(bytes, at);
    pool = Xdr.unsigned(bytes, at + 4);
    drops = Xdr.unsigned(bytes, at + 8);
  }

  private void readInput(int format, long value) {
    inputPort = port(format, value);
    input = value;
  }

  private void readOutput(int format, long value) {
    outputPort = port(format, value);
    output = value;
  }

  private static Port port(int format, long value) {
    return switch (format) {
      case 0 -> value == INTERNAL || value == ALL_ONES ? Port.INTERNAL : Port.INTERFACE;
      case 1 -> Port.DISCARDED;
      case 2 -> Port.MULTIPLE;
      default -> Port.UNKNOWN;
    };
  }

  /**
   * Finds the records behind their count. Each record's own length says where the next one begins,
   * whatever its structure takes; the last may lack its padding, or be cut short with the datagram.
   */
  private void readRecords(int countAt, int end) {
    long count = Xdr.unsigned(bytes, countAt);
    int at = countAt + Xdr.UNIT;
    while (recordCount < count && end - at >= RECORD_HEADER) {
      int from = at + RECORD_HEADER;
      long length = Xdr.unsigned(bytes, at + Xdr.UNIT);
      isTruncated |= length > end - from;
      int present = (int) Math.min(length, end - from);
      addRecord(Xdr.bits(bytes, at), from, present);
      at = (int) Math.min(end, from + Xdr.padded(present));
    }
    isTruncated |= recordCount < count;
  }

  private void addRecord(int format, int offset, int length) {
    int at = 3 * recordCount;
    if (at == records.length) {
      records = Arrays.copyOf(records, 2 * at);
    }
    records[at] = format;
    records[at + 1] = offset;
    records[at + 2] = length;
    recordCount++;
  }

  public Kind kind() {
    return kind;
  }

  /** Counts the samples of this kind and source. */
  public long sequence() {
    return sequence;
  }

  /**
   * What sort of thing was observed: 0 an interface, 1 a VLAN, 2 a physical, 3 a logical entity.
   */
  public long sourceType() {
    return sourceType;
  }

  /** Which of its sort was observed: of an interface its ifIndex. */
  public long sourceIndex() {
    return sourceIndex;
  }

  /** One packet in so many is sampled. */
  public long rate() {
    return rate;
  }

  /** Packets that could have been sampled so far, a 32-bit count that wraps. */
  public long pool() {
    return pool;
  }

  /** How often a sample, or notice of a discarded packet, was lost for want of resources. */
  public long drops() {
    return drops;
  }

  public Port inputPort() {
    return inputPort;
  }

  /** What {@link #inputPort} says it is. */
  public long input() {
    return input;
  }

  public Port outputPort() {
    return outputPort;
  }

  /** What {@link #outputPort} says it is. */
  public long output() {
    return output;
  }

  /** Why the packet was discarded, see {@link DropReason}. */
  public long reason() {
    return reason;
  }

  /** Whether records were missing, or the last one was cut short. */
  public boolean isTruncated() {
    return isTruncated;
  }

  /** What the offsets of the records count in. */
  public byte[] bytes() {
    return bytes;
  }

  public int recordCount() {
    return recordCount;
  }

  /** Enterprise and format of a record, see {@link Structures}. */
  public int dataFormat(int record) {
    return records[3 * record];
  }

  public int offset(int record) {
    return records[3 * record + 1];
  }

  /** The octets of a record that are there. */
  public int length(int record) {
    return records[3 * record + 2];
  }
}
