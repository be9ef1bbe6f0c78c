package io.penstock.exporters;

import io.penstock.event.Event;
import io.penstock.event.Protocol;
import io.penstock.wire.Transport;

/**
 * What shares one count of sequence numbers.
 *
 * @param protocol whose rule holds
 * @param transport what carries the messages
 * @param port the exporter's port
 * @param domain observation domain, v9 source id, v5 engine, sFlow sub-agent; of an sFlow data
 *     source, its type and index; {@link Event#ABSENT} where several share one count
 * @param samples whether these are the samples of one sFlow data source, not datagrams
 */
public record StreamKey(
    Protocol protocol, Transport transport, int port, long domain, boolean samples) {

  /** What is counted under this rule, as a label. */
  public String unit(Counting counting) {
    return samples ? "samples" : counting.unit();
  }

  boolean isOfConnection(int number) {
    return transport == Transport.STREAM && port == number;
  }

  /** What it has in common with the same domain behind other ports. */
  StreamKey ofAnyPort() {
    return new StreamKey(protocol, transport, 0, domain, samples);
  }

  /** What it has in common with the other domains behind its port. */
  StreamKey ofAnyDomain() {
    return new StreamKey(protocol, transport, port, Event.ABSENT, samples);
  }
}
