package io.penstock;

import io.penstock.dial.Body;
import io.penstock.dial.Call;
import io.penstock.dial.Dialer;
import io.penstock.dial.HttpCaller;
import io.penstock.dial.HttpLimits;
import io.penstock.dial.TlsContext;
import io.penstock.inventory.Alert;
import io.penstock.json.Json;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends alerts to where an operator looks: a webhook, which gets them as the API shows them, and
 * Slack's incoming webhooks or what understands them. One that cannot be delivered is tried again
 * for some minutes and then counted as lost; it stays in the log and in the API.
 */
final class AlertPosts implements Consumer<Alert>, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(AlertPosts.class);

  private static final int WAITING_MAX = 1_000;
  private static final int ATTEMPTS_MAX = 8;
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /**
   * Where to.
   *
   * @param webhook gets the alert as JSON
   * @param slack gets {@code {"text": ...}}
   */
  record Config(Optional<URI> webhook, Optional<URI> slack) {
    boolean isEmpty() {
      return webhook.isEmpty() && slack.isEmpty();
    }
  }

  /** A place with its form. */
  private record Place(String name, URI uri, boolean isSlack) {

    byte[] body(Alert alert) {
      var document = isSlack ? Json.object("text", sentence(alert)) : alert.json();
      return Json.text(document).getBytes(StandardCharsets.UTF_8);
    }

    private static String sentence(Alert alert) {
      return "%s: %s %s (tenant %s)"
          .formatted(
              alert.kind().name().toLowerCase(Locale.ROOT).replace('_', ' '),
              alert.product(),
              alert.detail(),
              alert.tenant())
          .replace("&", "&amp;")
          .replace("<", "&lt;")
          .replace(">", "&gt;");
    }
  }

  private final List<Place> places;
  private final HttpCaller caller;
  private final Duration pause;
  private final BlockingQueue<Alert> waiting = new ArrayBlockingQueue<>(WAITING_MAX);
  private final Counter outcomes;
  private final Thread thread;

  AlertPosts(Config config, Dialer dialer, PrometheusRegistry registry)
      throws GeneralSecurityException {
    this(config, dialer, PAUSE, registry);
  }

  /**
   * @param pause before the second attempt; each later one waits twice as long
   */
  AlertPosts(Config config, Dialer dialer, Duration pause, PrometheusRegistry registry)
      throws GeneralSecurityException {
    this.places = places(config);
    this.caller = dialer.http(TlsContext.besides(null), HttpLimits.DEFAULT);
    this.pause = pause;
    this.outcomes =
        Counter.builder()
            .name("intercept_alert_posts_total")
            .help("Alerts that were sent to a place, by what became of them.")
            .labelNames("to", "outcome")
            .register(registry);
    this.thread = Thread.ofVirtual().name("alerts").unstarted(this::run);
  }

  private static List<Place> places(Config config) {
    var places = new ArrayList<Place>();
    config.webhook().ifPresent(uri -> places.add(new Place("webhook", uri, false)));
    config.slack().ifPresent(uri -> places.add(new Place("slack", uri, true)));
    return places;
  }

  void start() {
    thread.start();
  }

  /** Never waits. */
  @Override
  public void accept(Alert alert) {
    if (!waiting.offer(alert)) {
      places.forEach(place -> outcomes.labelValues(place.name, "lost").inc());
    }
  }

  private void run() {
    try {
      while (true) {
        var alert = waiting.take();
        for (var place : places) {
          deliver(alert, place);
        }
      }
    } catch (InterruptedException _) {
      // The end; what waits is in the log.
    }
  }

  private void deliver(Alert alert, Place place) throws InterruptedException {
    var wait = pause;
    for (int attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      if (isTaken(alert, place)) {
        outcomes.labelValues(place.name, "delivered").inc();
        return;
      }
      if (attempt < ATTEMPTS_MAX) {
        Thread.sleep(wait);
        wait = wait.multipliedBy(2);
      }
    }
    outcomes.labelValues(place.name, "lost").inc();
    LOG.atWarn()
        .addKeyValue("to", place.name)
        .addKeyValue("kind", alert.kind())
        .log("an alert could not be delivered");
  }

  private boolean isTaken(Alert alert, Place place) throws InterruptedException {
    try {
      var call = Call.post(place.uri, "application/json", Body.of(place.body(alert)));
      return caller.call(call).isSuccess();
    } catch (IOException e) {
      LOG.atDebug().addKeyValue("to", place.name).setCause(e).log("alert not delivered");
      return false;
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    caller.close();
  }
}
