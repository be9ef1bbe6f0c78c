package io.penstock.destination;

import io.penstock.config.Secret;
import io.penstock.dial.Tls;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Splunk's HTTP Event Collector.
 *
 * @param urls of its indexers, or a balancer before them; a URL without a path gets the collector's
 * @param token what it knows us by
 * @param index where events go; null for the token's own
 * @param host of events; null for their exporter
 * @param extraFields indexed fields that every event carries
 * @param acknowledgement whether to wait until indexers say that events are safe
 * @param acknowledgementMax how long to wait for that before events are sent again
 * @param onAmbiguous what becomes of events before one that is refused
 */
public record HecConfig(
    List<URI> urls,
    Secret token,
    @Nullable String index,
    String sourcetype,
    String source,
    @Nullable String host,
    Map<String, String> extraFields,
    Acknowledgement acknowledgement,
    Duration acknowledgementMax,
    OnAmbiguous onAmbiguous,
    Tls tls,
    boolean gzip)
    implements Destination {

  private static final Duration ACKNOWLEDGEMENT_MAX = Duration.ofMinutes(5);

  /** Whether to wait for the acknowledgement of indexers. */
  public enum Acknowledgement {
    OFF,
    /** Where the token asks for it. */
    AUTO,
    REQUIRED
  }

  /**
   * A request is refused for one of its events, and versions of Splunk differ in whether they have
   * kept the events before it.
   */
  public enum OnAmbiguous {
    /** They are sent again: some may arrive twice. */
    RESEND,
    /** They count as arrived: some may be lost. */
    SKIP
  }

  public HecConfig {
    extraFields = Map.copyOf(extraFields);
  }

  static HecConfig read(Members members) {
    members.demandText();
    return new HecConfig(
        members.urls("hec_url", "url", "urls"),
        members.requiredSecret("token"),
        members.text("index", "telemetry"),
        members.text("sourcetype", "telemetry:event"),
        members.text("source", "penstock"),
        members.text("host"),
        members.map("extra_fields"),
        members.word("acknowledgement", Acknowledgement.class, Acknowledgement.AUTO),
        members.millis(
            "acknowledgement_max_ms",
            Duration.ofSeconds(1),
            Duration.ofHours(1),
            ACKNOWLEDGEMENT_MAX),
        members.word("on_ambiguous", OnAmbiguous.class, OnAmbiguous.RESEND),
        members.tls(),
        members.flag("gzip", false));
  }
}
