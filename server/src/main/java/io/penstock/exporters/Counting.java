package io.penstock.exporters;

import io.penstock.wire.ProtocolVersion;

/**
 * What an exporter's sequence numbers count. Each protocol has a rule, and for each there are
 * exporters that follow another one: NetFlow v9 that counts flows, IPFIX whose number includes the
 * records of the very message that carries it.
 */
public enum Counting {
  /** Datagrams: NetFlow v9 (RFC 3954 §5.1) and sFlow. */
  DATAGRAMS(false),
  /** Data records, those of options templates included: IPFIX (RFC 7011 §3.1). */
  RECORDS(false),
  /** Flow records alone: NetFlow v5, v7 and v8. */
  FLOWS(false),
  /** What the header's count field says, which in v9 includes templates. */
  STATED(false),
  /** As {@link #RECORDS}, but the number already includes the message's own. */
  RECORDS_WITH_OWN(true),
  /** As {@link #FLOWS}, but the number already includes the message's own. */
  FLOWS_WITH_OWN(true),
  /** As {@link #STATED}, but the number already includes the message's own. */
  STATED_WITH_OWN(true);

  private static final Counting[] VALUES = values();
  static final int COUNT = VALUES.length;

  private final boolean includesOwn;

  Counting(boolean includesOwn) {
    this.includesOwn = includesOwn;
  }

  static Counting at(int ordinal) {
    return VALUES[ordinal];
  }

  /** The rule of a protocol. */
  static Counting of(ProtocolVersion version) {
    return switch (version) {
      case NETFLOW_V9 -> DATAGRAMS;
      case IPFIX -> RECORDS;
      default -> FLOWS;
    };
  }

  /** What is counted, as a label. */
  public String unit() {
    return switch (this) {
      case DATAGRAMS -> "datagrams";
      case RECORDS, RECORDS_WITH_OWN -> "records";
      case FLOWS, FLOWS_WITH_OWN -> "flows";
      case STATED, STATED_WITH_OWN -> "stated";
    };
  }

  /** By how much the message moves the count; -1 when its header has no such number. */
  int units(Arrival message) {
    return switch (this) {
      case DATAGRAMS -> 1;
      case RECORDS, RECORDS_WITH_OWN -> message.records();
      case FLOWS, FLOWS_WITH_OWN -> message.flows();
      case STATED, STATED_WITH_OWN -> message.stated();
    };
  }

  /** The position of the message's first unit in the exporter's count, modulo 2^32. */
  int first(Arrival message) {
    return includesOwn ? message.sequence() - Math.max(0, units(message)) : message.sequence();
  }

  boolean includesOwn() {
    return includesOwn;
  }

  /** Whether a record of this sort moves the count. */
  boolean counts(boolean isFlow) {
    return switch (this) {
      case RECORDS, RECORDS_WITH_OWN -> true;
      case FLOWS, FLOWS_WITH_OWN -> isFlow;
      case DATAGRAMS, STATED, STATED_WITH_OWN -> false;
    };
  }

  /** Whether the header alone tells how far the next message's number lies. */
  boolean isCertain(Arrival message) {
    return message.isComplete()
        || switch (this) {
          case DATAGRAMS, STATED, STATED_WITH_OWN -> true;
          default -> false;
        };
  }
}
