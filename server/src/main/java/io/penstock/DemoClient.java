package io.penstock;

import io.penstock.demo.Device;
import io.penstock.demo.Incidents;
import io.penstock.demo.LivePosts;
import io.penstock.demo.SeededDay;
import io.penstock.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the demo does through the API, as an admin would: so that the audit has it, too. */
final class DemoClient implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int ZEEK_RECORDS = 12;
  private static final int FLOWS = 8;

  private final URI server;
  private final String key;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  DemoClient(URI server, String key) {
    this.server = server;
    this.key = key;
  }

  /** Tenants with keys, sources, and an indicator. */
  void configure() throws IOException, InterruptedException {
    for (var tenant : SeededDay.TENANTS) {
      done("POST", "/v1/admin/tenants", Json.object("tenant_id", tenant, "name", tenant));
      done("POST", "/v1/admin/keys", keyOf(tenant, List.of("ingest", "read_metrics")));
    }
    done("POST", "/v1/admin/keys", keyOf("default", List.of("read_metrics", "read_requests")));
    for (var device : Device.values()) {
      done("POST", "/v1/sources", source(device));
    }
    done("POST", "/v1/sources", retired());
    done(
        "PUT",
        "/v1/indicators",
        Json.object(
            "ip_or_cidr",
            Incidents.SCANNER,
            "category",
            "port scanner (demo)",
            "confidence",
            75,
            "feed",
            "demo-analyst"));
  }

  private static Map<String, @Nullable Object> keyOf(String tenant, List<String> scopes) {
    return Json.object("tenant_id", tenant, "scopes", scopes, "note", "demo");
  }

  private static Map<String, @Nullable Object> source(Device device) {
    return Json.object(
        "id",
        device.id(),
        "display_name",
        device.id().replace('-', ' '),
        "type",
        device.posts() ? "http" : "udp",
        "collector",
        "demo",
        "site",
        "demo",
        "tags",
        List.of("demo"),
        "status",
        "enabled",
        "allowed_ips",
        List.of(device.address() + "/32"),
        "max_eps",
        1_000);
  }

  private static Map<String, @Nullable Object> retired() {
    return Json.object(
        "id", "demo-retired-probe",
        "display_name", "demo retired probe",
        "type", "udp",
        "collector", "demo",
        "site", "demo",
        "tags", List.of("demo"),
        "status", "disabled",
        "allowed_ips", List.of("127.0.0.19/32"),
        "max_eps", 100);
  }

  /** The sink that works. */
  void configureSplunk(URI address, String token, boolean isOn)
      throws IOException, InterruptedException {
    done(
        "PUT",
        "/v1/outputs/splunk",
        Json.object(
            "hec_url",
            address.toString(),
            "token",
            token,
            "index",
            "demo",
            "extra_fields",
            Map.of("demo", "true"),
            "enabled",
            isOn));
  }

  /** The sink whose destination is down. */
  void configureElastic(URI address, boolean isOn) throws IOException, InterruptedException {
    done("PUT", "/v1/outputs/elastic", Json.object("url", address.toString(), "enabled", isOn));
  }

  /** Requests as people make them; some are refused, which is what an audit is read for. */
  void ask() throws IOException, InterruptedException {
    for (var path :
        List.of(
            "/v1/events?limit=5",
            "/v1/events/top?by=src_ip&metric=bytes",
            "/v1/exporters",
            "/v1/events?filter=dst_port%20%3D%3D%3D%2022",
            "/v1/outputs/demo-nothing")) {
      var _ = send(request("GET", path).build());
    }
    var mistaken = Json.bytes(List.of(Json.object("src_ip", "10.20.1.300", "demo", true)));
    post("/v1/ingest", mistaken);
    var stranger = HttpRequest.newBuilder(server.resolve("/v1/events"));
    var _ = send(stranger.header("Authorization", "Bearer demo-of-a-wrong-key").build());
  }

  /** What the company's sensor and programs post now and then. */
  void post(LivePosts posts, long nowMillis) throws IOException, InterruptedException {
    post("/v1/ingest/zeek", posts.zeek(ZEEK_RECORDS, nowMillis));
    post("/v1/ingest", posts.flows(FLOWS, nowMillis));
  }

  private void post(String path, byte[] body) throws IOException, InterruptedException {
    var _ = send(request("POST", path).method("POST", BodyPublishers.ofByteArray(body)).build());
  }

  private void done(String method, String path, Map<String, @Nullable Object> body)
      throws IOException, InterruptedException {
    var request =
        request(method, path).method(method, BodyPublishers.ofByteArray(Json.bytes(body)));
    var answer = send(request.build());
    if (answer.status() / 100 != 2) {
      throw new IOException(
          "%s %s was answered with %d: %s".formatted(method, path, answer.status(), answer.body()));
    }
  }

  private record Answer(int status, String body) {}

  private HttpRequest.Builder request(String method, String path) {
    return HttpRequest.newBuilder(server.resolve(path))
        .timeout(PATIENCE)
        .header("Authorization", "Bearer " + key)
        .header("Content-Type", "application/json")
        .method(method, BodyPublishers.noBody());
  }

  private Answer send(HttpRequest request) throws IOException, InterruptedException {
    var answer = client.send(request, BodyHandlers.ofString());
    return new Answer(answer.statusCode(), answer.body());
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
