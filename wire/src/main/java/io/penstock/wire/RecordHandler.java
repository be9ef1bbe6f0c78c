package io.penstock.wire;

/**
 * Who receives what a {@link FlowDecoder} finds. Called on the decoding thread, in wire order, with
 * each message's header before its records.
 */
public interface RecordHandler {

  /** A data record (flow or options data, see {@link Template#isOptions()}), valid for the call. */
  void record(Exporter exporter, DataRecord record);

  /**
   * A template was learned or changed; identical refreshes are not told.
   *
   * @param domain observation domain or source id in which it holds
   */
  default void template(Exporter exporter, long domain, Template template) {}

  /**
   * An exporter broke the rules for templates on streams; what it sent is read all the same.
   *
   * @param domain observation domain
   * @param id of the template
   */
  default void templateFault(Exporter exporter, TemplateFault fault, long domain, int id) {}

  /**
   * A message was read to its end; after its records.
   *
   * @param records data records found in it, flow and options; those of sets that wait for their
   *     template are not among them
   * @param isComplete whether that is all it held: nothing waits, nothing was cut short
   */
  default void message(Exporter exporter, MessageHeader header, int records, boolean isComplete) {}

  /** Something could not be turned into records; every octet lost is accounted here. */
  default void rejected(Exporter exporter, Rejection reason, int octets) {}
}
