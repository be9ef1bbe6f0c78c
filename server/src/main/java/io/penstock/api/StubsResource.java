package io.penstock.api;

import io.penstock.api.EventQueries.RefusedException;
import io.penstock.api.EventQueries.Selection;
import io.penstock.control.AdminAudit;
import io.penstock.exchange.Exchange;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.imports.HarImport;
import io.penstock.imports.Imported;
import io.penstock.imports.Recording;
import io.penstock.imports.WireMockImport;
import io.penstock.journal.ExchangeReader;
import io.penstock.json.Json;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import io.penstock.stub.Problem;
import io.penstock.stub.RequestMatcher;
import io.penstock.stub.Stub;
import io.penstock.stub.StubWriter;
import io.penstock.stub.Stubs;
import io.penstock.stub.Verification;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Canned answers: added, shown, imported, recorded from what was observed, and what was asked of
 * them. They are the installation's, not a tenant's.
 */
public final class StubsResource implements Resource {

  private static final int STUB_BYTES_MAX = 1 << 20;
  private static final int IMPORT_BYTES_MAX = 16 << 20;
  private static final int DEPTH_MAX = 40;
  private static final int RECORDED_MAX = 500;
  private static final int ASKED_SHOWN_MAX = 200;
  private static final int NEAR_SHOWN = 3;

  private final Stubs stubs;
  private final KeptStubs kept;
  private final EventQueries events;
  private final ExchangeReader reader;
  private final AdminAudit audit;
  private final InstantSource clock;

  public StubsResource(
      Stubs stubs,
      KeptStubs kept,
      EventQueries events,
      ExchangeReader reader,
      AdminAudit audit,
      InstantSource clock) {
    this.stubs = stubs;
    this.kept = kept;
    this.events = events;
    this.reader = reader;
    this.audit = audit;
    this.clock = clock;
  }

  @Override
  public List<Route> routes() {
    var admins = Access.scopes("admin");
    var all = "/v1/interception/stubs";
    return List.of(
        new Route("GET", all, admins, _ -> list()),
        new Route("PUT", all + "/{name}", admins, this::put),
        new Route("DELETE", all + "/{name}", admins, this::remove),
        new Route("POST", all + "/import/wiremock", admins, request -> imported(request, false)),
        new Route("POST", all + "/import/har", admins, request -> imported(request, true)),
        StoreQuestion.route(all + "/recorded", admins, this::recorded),
        new Route("GET", all + "/asked", admins, this::asked),
        new Route("POST", all + "/verify", admins, this::verify),
        new Route("POST", all + "/reset", admins, this::reset));
  }

  private Answer list() {
    return Answer.json(
        Json.object(
            "stubs",
            stubs.inUse().stream().map(StubsResource::inUse).toList(),
            "scenarios",
            stubs.scenarios()));
  }

  private static Map<String, @Nullable Object> inUse(Stubs.InUse use) {
    return Json.object(
        "name", use.stub().name(),
        "from", use.layer().name().toLowerCase(Locale.ROOT),
        "answered", use.answered(),
        "stub", use.stub().toJson());
  }

  private Answer put(Request request) throws IOException {
    var name = request.pathParameter("name");
    var document = new LinkedHashMap<String, @Nullable Object>(object(request, STUB_BYTES_MAX));
    document.put("name", name);
    var parsed = Stub.parse(document);
    if (!parsed.isValid()) {
      return refused(parsed.problems());
    }
    var problems = kept.put(parsed.stubs());
    if (!problems.isEmpty()) {
      return refused(problems);
    }
    record(request, "stub_put", name, document);
    return Answer.json(Json.object("name", name, "stub", document));
  }

  private static Map<String, @Nullable Object> object(Request request, int bytesMax)
      throws IOException {
    return object(bytes(request, bytesMax));
  }

  private static byte[] bytes(Request request, int bytesMax) throws IOException {
    return request.wholeBody(bytesMax, bytesMax).bytes();
  }

  @SuppressWarnings("unchecked") // what JsonTree makes of an object
  private static Map<String, @Nullable Object> object(byte[] json) {
    try {
      if (JsonTree.parse(json, DEPTH_MAX) instanceof Map<?, ?> map) {
        return (Map<String, @Nullable Object>) map;
      }
    } catch (MalformedJsonException e) {
      throw Refusal.badRequest("invalid_json", String.valueOf(e.getMessage()));
    }
    throw Refusal.badRequest("invalid_json", "Input should be an object");
  }

  private static Answer refused(List<Problem> problems) {
    var texts = problems.stream().map(Problem::toString).toList();
    return Answer.json(
        422,
        Json.object(
            "error", "invalid_stub", "detail", String.join("; ", texts), "problems", texts));
  }

  private Answer remove(Request request) {
    var name = request.pathParameter("name");
    if (!kept.remove(name)) {
      return Answer.problem(404, "not_found", "No stub of this name came through the API");
    }
    record(request, "stub_remove", name, Map.of());
    return Answer.json(Json.object("removed", name));
  }

  private void record(
      Request request, String action, String name, Map<String, @Nullable Object> after) {
    audit.record(
        new AdminAudit.Act(Actors.of(request), action, name, null, after.isEmpty() ? null : after));
  }

  private Answer imported(Request request, boolean isHar) throws IOException {
    var bytes = bytes(request, IMPORT_BYTES_MAX);
    var imported =
        isHar ? HarImport.read(bytes, Recording.Choice.DEFAULT) : WireMockImport.read(bytes);
    if (!imported.stubs().isEmpty()) {
      var problems = kept.put(imported.stubs());
      if (!problems.isEmpty()) {
        return refused(problems);
      }
    }
    record(request, "stub_import", isHar ? "har" : "wiremock", names(imported));
    return Answer.json(told(imported));
  }

  private static Map<String, @Nullable Object> names(Imported imported) {
    return Json.object("stubs", imported.stubs().stream().map(Stub::name).toList());
  }

  private static Map<String, @Nullable Object> told(Imported imported) {
    return Json.object(
        "stubs",
        imported.stubs().stream().map(Stub::name).toList(),
        "notes",
        imported.notes().stream().map(Problem::toString).toList());
  }

  /** Stubs that answer as was observed, as the YAML of a stubs folder. */
  private Answer recorded(Request request) throws RefusedException {
    var asked = Selections.of(request, 0, clock.instant());
    var filter = asked.filter();
    var which = "kind = exchange and verdict = observe and exists status";
    var selection =
        new Selection(
            asked.tenant(),
            asked.fromNanos(),
            asked.toNanos(),
            filter == null || filter.isBlank() ? which : which + " and (" + filter + ")");
    var exchanges = new ArrayList<Exchange>();
    for (var event : events.page(selection, RECORDED_MAX, null).events()) {
      reader.read(asked.tenant(), event).ifPresent(exchanges::add);
    }
    var imported = Recording.stubs(exchanges.reversed(), Recording.Choice.DEFAULT);
    var notes = new StringBuilder();
    imported.notes().forEach(note -> notes.append("# ").append(note).append('\n'));
    var yaml = notes + StubWriter.yaml(imported.stubs());
    return Answer.of(200, "application/yaml", yaml.getBytes(StandardCharsets.UTF_8));
  }

  /** Without headers, queries and bodies, which may hold what nobody is to read. */
  private Answer asked(Request request) {
    boolean isUnmatched = request.query("unmatched").map("true"::equals).orElse(false);
    var verification = stubs.verification();
    var seen = isUnmatched ? verification.unmatched() : verification.requests();
    var latest = seen.subList(Math.max(0, seen.size() - ASKED_SHOWN_MAX), seen.size());
    return Answer.json(
        Json.object(
            "asked",
            latest.stream().map(one -> asked(verification, one, isUnmatched)).toList(),
            "count",
            seen.size()));
  }

  private static Map<String, @Nullable Object> asked(
      Verification verification, Verification.Seen seen, boolean hasNear) {
    var near =
        verification.nearMisses(seen.asked(), hasNear ? NEAR_SHOWN : 0).stream()
            .map(Verification.NearMiss::toJson)
            .toList();
    return Json.object(
        "at", seen.at().toString(),
        "method", seen.asked().method(),
        "host", seen.asked().host(),
        "path", seen.asked().path(),
        "stub", seen.stub(),
        "near", hasNear ? near : null);
  }

  /** How many of the remembered requests match, or whether several came in an order. */
  private Answer verify(Request request) throws IOException {
    var body = object(request, STUB_BYTES_MAX);
    var matchers = new ArrayList<RequestMatcher>();
    for (var form : body.get("in_order") instanceof List<?> all ? all : List.of(body)) {
      var read = RequestMatcher.parse(form(form));
      if (read.matcher() == null) {
        return refused(read.problems());
      }
      matchers.add(read.matcher());
    }
    var verification = stubs.verification();
    return Answer.json(
        body.containsKey("in_order")
            ? Json.object("in_order", verification.inOrder(matchers))
            : Json.object("count", verification.count(matchers.getFirst())));
  }

  @SuppressWarnings("unchecked") // what JsonTree makes of an object
  private static Map<String, @Nullable Object> form(@Nullable Object form) {
    return form instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : Map.of();
  }

  private Answer reset(Request request) {
    stubs.reset();
    record(request, "stub_reset", "scenarios", Map.of());
    return Answer.json(Json.object("reset", true));
  }
}
