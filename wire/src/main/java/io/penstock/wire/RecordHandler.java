package io.penstock.wire;

/**
 * Who receives what a {@link FlowDecoder} finds. Called on the decoding thread, in wire order, with
 * each message's header before its records.
 */
public interface RecordHandler {

  /** A data record (flow or options data, see {@link Template#isOptions()}), valid for the call. */
  void record(Exporter exporter, DataRecord record);

  /** A template was learned or changed; identical refreshes are not told. */
  default void template(Exporter exporter, Template template) {}

  /** Something could not be turned into records; every octet lost is accounted here. */
  default void rejected(Exporter exporter, Rejection reason, int octets) {}
}
