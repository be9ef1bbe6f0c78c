package io.penstock.sink;

import io.penstock.event.ByteOutput;
import io.penstock.event.Event;
import io.penstock.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Events of one tenant on their way to a sink, each with its item as the sink writes it. Immutable;
 * the parts of a batch share its bytes.
 */
public final class Batch {

  /** What an enriched event without extra members takes in memory, about. */
  private static final int EVENT_BYTES = 800;

  private final String tenant;
  private final byte[] bytes;
  private final int[] starts;
  private final int[] ends;
  private final List<Event> events;
  private final int attempt;
  private final long memory;

  private Batch(
      String tenant,
      byte[] bytes,
      int[] starts,
      int[] ends,
      List<Event> events,
      int attempt,
      long memory) {
    this.tenant = tenant;
    this.bytes = bytes;
    this.starts = starts;
    this.ends = ends;
    this.events = events;
    this.attempt = attempt;
    this.memory = memory;
  }

  /** Whose events these are. */
  public String tenant() {
    return tenant;
  }

  public int size() {
    return events.size();
  }

  /** Where all items are; not to be changed. */
  public byte[] bytes() {
    return bytes;
  }

  /** Offset of an item's first byte in {@link #bytes}. */
  public int start(int index) {
    return starts[index];
  }

  /** Offset behind an item's last byte. */
  public int end(int index) {
    return ends[index];
  }

  /** The event that an item was made of. */
  public Event event(int index) {
    return events.get(index);
  }

  /** Bytes of all items. */
  public int byteCount() {
    int count = 0;
    for (int i = 0; i < starts.length; i++) {
      count += ends[i] - starts[i];
    }
    return count;
  }

  /** Bytes that items and events take, about; a part takes as much as the whole it keeps alive. */
  long memory() {
    return memory;
  }

  /** How often the destination has answered for these events before; 0 when they are new. */
  public int attempt() {
    return attempt;
  }

  /** The events of these indexes, in their order, for another attempt. */
  Batch again(BitSet indexes) {
    var picked = new ArrayList<Event>(indexes.cardinality());
    var pickedStarts = new int[indexes.cardinality()];
    var pickedEnds = new int[indexes.cardinality()];
    for (int i = indexes.nextSetBit(0); i >= 0; i = indexes.nextSetBit(i + 1)) {
      pickedStarts[picked.size()] = starts[i];
      pickedEnds[picked.size()] = ends[i];
      picked.add(events.get(i));
    }
    return new Batch(tenant, bytes, pickedStarts, pickedEnds, picked, attempt + 1, memory);
  }

  /** The same events, for another attempt. */
  Batch again() {
    return new Batch(tenant, bytes, starts, ends, events, attempt + 1, memory);
  }

  /** The events from one index up to another, as new ones. */
  Batch part(int from, int to) {
    var indexes = new BitSet(to);
    indexes.set(from, to);
    var part = again(indexes);
    return new Batch(tenant, bytes, part.starts, part.ends, part.events, attempt, memory);
  }

  /** Gathers a batch. For one thread. */
  public static final class Builder {

    private final String tenant;
    private final ByteOutput out;
    private final List<Event> events = new ArrayList<>();
    private int[] ends = new int[256];
    private long eventBytes;

    /**
     * @param bytes that its items will take, about
     */
    public Builder(String tenant, int bytes) {
      this.tenant = tenant;
      this.out = new ByteOutput(bytes);
    }

    /**
     * Appends an event as the writer of a sink's items writes it.
     *
     * @throws RuntimeException what the writer throws; then the batch is as it was before
     */
    public void add(Shape items, Event event) {
      int before = out.size();
      try {
        items.write(tenant, event, out);
      } catch (RuntimeException e) {
        out.truncate(before);
        throw e;
      }
      if (events.size() == ends.length) {
        ends = Arrays.copyOf(ends, 2 * ends.length);
      }
      ends[events.size()] = out.size();
      events.add(event);
      eventBytes += EVENT_BYTES + event.extra().length;
    }

    /** Bytes that items and events take, about. */
    long memory() {
      return out.array().length + eventBytes;
    }

    public int size() {
      return events.size();
    }

    public int byteCount() {
      return out.size();
    }

    /** The batch; nothing may be added any more. */
    public Batch build() {
      var starts = new int[events.size()];
      if (starts.length > 0) {
        System.arraycopy(ends, 0, starts, 1, starts.length - 1);
      }
      return new Batch(
          tenant, out.array(), starts, Arrays.copyOf(ends, starts.length), events, 0, memory());
    }
  }
}
