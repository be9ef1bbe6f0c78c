package io.penstock.api;

import io.penstock.event.Event;
import io.penstock.event.EventJson;
import io.penstock.filter.Filter;
import io.penstock.filter.FilterParser;
import io.penstock.filter.FilterParser.Parsed;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.EventStream;
import io.penstock.http.FrameStream;
import io.penstock.http.LiveOutput;
import io.penstock.http.LiveStreams;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.http.Tickets;
import io.penstock.json.Json;
import io.penstock.pipeline.EventTail;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Events as they become durable, flows and exchanges alike, to those who watch. */
public final class TailResource implements Resource {

  private static final int RATE = 200;
  private static final int RATE_MAX = 5_000;

  private final EventTail tail;
  private final LiveStreams streams;
  private final Tickets tickets;

  public TailResource(EventTail tail, LiveStreams streams, Tickets tickets) {
    this.tail = tail;
    this.streams = streams;
    this.tickets = tickets;
  }

  @Override
  public List<Route> routes() {
    var access = Access.stream(tickets, true, "read_requests");
    return List.of(
        new Route("GET", "/v1/events/live", access, this::stream),
        new Route("GET", "/v1/events/ws", access, this::converse));
  }

  private Answer stream(Request request) {
    return answer(
        request, wanted -> streams.open(request, () -> new Live<>(wanted, AS_SERVER_SENT)));
  }

  private Answer converse(Request request) {
    return answer(
        request, wanted -> streams.openSocket(request, () -> new Live<>(wanted, AS_MESSAGES)));
  }

  /** What a client wants to be told. */
  private record Wanted(String tenant, @Nullable Filter filter, int rate) {}

  private static Answer answer(Request request, Function<Wanted, Answer> open) {
    int rate = (int) request.queryLong("rate", RATE, 1, RATE_MAX);
    var text = request.query("filter").orElse("");
    if (text.isBlank()) {
      return open.apply(new Wanted(request.tenant(), null, rate));
    }
    return switch (FilterParser.parse(text)) {
      case Parsed.Accepted(var filter) -> open.apply(new Wanted(request.tenant(), filter, rate));
      case Parsed.Rejected(var position, var message, var hint) ->
          Answer.json(
              400,
              Json.object(
                  "error",
                  "bad_filter",
                  "detail",
                  hint == null ? message : message + "; " + hint,
                  "position",
                  position));
    };
  }

  /** How a client hears of an event, and of how many it did not. */
  private interface Form<O extends LiveOutput> {

    void event(O out, String document) throws IOException, InterruptedException;

    void skipped(O out, long events) throws IOException, InterruptedException;
  }

  private static final Form<EventStream> AS_SERVER_SENT =
      new Form<>() {
        @Override
        public void event(EventStream out, String document) throws IOException {
          out.event(null, null, document);
        }

        @Override
        public void skipped(EventStream out, long events) throws IOException {
          out.event(null, "skipped", Json.text(Json.object("events", events)));
        }
      };

  private static final Form<FrameStream> AS_MESSAGES =
      new Form<>() {
        @Override
        public void event(FrameStream out, String document)
            throws IOException, InterruptedException {
          out.text(document);
        }

        @Override
        public void skipped(FrameStream out, long events) throws IOException, InterruptedException {
          out.text(Json.text(Json.object("skipped", events)));
        }
      };

  /** One client: what it is told, and how much of it each second. */
  private final class Live<O extends LiveOutput> implements LiveStreams.Telling<O> {
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final Wanted wanted;
    private final Form<O> form;
    private final EventTail.Watch watch;
    private long second = System.nanoTime();
    private int told;
    private long skipped;

    private Live(Wanted wanted, Form<O> form) {
      this.wanted = wanted;
      this.form = form;
      this.watch = tail.watch(wanted.tenant);
    }

    @Override
    public void tell(O out, Duration patience) throws IOException, InterruptedException {
      var batch = watch.next(skipped > 0 ? Duration.ofSeconds(1) : patience);
      for (var event : batch == null ? List.<Event>of() : batch) {
        if (wanted.filter == null || wanted.filter.matches(event)) {
          tell(out, event);
        }
      }
      skipped += watch.takeMissed();
      if (skipped > 0 && System.nanoTime() - second >= SECOND_NANOS) {
        form.skipped(out, skipped);
        skipped = 0;
      }
    }

    private void tell(O out, Event event) throws IOException, InterruptedException {
      long now = System.nanoTime();
      if (now - second >= SECOND_NANOS) {
        second = now;
        told = 0;
      }
      if (told == wanted.rate) {
        skipped++;
        return;
      }
      told++;
      form.event(out, new String(EventJson.write(wanted.tenant, event), StandardCharsets.UTF_8));
    }

    @Override
    public void end() {
      watch.close();
    }
  }
}
