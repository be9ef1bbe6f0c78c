package io.penstock.destination;

import io.penstock.destination.HecChannel.Patience;
import io.penstock.destination.HecConfig.Acknowledgement;
import io.penstock.dial.Dialer;
import io.penstock.dial.Endpoints;
import io.penstock.dial.Endpoints.Endpoint;
import io.penstock.dial.Endpoints.Order;
import io.penstock.dial.HttpLimits;
import io.penstock.dial.TlsContext;
import io.penstock.shape.Schema;
import io.penstock.shape.Shape;
import io.penstock.sink.Batch;
import io.penstock.sink.Delivery;
import io.penstock.sink.Delivery.Answer;
import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Later;
import io.penstock.sink.Sink;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Splunk's HTTP Event Collector, and those who speak like it. Where the token acknowledges, a batch
 * is under way until the indexer says that it is safe; else an answer is all there is. Hosts take
 * turns, and each acknowledges what it took itself.
 */
public final class HecSink implements Sink {

  /** Megabytes are what Splunk advises for its cloud. */
  private static final int BATCH_BYTES = 1 << 20;

  private static final int BATCH_EVENTS = 5_000;
  private static final int REQUESTS = 8;

  /** Batches wait for their acknowledgement for seconds, and need no connection meanwhile. */
  private static final int REQUESTS_ACKNOWLEDGED = 32;

  private static final Duration FIRST_QUESTION = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
  private static final int ANSWER_BYTES = 64 * 1024;

  private final HecConfig config;
  private final Supplier<Shape> documents;
  private final Limits limits;
  private final Endpoints endpoints;
  private final Map<Endpoint, HecHost> hosts = new HashMap<>();
  private volatile @Nullable Answer lastFailure;

  /**
   * @param documents makes writers of the documents that events are sent as, which have one schema
   * @throws IllegalArgumentException when the schema is not JSON: a document stands in an object
   * @throws GeneralSecurityException when certificates or key cannot be used; the message says why
   */
  public HecSink(HecConfig config, Schema schema, Supplier<Shape> documents, Dialer dialer)
      throws GeneralSecurityException {
    this(
        config,
        dialer,
        json(schema, documents),
        HttpLimits.DEFAULT,
        new Patience(FIRST_QUESTION, LONGEST_PAUSE, config.acknowledgementMax()));
  }

  private static Supplier<Shape> json(Schema schema, Supplier<Shape> documents) {
    if (!schema.isJson()) {
      throw new IllegalArgumentException("documents are JSON, which schema " + schema + " is not");
    }
    return documents;
  }

  HecSink(
      HecConfig config,
      Dialer dialer,
      Supplier<Shape> documents,
      HttpLimits http,
      Patience patience)
      throws GeneralSecurityException {
    this.config = config;
    this.documents = documents;
    boolean isOff = config.acknowledgement() == Acknowledgement.OFF;
    this.limits = new Limits(BATCH_EVENTS, BATCH_BYTES, isOff ? REQUESTS : REQUESTS_ACKNOWLEDGED);
    // The cookies of a balancer keep us at the indexer that knows our channel.
    var own = http.withConnections(limits.requests()).withAnswerBytes(ANSWER_BYTES).withCookies();
    var tls = TlsContext.of(config.tls());
    this.endpoints = new Endpoints(config.urls(), Order.ROUND);
    for (var endpoint : endpoints.all()) {
      var urls = HecUrls.of(endpoint.url());
      hosts.put(endpoint, new HecHost(urls, endpoint, dialer.http(tls, own), config, patience));
    }
  }

  @Override
  public Shape items() {
    return new HecItems(config, documents.get());
  }

  @Override
  public Delivery send(Batch batch) throws InterruptedException {
    if (batch.size() == 0) {
      // An event collector takes that for a mistake (code 5).
      return Delivery.all(new Answer(null, "nothing to send"));
    }
    var endpoint = endpoints.next();
    if (endpoint.isEmpty()) {
      return nobody();
    }
    var host = hosts.get(endpoint.get());
    if (host == null) {
      throw new IllegalStateException("a host that was not configured: " + endpoint.get().url());
    }
    var delivery = host.send(batch);
    if (delivery instanceof Later later) {
      lastFailure = later.answer();
    }
    return delivery;
  }

  /** All hosts are left alone for a while. */
  private Later nobody() {
    var last = lastFailure;
    return new Later(
        Cause.UNREACHABLE,
        last == null ? new Answer(null, "no host answers") : last,
        endpoints.pause());
  }

  @Override
  public Limits limits() {
    return limits;
  }

  @Override
  public void close() {
    hosts.values().forEach(HecHost::close);
  }
}
