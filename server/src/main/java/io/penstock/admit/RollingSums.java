package io.penstock.admit;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * What a source did in the latest spans of time, each of the same length: a ring of cells, each
 * stamped with its span. Safe for many threads, without locks: who finds a cell of an earlier round
 * puts a fresh one in its place, and exactly one succeeds.
 */
final class RollingSums {

  private final AtomicReferenceArray<@Nullable Cell> cells;
  private final int seconds;

  /**
   * @param spans how many it can look back over, the running one included
   * @param seconds the length of one
   */
  RollingSums(int spans, int seconds) {
    this.cells = new AtomicReferenceArray<>(spans);
    this.seconds = seconds;
  }

  /** What was counted in some span of time. */
  record Sums(long records, long refused, long risk) {

    /** Percent of what was sent that was refused. */
    double refusedPercent() {
      return records + refused == 0 ? 0 : 100.0 * refused / (records + refused);
    }

    double averageRisk() {
      return records == 0 ? 0 : (double) risk / records;
    }
  }

  private static final class Cell {
    private static final AtomicLongFieldUpdater<Cell> RECORDS =
        AtomicLongFieldUpdater.newUpdater(Cell.class, "records");
    private static final AtomicLongFieldUpdater<Cell> REFUSED =
        AtomicLongFieldUpdater.newUpdater(Cell.class, "refused");
    private static final AtomicLongFieldUpdater<Cell> RISK =
        AtomicLongFieldUpdater.newUpdater(Cell.class, "risk");

    private final long span;
    private volatile long records;
    private volatile long refused;
    private volatile long risk;

    Cell(long span) {
      this.span = span;
    }
  }

  void add(long epochSecond, long records, long refused, long risk) {
    var cell = cell(epochSecond / seconds);
    if (records > 0) {
      Cell.RECORDS.addAndGet(cell, records);
      Cell.RISK.addAndGet(cell, risk);
    }
    if (refused > 0) {
      Cell.REFUSED.addAndGet(cell, refused);
    }
  }

  private Cell cell(long span) {
    int index = (int) Math.floorMod(span, (long) cells.length());
    while (true) {
      var found = cells.get(index);
      // A thread that was held up for a whole round adds to the running span: nothing is lost.
      if (found != null && found.span >= span) {
        return found;
      }
      var fresh = new Cell(span);
      if (cells.compareAndSet(index, found, fresh)) {
        return fresh;
      }
    }
  }

  /** What was counted in so many of the latest seconds, the running span included. */
  Sums sums(long epochSecond, int window) {
    long last = epochSecond / seconds;
    long first = (epochSecond - window) / seconds + 1;
    long records = 0;
    long refused = 0;
    long risk = 0;
    for (int i = 0; i < cells.length(); i++) {
      var cell = cells.get(i);
      if (cell != null && cell.span >= first && cell.span <= last) {
        records += cell.records;
        refused += cell.refused;
        risk += cell.risk;
      }
    }
    return new Sums(records, refused, risk);
  }
}
