package io.penstock.admit;

import io.penstock.event.Ip;
import io.penstock.prefix.Prefix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * All addresses from one to another, both inside. The kernel may keep networks as it likes; the
 * spans that they cover are the same.
 */
record AddressSpan(Ip first, Ip last) {

  static AddressSpan of(Prefix network) {
    var first = network.first();
    int free = 128 - network.bits();
    long high = free <= 64 ? 0 : free == 128 ? -1 : (1L << (free - 64)) - 1;
    long low = free == 0 ? 0 : free >= 64 ? -1 : (1L << free) - 1;
    return new AddressSpan(first, new Ip(first.high() | high, first.low() | low));
  }

  /** The same addresses in as few spans as can be, in their order. */
  static List<AddressSpan> joined(Collection<AddressSpan> spans) {
    var joined = new ArrayList<AddressSpan>();
    for (var span : spans.stream().sorted(Comparator.comparing(AddressSpan::first)).toList()) {
      var last = joined.isEmpty() ? null : joined.getLast();
      if (last == null || !last.touches(span)) {
        joined.add(span);
      } else if (span.last.compareTo(last.last) > 0) {
        joined.set(joined.size() - 1, new AddressSpan(last.first, span.last));
      }
    }
    return joined;
  }

  /** Whether a span that does not start before this one continues it. */
  private boolean touches(AddressSpan later) {
    if (later.first.compareTo(last) <= 0) {
      return true;
    }
    long low = last.low() + 1;
    return later.first.equals(new Ip(low == 0 ? last.high() + 1 : last.high(), low));
  }

  /** The networks without those that are inside others, in their order. */
  static List<Prefix> outermost(Collection<Prefix> networks) {
    var outermost = new ArrayList<Prefix>();
    var widestFirst = Comparator.comparing(Prefix::first).thenComparingInt(Prefix::bits);
    for (var network : networks.stream().distinct().sorted(widestFirst).toList()) {
      if (outermost.isEmpty() || !outermost.getLast().contains(network.first())) {
        outermost.add(network);
      }
    }
    return outermost;
  }
}
