package io.penstock.exporters;

import io.penstock.event.Event;

/**
 * A message as far as its sequence number is concerned. One instance is filled anew for each
 * message, by {@link ExporterBook} under its lock.
 */
final class Arrival {

  private int sequence;
  private int records;
  private int flows;
  private int stated;
  private boolean isComplete;
  private long uptimeMillis;
  private long receivedNanos;

  /**
   * @param sequence modulo 2^32
   * @param records data records found
   * @param flows of these, the ones that are no options
   * @param stated the header's count, -1 without
   * @param isComplete whether these are all records that the message held
   * @param uptimeMillis how long the exporter has been up, -1 when it does not say
   * @param receivedNanos when it was received
   */
  Arrival set(
      long sequence,
      int records,
      int flows,
      int stated,
      boolean isComplete,
      long uptimeMillis,
      long receivedNanos) {
    this.sequence = (int) sequence;
    this.records = records;
    this.flows = flows;
    this.stated = stated;
    this.isComplete = isComplete;
    this.uptimeMillis = uptimeMillis;
    this.receivedNanos = receivedNanos;
    return this;
  }

  int sequence() {
    return sequence;
  }

  int records() {
    return records;
  }

  int flows() {
    return flows;
  }

  int stated() {
    return stated;
  }

  boolean isComplete() {
    return isComplete;
  }

  boolean hasUptime() {
    return uptimeMillis != Event.ABSENT;
  }

  long uptimeMillis() {
    return uptimeMillis;
  }

  long receivedNanos() {
    return receivedNanos;
  }
}
