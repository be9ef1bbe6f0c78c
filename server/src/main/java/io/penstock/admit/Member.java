package io.penstock.admit;

import io.penstock.control.Source;
import io.penstock.event.Ip;
import io.penstock.prefix.Prefix;
import java.util.List;

/**
 * A source as admission sees it.
 *
 * @param networks what it may send from
 * @param activity what it did so far
 */
record Member(Source source, List<Prefix> networks, SourceActivity activity) {

  Member {
    networks = List.copyOf(networks);
  }

  static Member of(Source source, SourceActivity activity) {
    // What is no network was not written by us; it lets nobody in.
    var networks =
        source.allowedIps().stream().flatMap(text -> Prefix.parse(text).stream()).toList();
    return new Member(source, networks, activity);
  }

  boolean mayComeFrom(Ip address) {
    for (var network : networks) {
      if (network.contains(address)) {
        return true;
      }
    }
    return false;
  }

  /** Whether what is beyond its rate is refused. */
  boolean isLimited() {
    return source.maxEps() > 0 && source.blockOnExceed();
  }
}
