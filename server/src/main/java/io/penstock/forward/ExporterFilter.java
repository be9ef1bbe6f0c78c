package io.penstock.forward;

import io.penstock.event.Ip;
import io.penstock.prefix.AddressRanges;
import io.penstock.prefix.RangeBuilder;

/** Which exporters a destination wants: the smallest network that holds an exporter decides. */
final class ExporterFilter {

  private static final int WANTED = 1;
  private static final int EXCLUDED = 2;

  private final AddressRanges ranges;
  private final boolean wantsOthers;

  ExporterFilter(Destination destination) {
    var builder = new RangeBuilder();
    destination.exporters().forEach(prefix -> builder.add(prefix, WANTED));
    destination.excluded().forEach(prefix -> builder.add(prefix, EXCLUDED));
    this.ranges = builder.build();
    this.wantsOthers = destination.exporters().isEmpty();
  }

  boolean wants(Ip exporter) {
    int found = ranges.find(exporter);
    return found == 0 ? wantsOthers : found == WANTED;
  }
}
