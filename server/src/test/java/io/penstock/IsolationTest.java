package io.penstock;

import static io.penstock.Realm.traces;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.RouteSamples.Call;
import io.penstock.RouteSamples.Reach;
import io.penstock.RouteSamples.Sample;
import io.penstock.Visitor.Caller;
import io.penstock.Visitor.Reply;
import io.penstock.Visitor.Standing;
import io.penstock.control.Engine;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two tenants on a running server, and everything that the keys of one can do to see or to change
 * what is the other's: each route of the server's own description, with every kind of key.
 *
 * <p>An admin is the server's, whatever tenant the key belongs to: it may act for any tenant, and
 * the routes of {@link Reach#SERVER} are about all of them. Where a route is about one tenant, an
 * admin's key sees the one that it acts for and no other.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ParameterizedClass
@EnumSource
@SuppressWarnings("NullAway.Init") // start() sets the fields, before anything of an engine is run
final class IsolationTest {

  static final Map<String, String> VARIABLES =
      Map.of(
          "ADMISSION_UDP_ENABLED", "true",
          "ADMISSION_HTTP_ENABLED", "true",
          "AUTH_FAILURES_PER_MIN", "0",
          "DLQ_MAX_AGE_DAYS", "36500",
          "HTTP_LOG_SAMPLE_RATE", "1",
          "LOG_LEVEL", "INFO");

  private static final Map<String, Sample> SAMPLES = RouteSamples.all();

  private Path data;
  @Parameter private Engine engine;
  private ServerProcess server;
  private Visitor visitor;
  private Realm acme;
  private Realm zeta;

  /** Attacker and victim. */
  record Pair(Realm attacker, Realm victim) {

    @Override
    public String toString() {
      return attacker + " against " + victim;
    }
  }

  @BeforeParameterizedClassInvocation
  void start() throws Exception {
    // A folder of the extension's would come too late.
    data = Files.createTempDirectory("isolation");
    var variables = new HashMap<>(VARIABLES);
    variables.putAll(engine.variables(data));
    leaveDeadLetters(data, "acme-7q3v", "quokka");
    leaveDeadLetters(data, "zeta-5m8d", "walrus");
    server = ServerProcess.startQuietly(data, variables);
    visitor = new Visitor(server);
    acme = Realm.acme(visitor);
    zeta = Realm.zeta(visitor);
    Realm.furnish(acme, zeta);
  }

  @AfterParameterizedClassInvocation
  void stop() throws Exception {
    visitor.close();
    server.stop();
    try (var files = Files.walk(data)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** As a run before this one left them. */
  private static void leaveDeadLetters(Path data, String tenant, String word) throws Exception {
    var folder = Files.createDirectories(data.resolve("dlq").resolve(tenant));
    Files.writeString(
        folder.resolve("20260101_000000_" + tenant + "-output_1_events.jsonl"),
        """
        {"timestamp":"2026-01-01T00:00:00Z","destination":"%1$s-output","events_count":1,\
        "error":"%2$s-error","last_status":400,"retry_count":1,"reason":"mapping",\
        "events":[{"note":"%2$s-note"}]}
        """
            .formatted(tenant, word));
  }

  /** The second engine changes nothing but the database: there, one direction is enough. */
  List<Pair> pairs() {
    var there = new Pair(acme, zeta);
    return engine == Engine.SQLITE ? List.of(there, new Pair(zeta, acme)) : List.of(there);
  }

  @Test
  void everyRouteOfTheDescriptionHasASample() {
    var text = visitor.call(Caller.STRANGER, "GET", "/openapi.json", "").body();
    var described = new ApiDescription(text).operations().stream().map(Object::toString).toList();

    assertThat(SAMPLES.keySet()).containsExactlyInAnyOrderElementsOf(described);
  }

  /** Otherwise all that follows would be true of a server that shows nothing to anybody. */
  @ParameterizedTest
  @MethodSource("pairs")
  void aTenantSeesItsOwn(Pair pair) {
    var own = pair.attacker;
    var member = own.caller("everything");
    // Other tests may have filled the audit with theirs.
    own.askForHiddenThings();
    own.post(own.name("{request}"), own.word() + "-note");
    for (var path :
        List.of(
            "/v1/events",
            "/v1/events/recent",
            "/v1/download",
            "/v1/download/json",
            "/v1/events/top?by=src_ip",
            "/v1/indicators",
            "/v1/sources",
            "/v1/logs?limit=10000",
            "/v1/lookup?q=" + Realm.SHARED_ADDRESS,
            "/v1/outputs/dlq/" + own.name("{letters}"),
            "/v1/outputs",
            "/v1/admin/requests?limit=200")) {
      assertThat(traces(visitor.call(member, "GET", path, "").body(), own.secrets()))
          .as(path)
          .isNotEmpty();
    }
    for (var path :
        List.of(
            "/v1/exporters",
            "/v1/jobs",
            "/v1/outputs",
            "/v1/outputs/dlq",
            "/v1/admin/requests?limit=200",
            "/v1/logs/tail?format=json&max_bytes=1000000")) {
      assertThat(traces(visitor.call(member, "GET", path, "").body(), own.names().values()))
          .as(path)
          .isNotEmpty();
    }
    assertThat(visitor.call(own.caller("admin"), "GET", "/v1/keys", "").body())
        .contains(own.name("{key}"));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void noKeySeesOrChangesWhatIsAnothers(Pair pair) {
    var victim = pair.victim;
    var before = victim.possessions();
    for (var sample : SAMPLES.entrySet()) {
      for (var call : sample.getValue().calls()) {
        callers(pair.attacker)
            .filter(caller -> isCalled(caller, sample.getValue(), call))
            .forEach(caller -> checkCall(caller, sample.getValue(), call, victim));
      }
      assertThat(victim.possessions()).as("what is there after %s", sample).isEqualTo(before);
    }
    assertThat(victim.events()).contains(victim.word());
  }

  private static Stream<Caller> callers(Realm attacker) {
    return Stream.concat(Stream.of(Caller.STRANGER), attacker.callers().stream());
  }

  private static boolean isCalled(Caller caller, Sample sample, Call call) {
    return caller.standing() != Standing.ADMIN
        || sample.reach() != Reach.SERVER && !call.isOverride();
  }

  private void checkCall(Caller caller, Sample sample, Call call, Realm victim) {
    var what = "%s %s by %s".formatted(sample.method(), call.path(), caller);
    var reply = normal(caller, sample, call, victim.names());

    assertThat(reply.status()).as(what).isNotEqualTo(500);
    if (sample.reach() != Reach.NOBODY) {
      boolean isWithoutKey =
          caller.standing() == Standing.REFUSED || caller.standing() == Standing.STRANGER;
      if (isWithoutKey) {
        assertThat(reply.status()).as(what).isEqualTo(401);
      } else if (caller.standing() == Standing.MEMBER && sample.reach() == Reach.SERVER) {
        assertThat(reply.status()).as(what).isEqualTo(403);
      }
    }
    assertThat(traces(reply.body(), victim.secrets())).as(what).isEmpty();
    if (!sample.quotesCallers()) {
      assertThat(traces(reply.body(), victim.names().values())).as(what).isEmpty();
    }
    if (call.namesOthers()) {
      var ofNobody = normal(caller, sample, call, Realm.namesOfNobody());
      assertThat(reply).as("%s, against what never was", what).isEqualTo(ofNobody);
    }
  }

  /** An answer in which what the caller said itself is called what the sample calls it. */
  private Reply normal(Caller caller, Sample sample, Call call, Map<String, String> names) {
    var filled = call.with(names);
    var reply =
        visitor.call(
            caller, sample.method(), filled.path(), filled.body(), "X-Request-ID", "probe");
    var body = reply.body();
    for (var name : names.entrySet()) {
      if (call.path().contains(name.getKey()) || call.body().contains(name.getKey())) {
        body = body.replace(name.getValue(), name.getKey());
      }
    }
    return new Reply(reply.status(), body);
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void nobodyButAnAdminNamesATenantAndNobodyNamesOneThatIsNone(Pair pair) {
    for (var sample : SAMPLES.values()) {
      var call = sample.calls().getFirst().with(Realm.namesOfNobody());
      for (var caller : pair.attacker.callers()) {
        var what = "%s %s by %s".formatted(sample.method(), call.path(), caller);
        var nowhere = asTenant(caller, sample, call, "nobody-1x1x");
        if (caller.standing() == Standing.ADMIN) {
          assertThat(nowhere.status()).as(what).isEqualTo(404);
          continue;
        }
        var there = asTenant(caller, sample, call, pair.victim.tenant());
        if (caller.standing() == Standing.MEMBER) {
          assertThat(there.status()).as(what).isEqualTo(403);
          assertThat(there.body()).as(what).contains("X-Tenant-ID override requires admin scope");
          assertThat(there).as(what).isEqualTo(nowhere);
        } else if (sample.reach() != Reach.NOBODY) {
          assertThat(List.of(there.status(), nowhere.status())).as(what).containsOnly(401);
        }
      }
    }
  }

  private Reply asTenant(Caller caller, Sample sample, Call call, String tenant) {
    return visitor.call(
        caller,
        sample.method(),
        call.path(),
        call.body(),
        "X-Request-ID",
        "probe",
        "X-Tenant-ID",
        tenant);
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void anAdminThatActsForATenantSeesThatOneOnly(Pair pair) {
    for (var sample : SAMPLES.values()) {
      if (sample.method().equals("GET") && sample.reach() == Reach.TENANT) {
        var call = sample.calls().getFirst().with(Realm.namesOfNobody());
        var reply =
            visitor.call(
                pair.victim.caller("admin"),
                "GET",
                call.path(),
                "",
                "X-Request-ID",
                "probe",
                "X-Tenant-ID",
                pair.attacker.tenant());
        assertThat(traces(reply.body(), pair.victim.secrets())).as(call.path()).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void aCursorOfAnotherTenantLeadsNowhere(Pair pair) {
    var victims = pair.victim.caller("everything");
    var cursor = visitor.call(victims, "GET", "/v1/events?limit=1", "").text("next_cursor");
    assertThat(cursor).isNotEqualTo("null");

    var page =
        visitor.call(
            pair.attacker.caller("everything"),
            "GET",
            "/v1/events?limit=1000&cursor=" + ServerProcess.encoded(cursor),
            "");

    assertThat(traces(page.body(), pair.victim.secrets())).isEmpty();
    assertThat(traces(page.body(), pair.victim.names().values())).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void whatTwoTenantsCallTheSameIsTwoThings(Pair pair) {
    var attacker = pair.attacker.caller("admin");
    var before = pair.victim.possessions();

    var source = "/v1/sources/" + Realm.SHARED_SOURCE;
    assertThat(visitor.call(attacker, "PATCH", source, "{\"max_eps\":3}").status()).isEqualTo(200);
    var shared =
        visitor
            .call(attacker, "GET", "/v1/indicators?value=" + Realm.SHARED_ADDRESS, "")
            .body()
            .replaceFirst("(?s).*?\"id\":\"?([^,\"]+).*", "$1");
    assertThat(visitor.call(attacker, "DELETE", "/v1/indicators/" + shared, "").status())
        .isEqualTo(200);

    assertThat(pair.victim.possessions()).isEqualTo(before);
    assertThat(lookup(pair.victim)).contains(pair.victim.word());
    assertThat(lookup(pair.attacker)).contains("\"matches\":[]");
    var again =
        "{\"ip_or_cidr\":\"%s\",\"category\":\"%s\"}"
            .formatted(Realm.SHARED_ADDRESS, pair.attacker.word());
    assertThat(visitor.call(attacker, "PUT", "/v1/indicators", again).status()).isEqualTo(200);
  }

  private String lookup(Realm realm) {
    return visitor
        .call(realm.caller("everything"), "GET", "/v1/lookup?q=" + Realm.SHARED_ADDRESS, "")
        .body();
  }

  @Test
  void oneIdempotencyKeyIsTwoKeysInTwoTenants() {
    var body = "[" + record("192.0.2.9") + "]";
    for (var path : List.of("/v1/ingest", "/v1/ingest/netflow")) {
      for (var realm : List.of(acme, zeta)) {
        var first = keyed(realm, path, body);
        assertThat(first.body()).contains("\"accepted\":1");
        assertThat(keyed(realm, path, body)).isEqualTo(first);
      }
      // A body of its own under a key that the other tenant has used, too.
      var other = "[" + record("192.0.2.10") + "]";
      assertThat(keyed(acme, path, other).status()).isEqualTo(422);
    }
    for (var realm : List.of(acme, zeta)) {
      await()
          .atMost(Realm.VISIBLE)
          .untilAsserted(
              () ->
                  assertThat(realm.events().split("\"192.0.2.9\"", -1))
                      .as("two events")
                      .hasSize(3));
    }
  }

  private static String record(String address) {
    return """
        {"ts":1700000000,"src_ip":"%s","dst_ip":"192.0.2.2","src_port":1,"dst_port":2,\
        "protocol":"tcp","bytes":1,"packets":1}"""
        .formatted(address);
  }

  private Reply keyed(Realm realm, String path, String body) {
    return visitor.call(
        realm.caller("everything"),
        "POST",
        path,
        body,
        "X-Request-ID",
        "keyed",
        "Idempotency-Key",
        "the same in both");
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void aSourcesRateIsItsOwnTenants(Pair pair) {
    await()
        .atMost(Realm.VISIBLE)
        .until(() -> postAsShared(pair.attacker).body().contains("rate_limit"));

    assertThat(postAsShared(pair.victim).status()).isEqualTo(202);
  }

  private Reply postAsShared(Realm realm) {
    return visitor.call(
        realm.caller("everything"),
        "POST",
        "/v1/ingest",
        "[" + record("192.0.2.1") + "]",
        "X-Source-Id",
        Realm.SHARED_SOURCE);
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void aStreamTellsOneTenantsListenersOfThatTenantOnly(Pair pair) {
    var heard = new TreeMap<String, Queue<String>>();
    for (var caller : List.of("read_requests", "everything", "admin")) {
      var listener = pair.attacker.caller(caller);
      var resume = pair.victim.name("{request}");
      for (var path : List.of("/v1/logs/stream", "/v1/admin/requests/stream")) {
        heard.put(path + " of " + caller, listen(listener, path));
        heard.put(path + " resumed by " + caller, listen(listener, path, "Last-Event-ID", resume));
        var ticket = visitor.call(listener, "POST", "/v1/logs/ticket", "").text("ticket");
        heard.put(
            path + " by ticket of " + caller,
            listen(Caller.STRANGER, path + "?since=1h&ticket=" + ticket));
      }
      heard.put(
          "?key= of " + caller,
          listen(Caller.STRANGER, "/v1/logs/stream?key=" + listener.secret()));
    }

    pair.victim.askForHiddenThings();
    pair.victim.post(pair.victim.tenant() + "-live", pair.victim.word() + "-live");
    var last = pair.attacker.tenant() + "-last";
    pair.attacker.post(last, "the last word");

    for (var lines : heard.entrySet()) {
      await()
          .atMost(Realm.VISIBLE)
          .untilAsserted(
              () ->
                  assertThat(String.join("\n", lines.getValue()))
                      .as(lines.getKey())
                      .contains(last));
      var text = String.join("\n", lines.getValue());
      assertThat(traces(text, pair.victim.secrets())).as(lines.getKey()).isEmpty();
      assertThat(text).as(lines.getKey()).doesNotContain(pair.victim.tenant() + "-live");
    }
  }

  private Queue<String> listen(Caller caller, String path, String... headers) {
    var lines = new ConcurrentLinkedQueue<String>();
    var request = visitor.request(caller, path, headers).build();
    var answer = visitor.client().sendAsync(request, BodyHandlers.ofLines()).join();
    assertThat(answer.statusCode()).isEqualTo(200);
    Thread.ofVirtual().start(() -> answer.body().forEach(lines::add));
    return lines;
  }

  @Test
  void aScrapeWithoutAKeySumsUpWhatItDoesNotTell() {
    var page = "/v1/metrics/prometheus";
    var told = visitor.operate("GET", page, "", null).body();
    var summed = visitor.call(Caller.STRANGER, "GET", page, "").body();

    assertThat(told).contains("telemetry_records_processed_total{tenant=\"acme-7q3v\"} ");
    for (var name :
        List.of("telemetry_records_processed_total", "telemetry_decode_exporter_records_total")) {
      assertThat(sum(told, name)).isPositive();
      assertThat(summed).contains("\n" + name + ' ' + sum(told, name) + '\n');
    }
  }

  /** What the series of a name come to. */
  private static double sum(String page, String name) {
    return page.lines()
        .filter(line -> line.startsWith(name + '{'))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }
}
