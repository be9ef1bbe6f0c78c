package io.penstock.api;

import io.penstock.admit.Admission;
import io.penstock.admit.SourceActivity;
import io.penstock.admit.SourceForm;
import io.penstock.admit.Verdict;
import io.penstock.control.AdminAudit;
import io.penstock.control.AdminAudit.Act;
import io.penstock.control.Flag;
import io.penstock.control.Flags;
import io.penstock.control.Source;
import io.penstock.control.Sources;
import io.penstock.control.Tenants;
import io.penstock.event.Ip;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Fields;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The sources of a tenant: who may send, and what they sent. */
public final class SourcesResource implements Resource {

  private static final int BODY_BYTES_MAX = 64 << 10;
  private static final int PAGE_MAX = 100;
  private static final int PAGE = 50;
  private static final int QUARTER = 900;

  private final Sources sources;
  private final Tenants tenants;
  private final Admission admission;
  private final Flags flags;
  private final AdminAudit audit;
  private final InstantSource clock;

  public SourcesResource(
      Sources sources,
      Tenants tenants,
      Admission admission,
      Flags flags,
      AdminAudit audit,
      InstantSource clock) {
    this.sources = sources;
    this.tenants = tenants;
    this.admission = admission;
    this.flags = flags;
    this.audit = audit;
    this.clock = clock;
  }

  @Override
  public List<Route> routes() {
    var readers = Access.scopes("read_sources");
    var admins = Access.scopes("admin");
    return List.of(
        new Route("GET", "/v1/sources", readers, this::list),
        new Route("POST", "/v1/sources", admins, this::create),
        new Route("GET", "/v1/sources/{id}", readers, this::show),
        new Route("PUT", "/v1/sources/{id}", admins, this::change),
        new Route("PATCH", "/v1/sources/{id}", admins, this::change),
        new Route("DELETE", "/v1/sources/{id}", admins, this::remove),
        new Route("GET", "/v1/sources/{id}/status", readers, this::status),
        new Route("GET", "/v1/sources/{id}/metrics", readers, this::metrics),
        new Route("POST", "/v1/sources/{id}/admission/test", readers, this::test));
  }

  private Answer list(Request request) {
    var tenant = tenant(request, request.query("tenant"));
    int page = (int) request.queryLong("page", 1, 1, Integer.MAX_VALUE);
    int sizeByDefault = (int) request.queryLong("page_size", PAGE, 1, PAGE_MAX);
    int size = (int) request.queryLong("size", sizeByDefault, 1, PAGE_MAX);
    var filter = new Filter(request);
    var now = clock.instant();
    var seen = sources.seen(tenant);
    var found =
        sources.snapshot().current().of(tenant).stream()
            .filter(filter::takes)
            .map(source -> json(source, seen.get(source.id()), now))
            .filter(filter::takesHealth)
            .toList();
    long from = Math.min((long) (page - 1) * size, found.size());
    var items =
        found.subList((int) from, (int) Math.min(from + size, found.size())).stream()
            .map(SourceJson::members)
            .toList();
    return Answer.json(
        Json.object(
            "sources", items,
            "total", found.size(),
            "page", page,
            "size", size,
            "pages", (found.size() + size - 1) / size,
            "items", items,
            "page_size", size));
  }

  /** A tenant that is asked for by name: an admin may ask for any. */
  private String tenant(Request request, Optional<String> named) {
    if (named.isEmpty() || named.get().equals(request.tenant())) {
      return request.tenant();
    }
    if (!request.principal().isAdmin()) {
      throw new Refusal(Answer.problem(403, "forbidden", "Admin scope required"));
    }
    return tenants
        .find(named.get())
        .orElseThrow(() -> new Refusal(Answer.problem(404, "tenant_not_found", "Tenant not found")))
        .id();
  }

  /** What a list is narrowed by. */
  private static final class Filter {
    private final Optional<String> type;
    private final Optional<String> status;
    private final Optional<Boolean> isEnabled;
    private final Optional<String> site;

    Filter(Request request) {
      type = request.query("type").map(word -> word.equals("api") ? "http" : word);
      status = request.query("status");
      isEnabled = request.query("enabled").map(Filter::flag);
      site = request.query("site");
    }

    private static boolean flag(String text) {
      return switch (text) {
        case "true", "1" -> true;
        case "false", "0" -> false;
        default ->
            throw Refusal.invalidParameter(
                "query", "enabled", "Input should be a valid boolean", text);
      };
    }

    boolean takes(Source source) {
      return type.map(SourceJson.word(source.type())::equals).orElse(true)
          && isEnabled.map(wanted -> wanted == source.isEnabled()).orElse(true)
          && site.map(wanted -> wanted.equals(source.site())).orElse(true);
    }

    /** {@code status} is how a source is; whether it is switched on is accepted, too. */
    boolean takesHealth(SourceJson source) {
      return status
          .map(
              wanted ->
                  switch (wanted) {
                    case "enabled" -> source.source().isEnabled();
                    case "disabled" -> !source.source().isEnabled();
                    default -> wanted.equals(source.health().word());
                  })
          .orElse(true);
    }
  }

  private Answer create(Request request) throws IOException {
    var fields = request.fields(BODY_BYTES_MAX);
    var id = fields.requiredText("id", 64);
    if (!SourceForm.isId(id)) {
      throw fields.invalid("id", "String should have letters, digits, '.', '_' and '-' only");
    }
    var key = new Source.Key(tenant(request, fields.text("tenant_id")), id);
    var now = now();
    var type = Source.Type.HTTP;
    var form = new SourceForm(members(fields));
    boolean blocks = flags.isOn(Flag.ADMISSION_BLOCK_ON_EXCEED_DEFAULT);
    var source = form.applyTo(Source.named(key, type, blocks, now), now);
    form.measure(source, sources.snapshot().current().of(key.tenant()));
    if (!form.faults().isEmpty()) {
      throw unprocessable(form.faults());
    }
    if (!sources.add(source)) {
      return Answer.problem(409, "conflict", "Source already exists");
    }
    admission.settle();
    audit.record(new Act(Actors.of(request), "source_create", id, null, source.facts()));
    return Answer.json(json(source, null, now).members());
  }

  private static Map<String, @Nullable Object> members(Fields fields) {
    var members = new HashMap<String, @Nullable Object>();
    fields.names().forEach(name -> members.put(name, fields.raw(name)));
    return members;
  }

  private static Refusal unprocessable(List<SourceForm.Fault> faults) {
    var entries =
        faults.stream()
            .map(
                fault ->
                    Json.object(
                        "type",
                        "value_error",
                        "loc",
                        List.of("body", fault.field()),
                        "msg",
                        fault.message(),
                        "input",
                        fault.input()))
            .toList();
    return new Refusal(
        Answer.json(422, Json.object("error", "validation_error", "detail", entries)));
  }

  /** Clients of the change know these texts, and their status. */
  private static Refusal badRequest(List<SourceForm.Fault> faults) {
    return new Refusal(
        Answer.json(
            400,
            Json.object(
                "error",
                "invalid_source",
                "detail",
                faults.stream().map(SourceForm.Fault::message).collect(Collectors.joining("; ")),
                "field",
                faults.getFirst().field())));
  }

  private Answer show(Request request) {
    return Answer.json(json(find(request)).members());
  }

  private Answer change(Request request) throws IOException {
    var form = new SourceForm(members(request.fields(BODY_BYTES_MAX)));
    var key = key(request);
    var changed =
        sources
            .change(
                key,
                before -> {
                  var after = form.applyTo(before, now());
                  form.measure(after, sources.snapshot().current().of(key.tenant()));
                  if (!form.faults().isEmpty()) {
                    throw badRequest(form.faults());
                  }
                  return after;
                })
            .orElseThrow(SourcesResource::unknown);
    admission.settle();
    audit.record(
        new Act(
            Actors.of(request),
            "source_update",
            key.id(),
            changed.before().facts(),
            changed.after().facts()));
    return Answer.json(json(changed.after()).members());
  }

  private Answer remove(Request request) {
    var key = key(request);
    var removed = sources.remove(key).orElseThrow(SourcesResource::unknown);
    admission.settle();
    audit.record(new Act(Actors.of(request), "source_delete", key.id(), removed.facts(), null));
    return Answer.json(Json.object("message", "Source deleted successfully", "id", key.id()));
  }

  private Answer status(Request request) {
    var source = json(find(request));
    return Answer.json(
        Json.object(
            "last_seen_ts", source.lastSeenSeconds(),
            "eps_1m", SourceJson.rounded(source.minute().eps()),
            "error_pct_1m", SourceJson.rounded(source.minute().refusedPercent()),
            "health_status", source.health().word()));
  }

  private Answer metrics(Request request) {
    int window = (int) request.queryLong("window", QUARTER, 60, SourceActivity.WINDOW_MAX);
    var source = json(find(request));
    var now = clock.instant();
    var activity = admission.activity(source.source().key()).orElseThrow(SourcesResource::unknown);
    var quarter = activity.over(QUARTER, now);
    var asked = activity.over(window, now);
    return Answer.json(
        Json.object(
            "eps_1m",
            SourceJson.rounded(source.minute().eps()),
            "records_24h",
            activity.lastDay(now).records(),
            "error_pct_15m",
            SourceJson.rounded(quarter.refusedPercent()),
            "avg_risk_15m",
            SourceJson.rounded(quarter.averageRisk()),
            "last_seen",
            source.lastSeen(),
            "window_seconds",
            window,
            "window",
            Json.object(
                "records", asked.records(),
                "eps", SourceJson.rounded(asked.eps()),
                "error_pct", SourceJson.rounded(asked.refusedPercent()),
                "avg_risk", SourceJson.rounded(asked.averageRisk()))));
  }

  private Answer test(Request request) throws IOException {
    var source = find(request);
    var text =
        request
            .fields(BODY_BYTES_MAX)
            .text("client_ip")
            .filter(sent -> !sent.isBlank())
            .orElseThrow(() -> Refusal.badRequest("bad_request", "client_ip is required"));
    var client =
        Ip.parse(text.strip())
            .orElseThrow(
                () -> Refusal.badRequest("bad_request", "client_ip must be an IP address"));
    var verdict = admission.test(source.key(), client).orElseThrow(SourcesResource::unknown);
    return Answer.json(
        Json.object(
            "allowed", verdict == Verdict.ALLOWED,
            "reason", verdict.word(),
            "source_id", source.id(),
            "client_ip", client.toString(),
            "source_status", source.isEnabled() ? "enabled" : "disabled",
            "source_allowed_ips", source.allowedIps(),
            "enforced", admission.isEnforced(source.type())));
  }

  private static Source.Key key(Request request) {
    return new Source.Key(request.tenant(), request.pathParameter("id"));
  }

  private Source find(Request request) {
    return sources.find(key(request)).orElseThrow(SourcesResource::unknown);
  }

  private static Refusal unknown() {
    return new Refusal(Answer.problem(404, "not_found", "Source not found"));
  }

  private SourceJson json(Source source) {
    return json(source, sources.seen(source.key()).orElse(null), clock.instant());
  }

  private SourceJson json(Source source, Sources.@Nullable Seen written, Instant now) {
    var activity = admission.activity(source.key());
    return new SourceJson(
        source,
        SourceJson.later(written, activity.flatMap(SourceActivity::seen)),
        activity.map(known -> known.lastMinute(now)).orElse(SourceActivity.Window.NOTHING),
        now);
  }

  /** As the table can hold it. */
  private Instant now() {
    return Instant.ofEpochMilli(clock.millis());
  }
}
