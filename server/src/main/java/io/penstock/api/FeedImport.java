package io.penstock.api;

import io.penstock.control.Indicators;
import io.penstock.control.Indicators.Mode;
import io.penstock.control.Indicators.Outcome;
import io.penstock.control.ThreatIndicator.Draft;
import io.penstock.enrich.FeedReader;
import io.penstock.enrich.Indicator;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Reads a list of indicators and stores it, all or nothing. Safe for many threads. */
final class FeedImport {

  private final Indicators indicators;
  private final InstantSource clock;

  FeedImport(Indicators indicators, InstantSource clock) {
    this.indicators = indicators;
    this.clock = clock;
  }

  /**
   * What is to be done.
   *
   * @param life how long entries count whose list does not say
   */
  record Order(
      String tenant, String feed, FeedReader.Format format, Mode mode, Optional<Duration> life) {}

  /** What came of it. */
  sealed interface Result {

    record Stored(FeedReader.Report report, Outcome.Done done) implements Result {}

    /** The list has errors and nothing else; the feed is as it was. */
    record Nothing(FeedReader.Report report) implements Result {}

    /** There is no room for it; the feed is as it was. */
    record Full(int max) implements Result {}
  }

  /**
   * @param progress hears percents
   * @throws IOException when the list is not of the format it should be of; the feed is as it was
   */
  Result run(FeedReader.Content content, Order order, IntConsumer progress) throws IOException {
    var gathering = new Gathering(max(order.tenant), standardExpiry(order));
    var feed = new FeedReader.Feed(order.feed, order.format, false);
    var report = FeedReader.read(content, feed, clock.instant(), gathering::add);
    if (gathering.isFull) {
      return new Result.Full(gathering.max);
    }
    if (gathering.drafts.isEmpty() && report.bad() > 0) {
      return new Result.Nothing(report);
    }
    progress.accept(50);
    int all = Math.max(1, gathering.drafts.size());
    var outcome =
        indicators.load(
            order.tenant,
            order.feed,
            gathering.drafts.values(),
            order.mode,
            stored -> progress.accept((int) (50 + 49L * stored / all)));
    return switch (outcome) {
      case Outcome.Done done -> new Result.Stored(report, done);
      case Outcome.Full(int max) -> new Result.Full(max);
    };
  }

  private int max(String tenant) {
    var limits = indicators.limits();
    return tenant.equals(Indicators.EVERYONE)
        ? limits.total()
        : Math.min(limits.total(), limits.perTenant());
  }

  private @Nullable Instant standardExpiry(Order order) {
    return order.life.map(life -> clock.instant().plus(life)).orElse(null);
  }

  /** Collects what is read, each value once. */
  private static final class Gathering {

    final int max;
    final Map<String, Draft> drafts = new LinkedHashMap<>();
    boolean isFull;
    private final @Nullable Instant standardExpiry;

    Gathering(int max, @Nullable Instant standardExpiry) {
      this.max = max;
      this.standardExpiry = standardExpiry;
    }

    boolean add(Indicator indicator) {
      var value = indicator.target().text();
      if (drafts.size() >= max && !drafts.containsKey(value)) {
        isFull = true;
        return false;
      }
      var expires = indicator.expires() == null ? standardExpiry : indicator.expires();
      drafts.merge(
          value,
          new Draft(value, indicator.category(), indicator.confidence(), indicator.feed(), expires),
          Gathering::surer);
      return true;
    }

    /** Of two entries for one value the surer counts, as long as either of them. */
    private static Draft surer(Draft a, Draft b) {
      var surer = b.confidence() > a.confidence() ? b : a;
      return new Draft(
          surer.value(),
          surer.category(),
          surer.confidence(),
          surer.feed(),
          later(a.expiresAt(), b.expiresAt()));
    }

    private static @Nullable Instant later(@Nullable Instant a, @Nullable Instant b) {
      if (a == null || b == null) {
        return null;
      }
      return a.isAfter(b) ? a : b;
    }
  }
}
