package io.penstock.metrics;

import io.penstock.event.Event;
import io.penstock.event.EventBatch;

/** The sums over a batch. */
final class Tally {

  final int events;
  long bytes;
  long packets;
  long threats;
  long riskSum;
  long riskCount;

  Tally(EventBatch batch) {
    this.events = batch.events().size();
    for (var event : batch.events()) {
      add(event);
    }
  }

  private void add(Event event) {
    bytes += Math.max(0, event.source().bytes()) + Math.max(0, event.destination().bytes());
    packets += Math.max(0, event.source().packets()) + Math.max(0, event.destination().packets());
    var found = event.enrichment();
    if (found == null) {
      return;
    }
    threats += found.threats().size();
    if (event.kind() == Event.Kind.FLOW || event.kind() == Event.Kind.DROP) {
      riskSum += found.riskScore();
      riskCount++;
    }
  }
}
