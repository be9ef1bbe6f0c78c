package io.penstock;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How each route is called by somebody who is after another tenant's things. A placeholder like
 * {@code {source}} stands for the name that the other tenant's thing has.
 */
final class RouteSamples {

  /** What a route is about. */
  enum Reach {
    /** The things of the tenant that the key acts for: an admin's key, too, sees no others. */
    TENANT,
    /** The server, and with it all tenants: for admins, who are the server's. */
    SERVER,
    /** Nothing that belongs to a tenant. */
    NOBODY,
    /** The tenant's own, for as long as the client listens. */
    STREAM
  }

  /**
   * A way to call a route.
   *
   * @param path with its query
   * @param isOverride whether admins are let through: they may see any tenant when they ask for it
   */
  record Call(String path, String body, boolean isOverride) {

    boolean namesOthers() {
      return Realm.namesOfNobody().keySet().stream()
          .anyMatch(name -> path.contains(name) || body.contains(name));
    }

    Call with(Map<String, String> names) {
      var filledPath = path;
      var filledBody = body;
      for (var name : names.entrySet()) {
        filledPath = filledPath.replace(name.getKey(), name.getValue());
        filledBody = filledBody.replace(name.getKey(), name.getValue());
      }
      return new Call(filledPath, filledBody, isOverride);
    }
  }

  /**
   * A route and the ways to call it.
   *
   * @param quotesCallers whether it shows what the tenant's own callers asked for, which may be
   *     another's names
   */
  record Sample(String method, Reach reach, boolean quotesCallers, List<Call> calls) {}

  private static final String FLOW =
      """
      [{"ts":1723351200,"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","src_port":1,"dst_port":2,\
      "protocol":"tcp","bytes":1,"packets":1}]\
      """;

  private static final String ZEEK =
      """
      [{"ts":1723351200.0,"uid":"C1","id.orig_h":"192.0.2.1","id.orig_p":1,\
      "id.resp_h":"192.0.2.2","id.resp_p":2,"proto":"udp"}]\
      """;

  private final Map<String, Sample> samples = new LinkedHashMap<>();

  private RouteSamples() {
    addPages();
    addEvents();
    addIntelligence();
    addKeysAndTenants();
    addSources();
    addOutputs();
    addServer();
    addAudit();
  }

  /** Samples by the method and the path of the API's description. */
  static Map<String, Sample> all() {
    return new RouteSamples().samples;
  }

  private void add(Reach reach, String route, String... more) {
    add(reach, false, route, "", more);
  }

  /** Queries in {@code more} that begin with ! are the ones by which an admin sees any tenant. */
  private void add(Reach reach, boolean quotesCallers, String route, String body, String... more) {
    var parts = route.split(" ", 2);
    var path = parts[1];
    for (var parameter : PARAMETERS.entrySet()) {
      if (path.startsWith(parameter.getKey())) {
        path = path.replaceFirst("\\{[a-z_]+}", parameter.getValue());
        break;
      }
    }
    var calls = new ArrayList<Call>();
    calls.add(new Call(path, body, false));
    for (var query : more) {
      boolean isOverride = query.startsWith("!");
      calls.add(new Call(path + query.substring(isOverride ? 1 : 0), body, isOverride));
    }
    samples.put(route, new Sample(parts[0], reach, quotesCallers, calls));
  }

  private void body(Reach reach, String route, String body, String... more) {
    add(reach, false, route, body, more);
  }

  private void quoting(String route, String... more) {
    add(Reach.TENANT, true, route, "", more);
  }

  /** A page that shows an admin, unless told otherwise, the numbers of all tenants. */
  private void numbers(Reach reach, String path) {
    samples.put("GET " + path, new Sample("GET", reach, false, List.of(new Call(path, "", true))));
  }

  /** What stands in the place of a path's parameter. */
  private static final Map<String, String> PARAMETERS =
      Map.ofEntries(
          Map.entry("/v1/sources/", "{source}"),
          Map.entry("/v1/exporters/", "{exporter}"),
          Map.entry("/v1/events/{id}", "00000000-0000-4000-8000-000000000000"),
          Map.entry("/v1/exchanges/{id}", "00000000-0000-4000-8000-000000000000"),
          Map.entry("/v1/exchanges/export/", "ndjson"),
          Map.entry("/v1/interception/profiles/", "cribl"),
          Map.entry("/v1/interception/stubs/{name}", "teapot"),
          Map.entry("/v1/keys/", "{key}"),
          Map.entry("/v1/admin/keys/", "{key}"),
          Map.entry("/v1/admin/tenants/", "{tenant}"),
          Map.entry("/v1/indicators/", "{indicator}"),
          Map.entry("/v1/jobs/", "{job}"),
          Map.entry("/v1/outputs/dlq/{id}", "{letters}"),
          Map.entry("/v1/outputs/{name}", "{output}"),
          Map.entry("/v1/export/{name}", "{output}"),
          Map.entry("/v1/admin/requests/", "{request}"),
          Map.entry("/v1/schema/", "{source}"));

  private void addPages() {
    for (var path :
        List.of(
            "/",
            "/docs",
            "/openapi.json",
            "/openapi.yaml",
            "/v1/health",
            "/v1/healthz",
            "/v1/version",
            "/v1/system",
            "/v1/updates/check",
            "/v1/schema",
            "/v1/schema/{name}",
            "/v1/utils/client-ip",
            "/v1/v1/utils/client-ip")) {
      add(Reach.NOBODY, "GET " + path);
    }
    body(Reach.NOBODY, "POST /v1/alerts/rules", "{}");
    numbers(Reach.NOBODY, "/v1/metrics/prometheus");
  }

  private void addEvents() {
    body(Reach.TENANT, "POST /v1/ingest", FLOW);
    body(Reach.TENANT, "POST /v1/ingest/netflow", FLOW);
    body(Reach.TENANT, "POST /v1/ingest/zeek", ZEEK);
    body(Reach.TENANT, "POST /v1/ingest/bulk", "{\"type\":\"zeek\",\"records\":" + ZEEK + '}');
    add(Reach.TENANT, "GET /v1/download/json");
    add(Reach.TENANT, "GET /v1/download");
    add(Reach.TENANT, "GET /v1/events/recent", "?limit=1000");
    add(Reach.TENANT, "GET /v1/events", "?limit=1000");
    add(Reach.TENANT, "GET /v1/events/top", "?by=src_ip&limit=1000", "?by=source_id");
    add(Reach.TENANT, "GET /v1/events/series", "?by=src_ip", "?by=src_ip,dst_ip,source_id");
    add(Reach.NOBODY, "GET /v1/events/fields");
    add(Reach.TENANT, "GET /v1/events/values", "?field=src_ip", "?field=source_id");
    add(Reach.NOBODY, "GET /v1/events/check", "?filter=dst_port%20%3D%20443");
    add(Reach.TENANT, "GET /v1/events/export", "?format=ndjson", "?format=csv");
    add(Reach.TENANT, "GET /v1/events/{id}");
    add(Reach.TENANT, "GET /v1/overview", "?window=24h");
    add(Reach.STREAM, "GET /v1/overview/live");
    add(Reach.STREAM, "GET /v1/events/live");
    add(Reach.STREAM, "GET /v1/events/ws");
    add(Reach.TENANT, "GET /v1/exchanges", "?limit=500");
    add(Reach.TENANT, "GET /v1/exchanges/{id}");
    add(Reach.TENANT, "GET /v1/exchanges/export/{format}");
    add(Reach.NOBODY, "GET /v1/interception");
    add(Reach.NOBODY, "GET /v1/interception/profiles");
    add(Reach.NOBODY, "GET /v1/interception/profiles/{name}");
    add(Reach.SERVER, "GET /v1/interception/stubs");
    body(Reach.SERVER, "PUT /v1/interception/stubs/{name}", "{\"answer\":{\"status\":418}}");
    add(Reach.SERVER, "DELETE /v1/interception/stubs/{name}");
    body(Reach.SERVER, "POST /v1/interception/stubs/import/wiremock", "{\"mappings\":[]}");
    body(
        Reach.SERVER,
        "POST /v1/interception/stubs/import/har",
        "{\"log\":{\"version\":\"1.2\",\"entries\":[]}}");
    add(Reach.SERVER, "GET /v1/interception/stubs/recorded");
    add(Reach.SERVER, "GET /v1/interception/stubs/asked", "?unmatched=true");
    body(Reach.SERVER, "POST /v1/interception/stubs/verify", "{\"path\":\"/brew\"}");
    body(Reach.SERVER, "POST /v1/interception/stubs/reset", "{}");
    add(Reach.TENANT, "GET /v1/interception/inventory");
    add(Reach.TENANT, "GET /v1/interception/difference", "?product=cribl&before=1&after=2");
    add(Reach.TENANT, "GET /v1/interception/alerts");
    add(Reach.TENANT, "GET /v1/interception/evidence", "?format=html");
    add(Reach.NOBODY, "GET /ca");
    add(Reach.NOBODY, "GET /ca.pem");
    add(Reach.NOBODY, "GET /ca.der");
    add(Reach.TENANT, "GET /v1/exporters");
    add(Reach.TENANT, "GET /v1/exporters/{id}");
    add(Reach.TENANT, "GET /v1/exporters/{id}/datagrams.pcap");
    numbers(Reach.TENANT, "/v1/metrics");
    numbers(Reach.TENANT, "/v1/stats");
    body(
        Reach.TENANT,
        "POST /v1/admin/metrics/udp",
        "{\"udp_packets_received\":3,\"records_parsed\":2}");
  }

  private void addIntelligence() {
    add(Reach.TENANT, "GET /v1/lookup", "?q={bad}", "?q=" + Realm.SHARED_ADDRESS);
    body(Reach.TENANT, "POST /v1/lookup", "{\"ip\":\"{bad}\"}");
    add(Reach.TENANT, "GET /v1/threats");
    add(Reach.TENANT, "GET /v1/indicators", "?value={bad}", "?feed={feed}", "?size=100");
    body(
        Reach.TENANT,
        "PUT /v1/indicators",
        "{\"ip_or_cidr\":\"198.18.0.8\",\"category\":\"mine\"}");
    body(
        Reach.TENANT,
        "POST /v1/indicators/import",
        "198.18.0.9\n",
        "?format=txt&feed=probe&mode=replace");
    add(Reach.TENANT, "GET /v1/indicators/{id}");
    add(Reach.TENANT, "DELETE /v1/indicators/{id}");
    add(Reach.TENANT, "POST /v1/indicators/{id}/delete");
    add(Reach.TENANT, "GET /v1/jobs", "?limit=200");
    add(Reach.TENANT, "GET /v1/jobs/{id}");
  }

  private void addKeysAndTenants() {
    add(Reach.NOBODY, "GET /v1/session");
    body(Reach.NOBODY, "POST /v1/session/link", "{\"code\":\"psl_unknown\"}");
    add(Reach.TENANT, "GET /v1/keys/scopes");
    add(Reach.TENANT, "GET /v1/keys", "?tenant_id={tenant}");
    body(Reach.TENANT, "POST /v1/keys", "{\"tenant_id\":\"{tenant}\",\"scopes\":[\"ingest\"]}");
    for (var family : List.of("/v1/keys", "/v1/admin/keys")) {
      var reach = family.equals("/v1/keys") ? Reach.TENANT : Reach.SERVER;
      add(reach, "GET " + family + "/{key_id}");
      body(reach, "PUT " + family + "/{key_id}", "{\"note\":\"taken over\"}");
      body(reach, "PATCH " + family + "/{key_id}", "{\"disabled\":true}");
      body(reach, "POST " + family + "/{key_id}/rotate", "{\"overlap_seconds\":0}");
      add(reach, "DELETE " + family + "/{key_id}");
    }
    add(Reach.SERVER, "GET /v1/admin/keys", "?tenant_id={tenant}");
    body(Reach.SERVER, "POST /v1/admin/keys", "{\"tenant_id\":\"{tenant}\"}");
    add(Reach.SERVER, "GET /v1/admin/tenants");
    body(Reach.SERVER, "POST /v1/admin/tenants", "{\"tenant_id\":\"{tenant}\"}");
    add(Reach.SERVER, "GET /v1/admin/tenants/{tenant_id}");
    body(Reach.SERVER, "PUT /v1/admin/tenants/{tenant_id}", "{\"retention_days\":1}");
    body(Reach.SERVER, "PATCH /v1/admin/tenants/{tenant_id}", "{\"retention_days\":1}");
    add(Reach.SERVER, "DELETE /v1/admin/tenants/{tenant_id}");
  }

  private void addSources() {
    add(Reach.TENANT, "GET /v1/sources", "!?tenant={tenant}");
    body(Reach.TENANT, "POST /v1/sources", "{\"id\":\"" + Realm.SHARED_SOURCE + "\"}");
    add(Reach.TENANT, "GET /v1/sources/{id}");
    body(Reach.TENANT, "PUT /v1/sources/{id}", "{\"display_name\":\"taken over\"}");
    body(Reach.TENANT, "PATCH /v1/sources/{id}", "{\"status\":\"disabled\"}");
    add(Reach.TENANT, "DELETE /v1/sources/{id}");
    add(Reach.TENANT, "GET /v1/sources/{id}/status");
    add(Reach.TENANT, "GET /v1/sources/{id}/metrics");
    body(Reach.TENANT, "POST /v1/sources/{id}/admission/test", "{\"client_ip\":\"{exporter}\"}");
  }

  /** What is put here is disabled, so that no test of isolation calls anybody. */
  private void addOutputs() {
    var config = "{\"type\":\"webhook\",\"enabled\":false,\"url\":\"http://127.0.0.1:9/\"}";
    var splunk = "{\"enabled\":false,\"hec_url\":\"http://127.0.0.1:9/\",\"token\":\"t\"}";
    var elastic = "{\"enabled\":false,\"url\":\"http://127.0.0.1:9/\"}";
    add(Reach.TENANT, "GET /v1/outputs");
    add(Reach.TENANT, "GET /v1/outputs/status");
    body(Reach.TENANT, "POST /v1/outputs/test", "{\"target\":\"{output}\"}");
    for (var name : List.of("splunk", "elastic")) {
      var body = name.equals("splunk") ? splunk : elastic;
      add(Reach.TENANT, "GET /v1/outputs/" + name);
      body(Reach.TENANT, "POST /v1/outputs/" + name, body);
      body(Reach.TENANT, "PUT /v1/outputs/" + name, body);
      add(Reach.TENANT, "DELETE /v1/outputs/" + name);
      add(Reach.TENANT, "POST /v1/outputs/" + name + "/test");
    }
    add(Reach.TENANT, "POST /v1/outputs/elastic/install");
    add(Reach.TENANT, "POST /v1/outputs/{name}/install");
    add(Reach.TENANT, "GET /v1/outputs/{name}");
    add(Reach.TENANT, "DELETE /v1/outputs/{name}");
    add(Reach.TENANT, "POST /v1/outputs/{name}/test");
    add(Reach.TENANT, "POST /v1/export/splunk-hec");
    add(Reach.TENANT, "POST /v1/export/elastic");
    add(Reach.TENANT, "POST /v1/export/{name}");
    add(Reach.TENANT, "GET /v1/outputs/dlq", "?dest={output}", "?limit=1000");
    add(Reach.TENANT, "DELETE /v1/outputs/dlq", "?dest={output}");
    add(Reach.TENANT, "POST /v1/outputs/dlq/retry", "?dest={output}");
    add(Reach.TENANT, "GET /v1/outputs/dlq/{id}");
    add(Reach.TENANT, "DELETE /v1/outputs/dlq/{id}");
    // Each tenant may have one of any name: whose it is does not show.
    samples.put(
        "PUT /v1/outputs/{name}",
        new Sample(
            "PUT", Reach.TENANT, false, List.of(new Call("/v1/outputs/probe", config, false))));
  }

  /** None of these is ever called with a key that may: they would change the machine. */
  private void addServer() {
    add(Reach.SERVER, "GET /v1/admin/featureflags");
    body(Reach.SERVER, "PATCH /v1/admin/featureflags", "{\"ADMISSION_UDP_ENABLED\":false}");
    add(Reach.SERVER, "POST /v1/admin/security/sync-allowlist");
    add(Reach.SERVER, "GET /v1/admin/security/allowlist/status");
    add(Reach.SERVER, "POST /v1/admin/update");
    add(Reach.SERVER, "POST /v1/threats/reload");
    add(Reach.SERVER, "POST /v1/upload/geoip");
    add(Reach.SERVER, "GET /v1/config/geoip");
    body(Reach.SERVER, "PUT /v1/config/geoip", "{\"enabled\":false}");
    add(Reach.SERVER, "POST /v1/config/geoip/test", "?ip={bad}");
    add(Reach.SERVER, "GET /v1/geo/test", "?ip={bad}");
    add(Reach.SERVER, "POST /v1/geo/download");
    add(Reach.SERVER, "POST /v1/demo/start");
    add(Reach.SERVER, "POST /v1/demo/stop");
    add(Reach.SERVER, "GET /v1/demo/status");
  }

  private void addAudit() {
    add(Reach.TENANT, "GET /v1/admin/audit", "?limit=1000");
    quoting("GET /v1/admin/requests", "?limit=200&exclude_monitoring=false", "!?all=true");
    quoting("GET /v1/admin/requests/summary", "!?all=true");
    quoting("GET /v1/admin/requests/{id}", "!?all=true");
    quoting("GET /v1/api/requests", "?limit=1000&exclude_monitoring=false", "!?all=true");
    quoting("GET /api/requests", "?limit=1000&exclude_monitoring=false", "!?all=true");
    quoting("GET /v1/logs", "?limit=10000", "?tenant={tenant}", "?trace_id={request}");
    quoting(
        "GET /v1/logs/tail", "?max_bytes=1000000", "?format=json", "?format=json&tenant={tenant}");
    quoting("GET /v1/logs/download", "?limit=10000", "?tenant={tenant}");
    add(Reach.TENANT, "POST /v1/logs/ticket");
    add(Reach.STREAM, "GET /v1/logs/stream");
    add(Reach.STREAM, "GET /v1/admin/requests/stream");
  }
}
