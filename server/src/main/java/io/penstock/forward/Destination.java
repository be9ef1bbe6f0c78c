package io.penstock.forward;

import io.penstock.prefix.Prefix;
import java.util.List;
import java.util.Set;

/**
 * A collector that gets datagrams, and which.
 *
 * @param host name or address, an IPv6 address without brackets
 * @param listeners where datagrams must have come in; empty for all
 * @param exporters networks they must have come from; empty for all
 * @param excluded networks they must not have come from; of two networks that hold an exporter the
 *     smaller one decides
 */
record Destination(
    String host,
    int port,
    Set<String> listeners,
    List<Prefix> exporters,
    List<Prefix> excluded,
    SourceAddress source) {

  Destination {
    listeners = Set.copyOf(listeners);
    exporters = List.copyOf(exporters);
    excluded = List.copyOf(excluded);
  }

  /** What it is called in metrics and logs. */
  String name() {
    return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
  }
}
