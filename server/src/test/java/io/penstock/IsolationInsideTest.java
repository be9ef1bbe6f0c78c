package io.penstock;

import static io.penstock.Realm.traces;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.Visitor.Caller;
import io.penstock.Visitor.Standing;
import io.penstock.event.EventJson;
import io.penstock.log.LogConfig;
import io.penstock.log.SegmentLog;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@link IsolationTest} says of answers, of the server's files and of its limits: for these a
 * server of its own is needed.
 */
final class IsolationInsideTest {

  private static final Duration SHORT = Duration.ofMillis(1);

  @Test
  void aKeysRequestsUseUpNoOthersRate(@TempDir Path folder) throws Exception {
    var variables = new HashMap<>(IsolationTest.VARIABLES);
    variables.put("RATE_LIMIT_PER_MIN", "20");
    try (var limited = ServerProcess.startQuietly(folder, variables);
        var guest = new Visitor(limited)) {
      var spent = reader(guest, "acme-7q3v");
      var colleague = reader(guest, "acme-7q3v");
      var other = reader(guest, "zeta-5m8d");
      var asking = await().atMost(Realm.VISIBLE).pollDelay(Duration.ZERO).pollInterval(SHORT);
      asking.until(() -> status(guest, spent, null) == 429);
      var operator = new Caller("operator", ServerProcess.KEY, Standing.ADMIN);
      asking.until(() -> status(guest, operator, "acme-7q3v") == 429);

      assertThat(status(guest, colleague, null)).isEqualTo(200);
      assertThat(status(guest, other, null)).isEqualTo(200);
      assertThat(status(guest, operator, "zeta-5m8d")).isEqualTo(200);
    }
  }

  /** A key of a tenant, which is founded when it is not there. */
  private static Caller reader(Visitor guest, String tenant) {
    guest.operate("POST", "/v1/admin/tenants", "{\"tenant_id\":\"" + tenant + "\"}", null);
    var secret =
        guest
            .operate("POST", "/v1/keys", "{\"scopes\":[\"read_requests\"]}", tenant)
            .text("api_key");
    return new Caller(tenant, secret, Standing.MEMBER);
  }

  private static int status(Visitor guest, Caller caller, @Nullable String tenant) {
    var headers = tenant == null ? new String[0] : new String[] {"X-Tenant-ID", tenant};
    return guest.call(caller, "GET", "/v1/logs?limit=1", "", headers).status();
  }

  @Test
  void aScrapeAFrameOfTheLogAndAFileOfTheStoreTellOfOneTenantOnly(@TempDir Path folder)
      throws Exception {
    var variables = new HashMap<>(IsolationTest.VARIABLES);
    variables.put("PUBLIC_PROMETHEUS", "false");
    try (var server = ServerProcess.startQuietly(folder, variables);
        var guest = new Visitor(server)) {
      var realms = List.of(Realm.acme(guest), Realm.zeta(guest));
      Realm.furnish(realms.toArray(Realm[]::new));

      checkScrapes(guest, realms);
      server.stop();

      checkTexts(frames(folder), realms);
      checkTexts(parts(folder), realms);
    }
  }

  private static void checkScrapes(Visitor guest, List<Realm> realms) {
    var page = "/v1/metrics/prometheus";
    assertThat(guest.call(Caller.STRANGER, "GET", page, "").status()).isEqualTo(401);
    var whole = guest.operate("GET", page, "", null).body();
    for (var realm : realms) {
      var other = realms.get(1 - realms.indexOf(realm));
      var own = guest.call(realm.caller("read_metrics"), "GET", page, "").body();
      assertThat(own).contains("tenant=\"" + realm.tenant() + '"');
      assertThat(traces(own, other.names().values())).isEmpty();
      assertThat(traces(own, other.secrets())).isEmpty();
      assertThat(whole).contains("tenant=\"" + realm.tenant() + '"');
    }
  }

  /** Texts by tenant, each of them one frame or one file. */
  private static void checkTexts(Map<String, List<String>> texts, List<Realm> realms) {
    for (var realm : realms) {
      assertThat(String.join("\n", texts.getOrDefault(realm.tenant(), List.of())))
          .contains(realm.word(), realm.name("{source}"));
      texts.forEach(
          (tenant, all) -> {
            if (!tenant.equals(realm.tenant())) {
              for (var text : all) {
                assertThat(traces(text, realm.secrets())).as(tenant).isEmpty();
                assertThat(traces(text, realm.names().values())).as(tenant).isEmpty();
              }
            }
          });
    }
  }

  private static Map<String, List<String>> frames(Path folder) throws Exception {
    var frames = new TreeMap<String, List<String>>();
    try (var log =
            SegmentLog.open(
                LogConfig.in(folder.resolve("log")),
                new PrometheusRegistry(),
                InstantSource.system());
        var reader = log.reader(log.start())) {
      for (var entry = reader.next(Duration.ZERO);
          entry.isPresent();
          entry = reader.next(Duration.ZERO)) {
        var batch = entry.get().batch();
        var text = new StringBuilder().append(batch.receipt()).append('\n');
        for (var event : batch.events()) {
          text.append(new String(EventJson.write(batch.tenant(), event), StandardCharsets.UTF_8));
        }
        frames.computeIfAbsent(batch.tenant(), _ -> new ArrayList<>()).add(text.toString());
      }
    }
    return frames;
  }

  private static Map<String, List<String>> parts(Path folder) throws Exception {
    var parts = new TreeMap<String, List<String>>();
    try (var files = Files.walk(folder.resolve("store"));
        var connection = DriverManager.getConnection("jdbc:duckdb:")) {
      for (var file : files.filter(path -> path.toString().endsWith(".parquet")).toList()) {
        var tenant = file.getName(file.getNameCount() - 3).toString().replace("tenant=", "");
        var text = new StringBuilder();
        try (var statement = connection.createStatement();
            var rows =
                statement.executeQuery(
                    "SELECT CAST(part AS VARCHAR) FROM read_parquet('%s', hive_partitioning=false) part"
                        .formatted(file))) {
          while (rows.next()) {
            text.append(rows.getString(1)).append('\n');
          }
        }
        parts.computeIfAbsent(tenant, _ -> new ArrayList<>()).add(text.toString());
      }
    }
    return parts;
  }
}
