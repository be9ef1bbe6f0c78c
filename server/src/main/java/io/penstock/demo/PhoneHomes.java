package io.penstock.demo;

import io.penstock.json.Json;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What software on the company's machines sends home, in the forms that its profiles describe, with
 * made-up values: two versions of some products, the later with fields that the earlier had not.
 */
public final class PhoneHomes {

  /** Settings of interception for it: mostly answered here, one refused, one with no way out. */
  public static final String PROFILES = "all=mock,vscode=block,homebrew=observe";

  private static final String JSON = "application/json";

  private final SplittableRandom random;
  private final Ids ids;

  /** What a program is told apart by, the same as long as it is installed. */
  private record Ids(
      String grafana, String cribl, String nextPerson, String nextProject, String terraform) {}

  /**
   * A request.
   *
   * @param product name of its profile
   * @param body null for none
   */
  public record Request(
      String product, String method, URI uri, String contentType, @Nullable String body) {}

  public PhoneHomes(long seed) {
    this.random = new SplittableRandom(seed);
    this.ids = new Ids(uuid(), uuid(), hex(), hex(), uuid());
  }

  private String uuid() {
    var bits = new byte[16];
    random.nextBytes(bits);
    return UUID.nameUUIDFromBytes(bits).toString();
  }

  private String hex() {
    return Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
  }

  /** One round of all programs; those of the first round have the version before. */
  public List<Request> round(boolean isFirst) {
    var requests = new ArrayList<Request>();
    requests.add(grafana(isFirst));
    requests.add(cribl(isFirst));
    requests.add(next(isFirst));
    requests.add(terraform());
    requests.add(code());
    requests.add(brew());
    return requests;
  }

  private Request grafana(boolean isBefore) {
    var metrics = new TreeMap<String, @Nullable Object>();
    metrics.put("stats.uptime", random.nextInt(100_000));
    metrics.put("stats.dashboards.count", 42);
    metrics.put("stats.users.count", 17);
    metrics.put("stats.active_users.count", 3 + random.nextInt(5));
    metrics.put("stats.ds.prometheus.count", 2);
    if (!isBefore) {
      metrics.put("stats.correlations.count", 1);
      metrics.put("stats.public_dashboards.count", 2);
    }
    var body =
        Json.object(
            "version",
            isBefore ? "11_6_0" : "12_1_0",
            "usageStatsId",
            ids.grafana,
            "os",
            "linux",
            "arch",
            "amd64",
            "edition",
            "oss",
            "packaging",
            isBefore ? "deb" : "docker",
            "metrics",
            metrics);
    return post("grafana", "https://stats.grafana.org/grafana-usage-report", JSON, body);
  }

  private Request cribl(boolean isBefore) {
    var query = new TreeMap<String, String>();
    query.put("v", isBefore ? "4.15.1-demo" : "4.16.1-demo");
    query.put("guid", ids.cribl);
    query.put("env", "demo");
    query.put("os", "Debian 12");
    query.put("kv", "6.1.0");
    query.put("p", "s");
    query.put("ie", "" + random.nextInt(1_000_000));
    query.put("oe", "" + random.nextInt(1_000_000));
    query.put("ib", "" + random.nextInt(1 << 30));
    query.put("ob", "" + random.nextInt(1 << 30));
    query.put("rc", "7");
    query.put("pc", "5");
    if (!isBefore) {
      query.put("fc.demo", "3");
      query.put("lk.max", "12000");
    }
    return new Request("cribl", "GET", uri("https://cdn.cribl.io/telemetry/", query), "", null);
  }

  private Request next(boolean isBefore) {
    Map<String, @Nullable Object> fields =
        Json.object(
            "nextVersion",
            isBefore ? "15.3.0" : "15.4.1",
            "nodeVersion",
            "v22.11.0",
            "cliCommand",
            "build",
            "hasNowJson",
            false,
            "durationInSeconds",
            20 + random.nextInt(60));
    if (!isBefore) {
      fields.put("turboFlag", true);
    }
    var body =
        Json.object(
            "context",
                Json.object(
                    "anonymousId", ids.nextPerson,
                    "projectId", ids.nextProject,
                    "sessionId", hex()),
            "meta", Json.object("systemPlatform", "linux", "cpuCount", 8, "isDocker", false),
            "events",
                List.of(Json.object("eventName", "NEXT_CLI_SESSION_STARTED", "fields", fields)));
    return post("nextjs", "https://telemetry.nextjs.org/api/v1/record", JSON, body);
  }

  private Request terraform() {
    var query = new TreeMap<String, String>();
    query.put("version", "1.9.8");
    query.put("arch", "amd64");
    query.put("os", "linux");
    query.put("signature", ids.terraform);
    var uri = uri("https://checkpoint-api.hashicorp.com/v1/check/terraform", query);
    return new Request("hashicorp", "GET", uri, "", null);
  }

  private Request code() {
    var item =
        Json.object(
            "ver", "4.0",
            "name", "monacoworkbench/demo",
            "iKey", "o:demo",
            "data",
                Json.object(
                    "baseData",
                    Json.object(
                        "properties",
                        Json.object("version", "1.95.3", "common.machineid", ids.terraform))));
    return new Request(
        "vscode",
        "POST",
        URI.create("https://mobile.events.data.microsoft.com/OneCollector/1.0"),
        "application/x-json-stream",
        Json.text(item) + "\n");
  }

  private Request brew() {
    return new Request(
        "homebrew",
        "POST",
        URI.create(
            "https://eu-central-1-1.aws.cloud2.influxdata.com/api/v2/write?bucket=analytics&precision=s"),
        "text/plain",
        "command_run,command=install,os=Linux,arch=x86_64 version=\"4.4.5\",package=\"demo\"\n");
  }

  private static Request post(
      String product, String address, String type, Map<String, @Nullable Object> body) {
    return new Request(product, "POST", URI.create(address), type, Json.text(body));
  }

  private static URI uri(String address, Map<String, String> query) {
    return URI.create(
        address
            + query.entrySet().stream()
                .map(
                    entry ->
                        entry.getKey()
                            + "="
                            + URLEncoder.encode(entry.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&", "?", "")));
  }
}
