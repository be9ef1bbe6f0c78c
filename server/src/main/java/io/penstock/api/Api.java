package io.penstock.api;

import io.penstock.control.ApiKeys;
import io.penstock.decode.ExporterDirectory;
import io.penstock.enrich.Lookup;
import io.penstock.event.Ip;
import io.penstock.http.Authenticator;
import io.penstock.http.Finished;
import io.penstock.http.Principal;
import io.penstock.http.Route;
import io.penstock.http.RouteTable;
import io.penstock.log.Receipts;
import io.penstock.metrics.Meter;
import io.penstock.receive.SocketStatus;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** All resources of the HTTP API, as a table of routes for {@link io.penstock.http.HttpServer}. */
public final class Api {

  private final RouteTable routes;
  private final RequestMetrics requestMetrics;

  /**
   * @param intake where posted batches go
   * @param receipts which keyed requests were taken
   * @param events the store's answers
   * @param lookup what is known of an address
   * @param exporters who sends telemetry
   * @param sockets where it is received
   * @param state how the server's parts are
   * @param meter what has happened so far
   */
  public Api(
      ApiConfig config,
      Intake intake,
      Receipts receipts,
      EventQueries events,
      Function<Ip, Lookup> lookup,
      ExporterDirectory exporters,
      Supplier<List<SocketStatus>> sockets,
      Supplier<SystemState> state,
      Meter meter,
      InstantSource clock,
      PrometheusRegistry registry) {
    var all = new ArrayList<Route>();
    all.addAll(new PageResource().routes());
    all.addAll(new StatusResource(config.version(), state, meter, clock).routes());
    all.addAll(new MetricsResource(meter, state, registry, config.publicPrometheus()).routes());
    all.addAll(new IngestResource(config, intake, receipts, clock, meter, registry).routes());
    all.addAll(new EventsResource(events, clock).routes());
    all.addAll(new LookupResource(lookup).routes());
    all.addAll(new ExportersResource(exporters, sockets).routes());
    this.routes = new RouteTable(all);
    this.requestMetrics = new RequestMetrics(meter, registry);
    registerBuildInfo(config.version(), registry);
  }

  private static void registerBuildInfo(ApiConfig.Version version, PrometheusRegistry registry) {
    Info.builder()
        .name("build_info")
        .help("What this build is.")
        .labelNames("version", "image", "image_tag")
        .register(registry)
        .setLabelValues(version.number(), version.image(), version.imageTag());
  }

  public RouteTable routes() {
    return routes;
  }

  /** Wants to hear of every request that was answered. */
  public Consumer<Finished> observer() {
    return requestMetrics;
  }

  /** Lets the bearers of these keys in. */
  public static Authenticator authenticator(ApiKeys keys) {
    return new Authenticator() {
      @Override
      public Optional<Principal> principalOf(String key) {
        return keys.find(key)
            .map(found -> new Principal(found.tenant(), found.scopes(), found.keyId()));
      }

      @Override
      public boolean hasTenant(String tenant) {
        return tenant.equals(ApiKeys.DEFAULT_TENANT);
      }
    };
  }
}
