package io.penstock.api;

import io.penstock.control.Tenant;
import io.penstock.decode.ExporterDirectory;
import io.penstock.event.Ip;
import io.penstock.event.Nanos;
import io.penstock.exporters.ExporterId;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import io.penstock.receive.SocketStatus;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Tells who sends telemetry, what became of it, and what never came. */
public final class ExportersResource implements Resource {

  private static final int PAGE_MAX = 1_000;

  /** Rows of one options table that a page shows. */
  private static final int ROWS_MAX = 200;

  private final ExporterDirectory exporters;
  private final Function<Ip, String> tenantOf;
  private final Supplier<List<SocketStatus>> sockets;
  private final InstantSource clock;

  /**
   * @param tenantOf whose an exporter is, by its address
   * @param sockets what the kernel dropped before anyone could tell whose it was
   */
  public ExportersResource(
      ExporterDirectory exporters,
      Function<Ip, String> tenantOf,
      Supplier<List<SocketStatus>> sockets,
      InstantSource clock) {
    this.exporters = exporters;
    this.tenantOf = tenantOf;
    this.sockets = sockets;
    this.clock = clock;
  }

  @Override
  public List<Route> routes() {
    // The pages quote what the events hold, so whoever may read those may read these.
    var readers = Access.scopes("read_requests");
    return List.of(
        new Route("GET", "/v1/exporters", readers, this::list),
        new Route("GET", "/v1/exporters/{id}", readers, this::page),
        new Route("GET", "/v1/exporters/{id}/datagrams.pcap", readers, this::datagrams));
  }

  /** A tenant sees its own exporters, by the sources as they are now. */
  private Predicate<Ip> visible(Request request) {
    return address -> tenantOf.apply(address).equals(request.tenant());
  }

  private boolean maySee(Request request, String id) {
    return ExporterId.parse(id).filter(known -> visible(request).test(known.address())).isPresent();
  }

  /** What no exporter is known for belongs to the default tenant, as unknown exporters do. */
  private List<SocketStatus> sockets(Request request) {
    return request.tenant().equals(Tenant.DEFAULT) ? sockets.get() : List.of();
  }

  private Answer list(Request request) {
    int limit = (int) request.queryLong("limit", 100, 1, PAGE_MAX);
    var after = request.query("cursor").orElse(null);
    var entries = exporters.entries(visible(request), after, limit + 1);
    boolean isMore = entries.size() > limit;
    long now = Nanos.of(clock.instant());
    var shown = isMore ? entries.subList(0, limit) : entries;
    return Answer.json(
        Json.object(
            "exporters", shown.stream().map(entry -> ExporterJson.summary(entry, now)).toList(),
            "count", shown.size(),
            "total", exporters.size(visible(request)),
            "next_cursor", isMore ? shown.getLast().report().id().toString() : null,
            "sockets", sockets(request).stream().map(ExportersResource::socket).toList()));
  }

  private static Map<String, @Nullable Object> socket(SocketStatus socket) {
    var drops = socket.kernelDrops();
    return Json.object(
        "listener", socket.listener(),
        "port", socket.port(),
        "datagrams", socket.datagrams(),
        "kernel_drops", drops.isPresent() ? drops.getAsLong() : null);
  }

  private Answer page(Request request) {
    var id = request.pathParameter("id");
    if (!maySee(request, id)) {
      return unknown(id);
    }
    return exporters
        .entry(id)
        .<Answer>map(
            entry ->
                Answer.json(
                    ExporterJson.page(
                        entry,
                        exporters.templates(id),
                        exporters.optionsTables(id, ROWS_MAX),
                        Nanos.of(clock.instant()))))
        .orElseGet(() -> unknown(id));
  }

  private Answer datagrams(Request request) {
    var id = request.pathParameter("id");
    if (!maySee(request, id)) {
      return unknown(id);
    }
    var name = id.replace(':', '-') + ".pcap";
    return exporters
        .capture(id)
        .<Answer>map(
            capture ->
                Answer.of(200, "application/vnd.tcpdump.pcap", capture)
                    .with("Content-Disposition", "attachment; filename=" + name))
        .orElseGet(() -> unknown(id));
  }

  private static Answer unknown(String id) {
    return Answer.problem(404, "unknown_exporter", "Nothing was heard of the exporter " + id);
  }
}
