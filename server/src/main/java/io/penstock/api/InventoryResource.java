package io.penstock.api;

import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.inventory.Alert;
import io.penstock.inventory.Difference;
import io.penstock.inventory.InventoryKeeper;
import io.penstock.inventory.SeenField;
import io.penstock.inventory.SeenHost;
import io.penstock.inventory.SeenProduct;
import io.penstock.inventory.Snapshot;
import io.penstock.json.Json;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What was ever sent home: every field of each product, what differs, what is worth an alert. */
public final class InventoryResource implements Resource {

  private final Supplier<Optional<InventoryKeeper>> inventory;

  /**
   * @param inventory empty while nothing is intercepted
   */
  public InventoryResource(Supplier<Optional<InventoryKeeper>> inventory) {
    this.inventory = inventory;
  }

  @Override
  public List<Route> routes() {
    var readers = Access.scopes("read_requests");
    return List.of(
        new Route("GET", "/v1/interception/inventory", readers, this::inventory),
        new Route("GET", "/v1/interception/difference", readers, this::difference),
        new Route("GET", "/v1/interception/alerts", readers, this::alerts));
  }

  private Answer inventory(Request request) {
    return inventory
        .get()
        .<Answer>map(keeper -> Answer.json(document(keeper.snapshot().of(request.tenant()))))
        .orElseGet(InventoryResource::off);
  }

  private static Map<String, @Nullable Object> document(Snapshot snapshot) {
    return Json.object(
        "since",
        snapshot.since().toString(),
        "at",
        snapshot.at().toString(),
        "products",
        snapshot.products().stream().map(InventoryResource::product).toList(),
        "hosts",
        snapshot.hosts().stream().map(InventoryResource::host).toList());
  }

  private static Map<String, @Nullable Object> product(SeenProduct seen) {
    return Json.object(
        "product", seen.product(),
        "version", seen.version(),
        "requests", seen.requests(),
        "octets", seen.octets(),
        "first", seen.first().toString(),
        "last", seen.last().toString(),
        "hosts", seen.hosts(),
        "fields", seen.fields().stream().map(InventoryResource::field).toList());
  }

  private static Map<String, @Nullable Object> field(SeenField seen) {
    return Json.object(
        "field", seen.key(),
        "types", seen.types().stream().map(InventoryResource::word).sorted().toList(),
        "identifier", word(seen.identifier()),
        "known", seen.isKnown(),
        "example", seen.example(),
        "values", seen.values(),
        "count", seen.count(),
        "first", seen.first().toString(),
        "last", seen.last().toString());
  }

  private static Map<String, @Nullable Object> host(SeenHost seen) {
    return Json.object(
        "host", seen.host(),
        "requests", seen.requests(),
        "first", seen.first().toString(),
        "last", seen.last().toString());
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static Answer off() {
    return Answer.problem(404, "not_found", "Nothing is intercepted here: set PROXY_PORT to begin");
  }

  /** Between two days when both are days, else between two versions. */
  private Answer difference(Request request) {
    var product = needed(request, "product");
    var before = needed(request, "before");
    var after = needed(request, "after");
    return inventory
        .get()
        .<Answer>map(
            keeper -> {
              var snapshot = keeper.snapshot();
              var tenant = request.tenant();
              var days = List.of(day(before), day(after));
              var difference =
                  days.stream().allMatch(Optional::isPresent)
                      ? Difference.ofDays(
                          snapshot, tenant, product, days.get(0).get(), days.get(1).get())
                      : Difference.ofVersions(snapshot, tenant, product, before, after);
              return Answer.json(
                  Json.object(
                      "product", product,
                      "before", before,
                      "after", after,
                      "changes", difference.json()));
            })
        .orElseGet(InventoryResource::off);
  }

  private static String needed(Request request, String name) {
    return request
        .query(name)
        .filter(text -> !text.isBlank())
        .orElseThrow(() -> Refusal.invalidParameter("query", name, "Field required", ""));
  }

  private static Optional<LocalDate> day(String text) {
    try {
      return Optional.of(LocalDate.parse(text));
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }

  private Answer alerts(Request request) {
    return inventory
        .get()
        .<Answer>map(
            keeper ->
                Answer.json(
                    Json.object(
                        "alerts",
                        keeper.alerts(request.tenant()).stream().map(Alert::json).toList())))
        .orElseGet(InventoryResource::off);
  }
}
