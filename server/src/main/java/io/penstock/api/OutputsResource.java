package io.penstock.api;

import io.penstock.config.Secret;
import io.penstock.control.AdminAudit;
import io.penstock.control.AdminAudit.Act;
import io.penstock.control.Output;
import io.penstock.control.Outputs;
import io.penstock.control.Outputs.Put;
import io.penstock.control.Vault;
import io.penstock.destination.ElasticSetup;
import io.penstock.destination.SinkConfig;
import io.penstock.destination.SinkConfig.Read;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Fields;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import io.penstock.outputs.Configured;
import io.penstock.outputs.Shippers;
import io.penstock.outputs.Shippers.Asked;
import io.penstock.sink.Shipper.Shipped;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The sinks of a tenant: configured, shown, tried, and told to ship at once. Those called {@code
 * splunk} and {@code elastic} have routes of their own, with the answers that clients of earlier
 * products know.
 */
public final class OutputsResource implements Resource {

  /** A configuration with certificates. */
  private static final int BODY_BYTES_MAX = 256 << 10;

  private static final int SMALL_BODY_BYTES_MAX = 4 << 10;
  private static final Duration SHIP_TIMEOUT = Duration.ofSeconds(30);
  private static final int UNAVAILABLE = 503;

  private final Outputs outputs;
  private final Shippers shippers;
  private final AdminAudit audit;

  /** An output that older clients know by its name. */
  private enum Known {
    SPLUNK("splunk", "splunk-hec", "Splunk HEC not configured"),
    ELASTIC("elastic", "elastic", "Elasticsearch not configured");

    private final String word;
    private final String exported;
    private final String missing;

    Known(String word, String exported, String missing) {
      this.word = word;
      this.exported = exported;
      this.missing = missing;
    }

    static boolean has(String name) {
      return name.equals(SPLUNK.word) || name.equals(ELASTIC.word);
    }
  }

  public OutputsResource(Outputs outputs, Shippers shippers, AdminAudit audit) {
    this.outputs = outputs;
    this.shippers = shippers;
    this.audit = audit;
  }

  @Override
  public List<Route> routes() {
    var admins = Access.scopes("admin");
    var exporters = Access.scopes("export");
    var routes = new ArrayList<Route>();
    routes.add(new Route("GET", "/v1/outputs", exporters, this::list));
    routes.add(new Route("GET", "/v1/outputs/status", exporters, this::status));
    routes.add(new Route("POST", "/v1/outputs/test", admins, this::testNamed));
    for (var known : Known.values()) {
      var path = "/v1/outputs/" + known.word;
      routes.add(new Route("GET", path, exporters, request -> show(request, known)));
      routes.add(new Route("POST", path, admins, request -> put(request, known)));
      routes.add(new Route("PUT", path, admins, request -> put(request, known)));
      routes.add(new Route("DELETE", path, admins, request -> remove(request, known.word)));
      routes.add(
          new Route("POST", path + "/test", exporters, request -> test(request, known.word)));
      routes.add(
          new Route(
              "POST",
              "/v1/export/" + known.exported,
              exporters,
              request -> export(request, known)));
    }
    var one = "/v1/outputs/{name}";
    routes.add(new Route("GET", one, exporters, this::show));
    routes.add(new Route("PUT", one, admins, this::put));
    routes.add(new Route("DELETE", one, admins, request -> remove(request, name(request))));
    routes.add(new Route("POST", one + "/test", exporters, this::test));
    routes.add(
        new Route("POST", one + "/install", admins, request -> install(request, name(request))));
    var elastic = Known.ELASTIC.word;
    routes.add(
        new Route(
            "POST",
            "/v1/outputs/" + elastic + "/install",
            admins,
            request -> install(request, elastic)));
    routes.add(new Route("POST", "/v1/export/{name}", exporters, this::export));
    return routes;
  }

  private static String name(Request request) {
    return request.pathParameter("name");
  }

  private static Output.Key key(Request request, String name) {
    return new Output.Key(request.tenant(), name);
  }

  private Output find(Request request) {
    return outputs.find(key(request, name(request))).orElseThrow(OutputsResource::unknown);
  }

  private static Refusal unknown() {
    return new Refusal(Answer.problem(404, "not_found", "Output not found"));
  }

  // Showing

  private List<Output> own(Request request) {
    return outputs.all().values().stream()
        .filter(output -> output.tenant().equals(request.tenant()))
        .sorted(Comparator.comparing(Output::name))
        .toList();
  }

  private Map<String, @Nullable Object> json(Output output) {
    return OutputJson.of(output, shippers.report(output.key()));
  }

  private Answer list(Request request) {
    var shown = own(request).stream().map(this::json).toList();
    return Answer.json(
        Json.object(
            "outputs",
            shown,
            "total",
            shown.size(),
            "max",
            Outputs.PER_TENANT_MAX,
            "types",
            SinkConfig.types()));
  }

  private Answer show(Request request) {
    return Answer.json(json(find(request)));
  }

  private Answer show(Request request, Known known) {
    var output = outputs.find(key(request, known.word)).orElse(null);
    return Answer.json(
        Json.object(known.word, OutputJson.config(output), "health", health(output)));
  }

  private Map<String, @Nullable Object> health(@Nullable Output output) {
    return OutputJson.health(output, output == null ? null : shippers.report(output.key()));
  }

  private Answer status(Request request) {
    var body = new LinkedHashMap<String, @Nullable Object>();
    for (var known : Known.values()) {
      var output = outputs.find(key(request, known.word)).orElse(null);
      body.put(
          known.word, Json.object("config", OutputJson.config(output), "health", health(output)));
    }
    body.put("outputs", own(request).stream().map(this::json).toList());
    return Answer.json(body);
  }

  // Configuring

  private Answer put(Request request, Known known) throws IOException {
    var put = stored(request, known.word, known.word);
    return Answer.json(Json.object("status", "ok", known.word, Configured.shown(put.after())));
  }

  private Answer put(Request request) throws IOException {
    var name = name(request);
    if (!Output.isName(name)) {
      throw Refusal.invalidParameter(
          "path",
          "name",
          "String should match pattern '^[a-z0-9][a-z0-9_-]{0,29}$' and be no word of the API",
          name);
    }
    var put = stored(request, name, null);
    return Answer.json(Json.object("status", "ok", "output", json(put.after())));
  }

  /**
   * Stores what was posted.
   *
   * @param type of the output; null when the body says it
   */
  private Put.Done stored(Request request, String name, @Nullable String type) throws IOException {
    var fields = request.fields(BODY_BYTES_MAX);
    var key = key(request, name);
    Put put;
    try {
      put = outputs.put(key, before -> draft(fields, name, type, before));
    } catch (Vault.NoKeyException e) {
      throw new Refusal(
          Answer.problem(UNAVAILABLE, "no_secret_key", String.valueOf(e.getMessage())));
    }
    return switch (put) {
      case Put.Done done -> {
        shippers.settle();
        var before = done.before() == null ? null : Configured.shown(done.before());
        audit.record(
            new Act(
                Actors.of(request),
                before == null ? "output_create" : "output_update",
                name,
                before,
                Configured.shown(done.after())));
        yield done;
      }
      case Put.TooMany(int most, boolean isTenants) ->
          throw new Refusal(
              Answer.problem(
                  409,
                  "too_many_outputs",
                  isTenants
                      ? "A tenant may have %d outputs".formatted(most)
                      : "The server may have %d outputs".formatted(most)));
      case Put.NoTenant _ ->
          throw new Refusal(Answer.problem(404, "tenant_not_found", "Tenant not found"));
    };
  }

  private static Outputs.Draft draft(
      Fields fields, String name, @Nullable String fixedType, @Nullable Output before) {
    var type = fixedType == null ? type(fields, name, before) : fixedType;
    var posted = new LinkedHashMap<String, @Nullable Object>();
    fields.names().forEach(member -> posted.put(member, fields.raw(member)));
    return switch (SinkConfig.read(type, unmasked(posted, type, before))) {
      case Read.Faulty(var faults) -> throw unprocessable(faults);
      case Read.Sound sound ->
          new Outputs.Draft(type, sound.config().isEnabled(), new Secret(Json.text(sound.known())));
    };
  }

  private static String type(Fields fields, String name, @Nullable Output before) {
    return fields
        .text("type")
        .or(() -> Optional.ofNullable(before).map(Output::type))
        .or(() -> Optional.of(name).filter(SinkConfig.types()::contains))
        .orElseThrow(() -> unprocessable(List.of(Map.entry("type", "missing"))));
  }

  /** With the secrets that are kept because they were sent as they are shown. */
  private static Map<String, @Nullable Object> unmasked(
      Map<String, @Nullable Object> posted, String type, @Nullable Output before) {
    return before != null
            && before.type().equals(type)
            && Configured.read(before) instanceof Read.Sound sound
        ? SinkConfig.unmasked(posted, sound.known(), sound.shown())
        : posted;
  }

  /** Says which member and why in both forms that clients read, and never what was sent. */
  private static Refusal unprocessable(List<Map.Entry<String, String>> faults) {
    var detail =
        faults.stream()
            .map(
                fault ->
                    Json.object(
                        "field",
                        fault.getKey(),
                        "reason",
                        fault.getValue(),
                        "type",
                        "value_error",
                        "loc",
                        List.of("body", fault.getKey()),
                        "msg",
                        fault.getValue()))
            .toList();
    return new Refusal(
        Answer.json(422, Json.object("error", "validation_error", "detail", detail)));
  }

  private Answer remove(Request request, String name) {
    var key = key(request, name);
    var removed = outputs.remove(key);
    if (removed.isEmpty() && outputs.find(key).isPresent()) {
      return Answer.problem(
          409, "from_environment", "The environment configures this output: change it there");
    }
    var before = removed.orElseThrow(OutputsResource::unknown);
    shippers.settle();
    audit.record(
        new Act(Actors.of(request), "output_delete", name, Configured.shown(before), null));
    return Answer.json(Json.object("status", "deleted", "name", name));
  }

  // Trying

  private Answer testNamed(Request request) throws IOException {
    var fields = request.fields(SMALL_BODY_BYTES_MAX);
    var target = fields.raw("target") instanceof String text ? text : "";
    if (!Known.has(target) && outputs.find(key(request, target)).isEmpty()) {
      return Answer.json(
          422,
          Json.object(
              "error",
              "validation_error",
              "detail",
              "invalid target",
              "status",
              "error",
              "field",
              "target",
              "reason",
              "invalid target"));
    }
    return test(request, target);
  }

  private Answer test(Request request) {
    return test(request, find(request).name());
  }

  private Answer test(Request request, String name) {
    var output = outputs.find(key(request, name));
    if (output.isEmpty()) {
      return Answer.json(failed(request, name, "missing configuration"));
    }
    try {
      return switch (shippers.test(output.get(), request.id())) {
        case Asked.Done<Shippers.Tested>(var tested) ->
            Answer.json(
                tested(
                    request,
                    name,
                    tested.isOk(),
                    tested.text(),
                    tested.code(),
                    tested.millis(),
                    tested.bytes()));
        case Asked.Idle<Shippers.Tested>(var state, var problem) ->
            Answer.json(failed(request, name, problem == null ? state : problem));
        case Asked.Busy<Shippers.Tested> _, Asked.Running<Shippers.Tested> _ -> busy();
      };
    } catch (InterruptedException e) {
      throw stopping();
    }
  }

  private Answer install(Request request, String name) {
    var output = outputs.find(key(request, name)).orElseThrow(OutputsResource::unknown);
    try {
      return switch (shippers.install(output)) {
        case Asked.Done<ElasticSetup.Result>(var result) -> installed(request, output, result);
        case Asked.Idle<ElasticSetup.Result>(var state, var problem) ->
            Answer.problem(409, "not_installed", problem == null ? state : problem);
        case Asked.Busy<ElasticSetup.Result> _, Asked.Running<ElasticSetup.Result> _ -> busy();
      };
    } catch (InterruptedException e) {
      throw stopping();
    }
  }

  private Answer installed(Request request, Output output, ElasticSetup.Result result) {
    var steps = result.steps().stream().map(OutputsResource::json).toList();
    var told =
        Json.object(
            "status",
            result.isComplete() ? "ok" : "fail",
            "target",
            output.name(),
            "server",
            result.server(),
            "steps",
            steps);
    audit.record(new Act(Actors.of(request), "output_install", output.name(), null, told));
    return Answer.json(told);
  }

  private static Map<String, @Nullable Object> json(ElasticSetup.Step step) {
    return Json.object(
        "part", step.part(),
        "name", step.name(),
        "outcome", step.outcome().name().toLowerCase(Locale.ROOT),
        "http_code", step.code(),
        "text", step.text());
  }

  private static Answer busy() {
    return Answer.problem(UNAVAILABLE, "busy", "Too many of these run, please retry")
        .with("Retry-After", "5");
  }

  private static Refusal stopping() {
    Thread.currentThread().interrupt();
    return new Refusal(Answer.problem(UNAVAILABLE, "stopping", "The server stops"));
  }

  private static Map<String, @Nullable Object> failed(
      Request request, String name, @Nullable String why) {
    return tested(request, name, false, why, UNAVAILABLE, 0, 0);
  }

  private static Map<String, @Nullable Object> tested(
      Request request,
      String name,
      boolean isOk,
      @Nullable String error,
      @Nullable Integer code,
      long millis,
      int bytes) {
    return Json.object(
        "status", isOk ? "ok" : "fail",
        "target", name,
        "error", error,
        "http_code", code,
        "http_status", code,
        "latency_ms", millis,
        "duration_ms", millis,
        "bytes", bytes,
        "request_id", request.id());
  }

  // Shipping at once

  private Answer export(Request request, Known known) {
    return outputs
        .find(key(request, known.word))
        .map(this::export)
        .orElseGet(() -> Answer.problem(400, "not_configured", known.missing));
  }

  private Answer export(Request request) {
    return export(find(request));
  }

  private Answer export(Output output) {
    try {
      return switch (shippers.ship(output.key(), SHIP_TIMEOUT)) {
        case Asked.Done<Shipped>(var shipped) -> exported(output, shipped);
        case Asked.Idle<Shipped>(var state, var problem) ->
            Answer.problem(
                409,
                "not_shipping",
                problem == null ? "The output is " + state : state + ": " + problem);
        case Asked.Busy<Shipped> _, Asked.Running<Shipped> _ -> busy();
      };
    } catch (InterruptedException e) {
      throw stopping();
    }
  }

  private static Answer exported(Output output, Shipped shipped) {
    var body =
        Json.object(
            "status", word(shipped),
            "sent", shipped.sent(),
            "failed", shipped.failed(),
            "latency_ms", shipped.millis(),
            "retries", shipped.retries());
    var error = shipped.error();
    if (shipped.isDone() || error == null) {
      return Answer.json(body);
    }
    body.put("error", "export_failed");
    body.put(
        "detail",
        "Export failed after %d retries: %s"
            .formatted(shipped.retries(), Configured.withoutSecrets(output, error.text())));
    return Answer.json(500, body);
  }

  private static String word(Shipped shipped) {
    if (!shipped.isDone()) {
      return shipped.error() == null ? "pending" : "failed";
    }
    return shipped.sent() + shipped.failed() == 0 ? "no_events" : "success";
  }
}
