package io.penstock.sink;

import io.penstock.event.Event;
import java.util.ArrayList;
import java.util.List;

/** A batch on its way, until each of its events has arrived, was refused or is too old. */
final class Flight {

  final Batch batch;

  /** Position of the frame of its first event: what a crash makes it begin with again. */
  final long from;

  private final long receivedNanos;
  private final List<Refused> refused;
  private volatile int waiting;
  private boolean isDone;

  /**
   * @param refused events that were refused before they could be put into the batch
   * @param receivedNanos when the oldest event was received, nanoseconds since 1970 UTC
   */
  Flight(Batch batch, List<Refused> refused, long from, long receivedNanos) {
    this.batch = batch;
    this.refused = new ArrayList<>(refused);
    this.from = from;
    this.receivedNanos = receivedNanos;
    this.waiting = batch.size();
  }

  /** An event that will not be taken, and why. */
  record Refused(Event event, String reason, Delivery.Answer answer, int attempts) {}

  /** Called by its own thread only, until it is done. */
  void refuse(Event event, String reason, Delivery.Answer answer, int attempts) {
    refused.add(new Refused(event, reason, answer, attempts));
  }

  /** Called once it is done. */
  List<Refused> refused() {
    return refused;
  }

  int waiting() {
    return waiting;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // Only the flight's own thread writes.
  void gone(int events) {
    waiting -= events;
  }

  /** When its oldest event was received. */
  long receivedNanos() {
    return receivedNanos;
  }

  boolean isDone() {
    return isDone;
  }

  void done() {
    isDone = true;
  }
}
