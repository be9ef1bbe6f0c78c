package io.penstock.sink;

import io.penstock.event.Event;
import io.penstock.shape.Shape;
import io.penstock.sink.Delivery.Answer;
import java.nio.charset.StandardCharsets;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;

/** A sink whose answers a test decides; what it takes it remembers. */
final class ScriptedSink implements Sink {

  /** Decides what becomes of a batch. */
  interface Script {
    Delivery answer(Batch batch) throws InterruptedException;
  }

  private final Limits limits;
  private final Deque<Script> next = new ConcurrentLinkedDeque<>();
  private volatile Script otherwise = _ -> Delivery.all(new Answer(200, "ok"));

  /** Ids of all events that arrived, in the order in which they did. */
  final List<Long> arrived = new CopyOnWriteArrayList<>();

  /** Sizes of all batches that were sent. */
  final List<Integer> sent = new CopyOnWriteArrayList<>();

  volatile boolean isClosed;

  ScriptedSink(Limits limits) {
    this.limits = limits;
  }

  /** What becomes of the next batches, one each. */
  void next(Script... scripts) {
    next.addAll(List.of(scripts));
  }

  /** What becomes of a batch that has no script of its own. */
  void otherwise(Script script) {
    otherwise = script;
  }

  @Override
  public Shape items() {
    return (_, event, out) -> out.put(event.idHigh() + "\n");
  }

  @Override
  public Delivery send(Batch batch) throws InterruptedException {
    sent.add(batch.size());
    var script = next.poll();
    var delivery = (script == null ? otherwise : script).answer(batch);
    if (delivery instanceof Delivery.Taken taken) {
      var refused = taken.refused().stream().map(Delivery.Refusal::index).toList();
      for (int i = 0; i < batch.size(); i++) {
        if (!taken.later().get(i) && !refused.contains(i)) {
          arrived.add(id(batch, i));
        }
      }
    }
    return delivery;
  }

  /** The id that the item of an event carries. */
  private static long id(Batch batch, int index) {
    var item =
        new String(
            batch.bytes(),
            batch.start(index),
            batch.end(index) - batch.start(index),
            StandardCharsets.UTF_8);
    return Long.parseLong(item.strip());
  }

  @Override
  public Limits limits() {
    return limits;
  }

  @Override
  public void close() {
    isClosed = true;
  }

  static long id(Event event) {
    return event.idHigh();
  }
}
