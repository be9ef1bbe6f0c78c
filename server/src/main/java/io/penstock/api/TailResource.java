package io.penstock.api;

import io.penstock.event.Event;
import io.penstock.event.EventJson;
import io.penstock.filter.Filter;
import io.penstock.filter.FilterParser;
import io.penstock.filter.FilterParser.Parsed;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.EventStream;
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
    return List.of(
        new Route(
            "GET", "/v1/events/live", Access.stream(tickets, true, "read_requests"), this::stream));
  }

  private Answer stream(Request request) {
    int rate = (int) request.queryLong("rate", RATE, 1, RATE_MAX);
    var text = request.query("filter").orElse("");
    if (text.isBlank()) {
      return open(request, null, rate);
    }
    return switch (FilterParser.parse(text)) {
      case Parsed.Accepted(var filter) -> open(request, filter, rate);
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

  private Answer open(Request request, @Nullable Filter filter, int rate) {
    return streams.open(request, new Live(request.tenant(), filter, rate));
  }

  /** One client: what it is told, and how much of it each second. */
  private final class Live implements LiveStreams.Telling {
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final String tenant;
    private final @Nullable Filter filter;
    private final int rate;
    private final EventTail.Watch watch;
    private long second = System.nanoTime();
    private int told;
    private long skipped;

    private Live(String tenant, @Nullable Filter filter, int rate) {
      this.tenant = tenant;
      this.filter = filter;
      this.rate = rate;
      this.watch = tail.watch(tenant);
    }

    @Override
    public void tell(EventStream out, Duration patience) throws IOException, InterruptedException {
      var batch = watch.next(skipped > 0 ? Duration.ofSeconds(1) : patience);
      for (var event : batch == null ? List.<Event>of() : batch) {
        if (filter == null || filter.matches(event)) {
          tell(out, event);
        }
      }
      skipped += watch.takeMissed();
      if (skipped > 0 && System.nanoTime() - second >= SECOND_NANOS) {
        out.event(null, "skipped", "{\"events\":" + skipped + "}");
        skipped = 0;
      }
    }

    private void tell(EventStream out, Event event) throws IOException {
      long now = System.nanoTime();
      if (now - second >= SECOND_NANOS) {
        second = now;
        told = 0;
      }
      if (told == rate) {
        skipped++;
        return;
      }
      told++;
      out.event(null, null, new String(EventJson.write(tenant, event), StandardCharsets.UTF_8));
    }

    @Override
    public void end() {
      watch.close();
    }
  }
}
