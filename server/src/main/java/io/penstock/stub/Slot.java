package io.penstock.stub;

import java.util.concurrent.atomic.LongAdder;

/** A stub in its place among the others, with what happened to it. */
final class Slot {

  private final Stub stub;
  private final Stubs.Layer layer;
  private final int rank;
  private final Uses uses;

  /** Outlives the slot when the stubs are read again. */
  static final class Uses {
    final LongAdder answered = new LongAdder();

    /** Written under the lock of {@link StubState}. */
    long claimed;
  }

  /**
   * @param rank lower ones are asked first
   */
  Slot(Stub stub, Stubs.Layer layer, int rank, Uses uses) {
    this.stub = stub;
    this.layer = layer;
    this.rank = rank;
    this.uses = uses;
  }

  Stub stub() {
    return stub;
  }

  Stubs.Layer layer() {
    return layer;
  }

  int rank() {
    return rank;
  }

  Uses uses() {
    return uses;
  }

  long used() {
    return uses.claimed;
  }

  void use() {
    uses.claimed++;
  }
}
