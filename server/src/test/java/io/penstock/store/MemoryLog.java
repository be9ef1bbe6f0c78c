package io.penstock.store;

import io.penstock.event.EventBatch;
import io.penstock.log.EventLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** A log that lives as long as its process; position n is behind the n-th batch. */
final class MemoryLog implements EventLog {

  private final List<EventBatch> batches = new ArrayList<>();
  private final Map<String, Long> cursors = new ConcurrentHashMap<>();

  @Override
  public synchronized CompletableFuture<Long> append(EventBatch batch) {
    batches.add(batch);
    notifyAll();
    return CompletableFuture.completedFuture((long) batches.size());
  }

  @Override
  public long start() {
    return 0;
  }

  @Override
  public synchronized long end() {
    return batches.size();
  }

  @Override
  public Reader reader(long position) {
    return new MemoryReader(position);
  }

  private final class MemoryReader implements Reader {
    private long at;

    MemoryReader(long at) {
      this.at = at;
    }

    @Override
    public Optional<Entry> next(Duration timeout) throws InterruptedException {
      synchronized (MemoryLog.this) {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (at >= batches.size()) {
          long left = (deadline - System.nanoTime()) / 1_000_000;
          if (left <= 0) {
            return Optional.empty();
          }
          MemoryLog.this.wait(left);
        }
        var entry = new Entry(at, at + 1, batches.get((int) at));
        at++;
        return Optional.of(entry);
      }
    }

    @Override
    public long position() {
      return at;
    }

    @Override
    public void close() {}
  }

  @Override
  public synchronized long events(long from, long to) {
    return batches.subList((int) from, (int) to).stream().mapToLong(b -> b.events().size()).sum();
  }

  @Override
  public Cursor cursor(String consumer) {
    return new Cursor() {
      @Override
      public String consumer() {
        return consumer;
      }

      @Override
      public long position() {
        return cursors.getOrDefault(consumer, 0L);
      }

      @Override
      public void commit(long position) {
        cursors.put(consumer, position);
      }
    };
  }

  @Override
  public Reader receiptReader(long position) {
    return reader(position);
  }

  @Override
  public List<Cursor> cursors() {
    return cursors.keySet().stream().map(this::cursor).toList();
  }

  @Override
  public void deleteCursor(String consumer) {
    cursors.remove(consumer);
  }

  @Override
  public void roll(Duration age) {}

  @Override
  public void close() {}
}
