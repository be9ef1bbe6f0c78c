package io.penstock.outputs;

import io.penstock.destination.SinkConfig;
import io.penstock.event.EventJson;
import io.penstock.shape.Shape;
import io.penstock.sink.Batch;
import io.penstock.sink.Delivery;
import io.penstock.sink.Delivery.Answer;
import io.penstock.sink.Sink;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Opens sinks whose destination is in memory: a place by tenant and type, which keeps what it is
 * sent and answers as it is told.
 */
public final class ReceivingSinks implements Opener {

  private final Map<String, Place> places = new ConcurrentHashMap<>();

  /** A destination. */
  public static final class Place {

    /** What arrived, each as the JSON document of its event. */
    public final List<String> arrived = new CopyOnWriteArrayList<>();

    /** Configurations with which it was opened. */
    public final List<SinkConfig> opened = new CopyOnWriteArrayList<>();

    /** Sinks to it that were closed. */
    public final List<SinkConfig> closed = new CopyOnWriteArrayList<>();

    private volatile Function<Batch, Delivery> answer = _ -> Delivery.all(new Answer(200, "ok"));
    private volatile boolean isBroken;

    /** How it answers from now on. */
    public void answer(Function<Batch, Delivery> answer) {
      this.answer = answer;
    }

    /** From now on it cannot be opened, or can again. */
    public void isBroken(boolean isBroken) {
      this.isBroken = isBroken;
    }
  }

  public Place place(String tenant, String type) {
    return places.computeIfAbsent(tenant + '/' + type, _ -> new Place());
  }

  @Override
  public Optional<Opened> open(String tenant, SinkConfig config) {
    var place = place(tenant, config.type());
    if (place.isBroken) {
      throw new IllegalStateException("the place is broken");
    }
    place.opened.add(config);
    return config.type().equals("files")
        ? Optional.empty()
        : Optional.of(new Opened(new PlaceSink(place, config), _ -> true));
  }

  /** Sends to a place. */
  private record PlaceSink(Place place, SinkConfig config) implements Sink {

    @Override
    public Shape items() {
      return (tenant, event, out) ->
          out.put(new String(EventJson.write(tenant, event), StandardCharsets.UTF_8));
    }

    @Override
    public Delivery send(Batch batch) {
      var delivery = place.answer.apply(batch);
      if (delivery instanceof Delivery.Taken taken) {
        var refused = taken.refused().stream().map(Delivery.Refusal::index).toList();
        IntStream.range(0, batch.size())
            .filter(i -> !taken.later().get(i) && !refused.contains(i))
            .forEach(i -> place.arrived.add(text(batch, i)));
      }
      return delivery;
    }

    private static String text(Batch batch, int i) {
      return new String(
          batch.bytes(), batch.start(i), batch.end(i) - batch.start(i), StandardCharsets.UTF_8);
    }

    @Override
    public Limits limits() {
      return new Limits(100, 1 << 20, 2);
    }

    @Override
    public void close() {
      place.closed.add(config);
    }
  }
}
