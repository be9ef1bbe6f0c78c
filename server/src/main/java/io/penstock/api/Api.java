package io.penstock.api;

import io.penstock.control.DatabaseUnavailableException;
import io.penstock.control.Keys;
import io.penstock.control.Tenants;
import io.penstock.http.Answer;
import io.penstock.http.Authenticator;
import io.penstock.http.Finished;
import io.penstock.http.Principal;
import io.penstock.http.Route;
import io.penstock.http.RouteTable;
import io.penstock.metrics.Meter;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All resources of the HTTP API, as a table of routes for {@link io.penstock.http.HttpServer}. */
public final class Api {

  private static final Logger LOG = LoggerFactory.getLogger(Api.class);

  private final RouteTable routes;
  private final RequestMetrics requestMetrics;

  /**
   * @param resources what there is to ask for
   * @param version what this build is
   * @param meter hears of every request
   */
  public Api(
      List<Resource> resources,
      ApiConfig.Version version,
      Meter meter,
      PrometheusRegistry registry) {
    this.routes =
        new RouteTable(
            resources.stream()
                .flatMap(resource -> resource.routes().stream())
                .map(Api::orUnavailable)
                .toList());
    this.requestMetrics = new RequestMetrics(meter, registry);
    registerBuildInfo(version, registry);
  }

  /** What needs the database while it is away can be asked for again; nothing is wrong with us. */
  private static Route orUnavailable(Route route) {
    return new Route(
        route.method(),
        route.path(),
        route.access(),
        request -> {
          try {
            return route.handler().handle(request);
          } catch (DatabaseUnavailableException e) {
            LOG.atWarn()
                .addKeyValue("trace_id", request.id())
                .addKeyValue("reason", e.getMessage())
                .log("no database for a request");
            return Answer.problem(
                    503, "database_unavailable", "The settings cannot be reached, please retry")
                .with("Retry-After", "5");
          }
        });
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
  public static Authenticator authenticator(Keys keys, Tenants tenants) {
    return new Authenticator() {
      @Override
      public Optional<Principal> principalOf(String key) {
        return keys.authenticate(key)
            .map(found -> new Principal(found.tenant(), found.scopes(), found.keyId()));
      }

      @Override
      public boolean hasTenant(String tenant) {
        return tenants.find(tenant).isPresent();
      }
    };
  }
}
