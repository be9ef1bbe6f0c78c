package io.penstock.demo;

import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The 24 hours before the demo began, as events: about as many as are wanted, more at noon than at
 * night, with what goes wrong among them. The same seed, number and time give the same events.
 */
public final class SeededDay {

  /** The tenants beside the default one, each with a little traffic of its own. */
  public static final List<String> TENANTS = List.of("demo-clinic", "demo-campus");

  /** Fewer have no room for all that goes wrong. */
  public static final int EVENTS_MIN = 1_000;

  private static final int BATCH_EVENTS = 2_000;
  private static final Duration SLOT = Duration.ofMinutes(5);
  private static final int SLOTS = (int) Duration.ofDays(1).dividedBy(SLOT);

  /** Of the events of the default tenant, so many percent again for each of the others. */
  private static final int TENANT_PERCENT = 2;

  /** How busy each hour of the day is, from midnight on. */
  private static final double[] HOURS = {
    .16, .14, .13, .13, .15, .2, .32, .55, .85, 1, 1, .96, .78, .9, 1, .98, .9, .72, .5, .42, .38,
    .32, .25, .19
  };

  private final Networks networks;
  private final SplittableRandom random;
  private final int events;
  private final Instant now;

  /** Takes the day, batch by batch, in the order of time. */
  @FunctionalInterface
  public interface Sink {
    void take(EventBatch batch) throws InterruptedException;
  }

  public SeededDay(Networks networks, long seed, int events, Instant now) {
    this.networks = networks;
    this.random = new SplittableRandom(seed);
    this.events = events;
    this.now = now;
  }

  /** Hands everything to a sink: the company's day first, then the other tenants'. */
  public void play(String tenant, Sink sink) throws InterruptedException {
    var site = new Site(networks, Site.COMPANY);
    int count = events - TENANTS.size() * events * TENANT_PERCENT / 100;
    var incidents = Incidents.of(site, now, count, random.split());
    new Player(tenant, site, incidents, random.split(), sink).play(count);
    for (int i = 0; i < TENANTS.size(); i++) {
      var other = new Site(networks, Site.COMPANY + 10 * (i + 1));
      new Player(TENANTS.get(i), other, List.of(), random.split(), sink)
          .play(events * TENANT_PERCENT / 100);
    }
  }

  /** One tenant's day. */
  private final class Player {

    private final String tenant;
    private final Site site;
    private final List<Conversation> incidents;
    private final SplittableRandom choices;
    private final Events converter;
    private final Sink sink;
    private List<Event> batch = new ArrayList<>(BATCH_EVENTS);
    private int next;

    Player(
        String tenant,
        Site site,
        List<Conversation> incidents,
        SplittableRandom random,
        Sink sink) {
      this.tenant = tenant;
      this.site = site;
      this.incidents = incidents;
      this.choices = random;
      this.converter = new Events(random.split(), now.toEpochMilli());
      this.sink = sink;
    }

    void play(int wanted) throws InterruptedException {
      double all = 0;
      for (int slot = 0; slot < SLOTS; slot++) {
        all += weight(slot);
      }
      double due = 0;
      int made = 0;
      for (int slot = 0; slot < SLOTS; slot++) {
        due += wanted * weight(slot) / all;
        made += slot(slot, (int) Math.round(due) - made);
      }
      flush();
    }

    /** Events of one slot: what goes wrong in it, and ordinary ones up to a number. */
    private int slot(int slot, int wanted) throws InterruptedException {
      long from = start(slot).toEpochMilli();
      long until = from + SLOT.toMillis();
      var found = new ArrayList<Event>();
      while (next < incidents.size() && incidents.get(next).startMillis() < until) {
        converter.of(incidents.get(next++), found::add);
      }
      while (found.size() < wanted) {
        long start = from + choices.nextLong(SLOT.toMillis());
        converter.of(site.ordinary(start, Device.any(choices), choices), found::add);
      }
      found.sort(Comparator.comparingLong(event -> event.origin().receivedNanos()));
      for (var event : found) {
        batch.add(event);
        if (batch.size() == BATCH_EVENTS) {
          flush();
        }
      }
      return found.size();
    }

    private void flush() throws InterruptedException {
      if (!batch.isEmpty()) {
        sink.take(new EventBatch(tenant, batch, null));
        batch = new ArrayList<>(BATCH_EVENTS);
      }
    }

    private Instant start(int slot) {
      return now.minus(SLOT.multipliedBy(SLOTS - slot));
    }

    private double weight(int slot) {
      return HOURS[start(slot).atZone(ZoneOffset.UTC).getHour()];
    }
  }
}
