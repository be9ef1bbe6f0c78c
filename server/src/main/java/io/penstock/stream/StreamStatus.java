package io.penstock.stream;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * The receiver of connections as an operator sees it.
 *
 * @param ports of the listeners by name, in the order of the configuration
 * @param connections open now
 * @param messages received so far
 * @param bytes read so far, without TLS
 */
public record StreamStatus(
    SequencedMap<String, Integer> ports, long connections, long messages, long bytes) {

  public StreamStatus {
    ports = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(ports));
  }
}
