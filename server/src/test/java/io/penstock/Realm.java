package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.Visitor.Caller;
import io.penstock.Visitor.Reply;
import io.penstock.Visitor.Standing;
import io.penstock.capture.Capture;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * A tenant with one of everything. Its <em>names</em> are what others may guess and ask for: the
 * ids of its things and the addresses of its devices. Its <em>secrets</em> are what nobody else
 * ever says, so wherever they appear the tenant's own data does.
 */
final class Realm {

  static final Duration VISIBLE = Duration.ofSeconds(30);

  /** A source of this id, and an indicator of this address, are in every realm. */
  static final String SHARED_SOURCE = "shared-source";

  static final String SHARED_ADDRESS = "198.18.0.1";

  private static final Path CAPTURE =
      Path.of("..", "corpus", "flows", "exporters", "softflowd-1.1.0_nf5_mixed.pcap");

  /** What moves while nobody does anything, and tells nothing of who did what. */
  private static final Pattern MOVING =
      Pattern.compile(
          "\"(last_seen|last_seen_ts|last_used_at|eps_1m|error_pct_1m|health_status)\":[^,}]*");

  private static final List<String> SCOPES =
      List.of(
          "ingest", "manage_indicators", "export", "read_requests", "read_metrics", "read_sources");

  private final Visitor visitor;
  private final String tenant;
  private final String word;
  private final String posted;
  private final String exporter;
  private final List<Caller> callers = new ArrayList<>();
  private final List<String> keySecrets = new ArrayList<>();
  private final Map<String, String> names = new LinkedHashMap<>();

  /**
   * Founds a tenant.
   *
   * @param word what its secrets are made of
   * @param posted an address in what it posts
   * @param exporter the loopback address of its router
   * @param bad an address that it has an indicator for
   */
  Realm(Visitor visitor, String tenant, String word, String posted, String exporter, String bad) {
    this.visitor = visitor;
    this.tenant = tenant;
    this.word = word;
    this.posted = posted;
    this.exporter = exporter;
    names.put("{tenant}", tenant);
    names.put("{source}", tenant + "-router");
    names.put("{exporter}", exporter);
    names.put("{bad}", bad);
    names.put("{request}", tenant + "-request");
    names.put("{feed}", tenant + "-feed");
  }

  static Realm acme(Visitor visitor) {
    return new Realm(visitor, "acme-7q3v", "quokka", "198.51.100.11", "127.0.0.2", "203.0.113.71");
  }

  static Realm zeta(Visitor visitor) {
    return new Realm(visitor, "zeta-5m8d", "walrus", "198.51.100.22", "127.0.0.3", "203.0.113.72");
  }

  /** Founds tenants and gives them everything there is to have. */
  static void furnish(Realm... realms) throws IOException {
    for (var realm : realms) {
      realm.found();
      realm.furnish();
    }
    for (var realm : realms) {
      realm.awaitExpiry();
      realm.awaitEvents();
    }
  }

  /** Which of these words stand in a text. */
  static List<String> traces(String text, Iterable<String> words) {
    var found = new ArrayList<String>();
    for (var word : words) {
      if (text.contains(word)) {
        found.add(word);
      }
    }
    return found;
  }

  String tenant() {
    return tenant;
  }

  String word() {
    return word;
  }

  /** What others may say, by the placeholder that stands for it in a sample. */
  Map<String, String> names() {
    return names;
  }

  /** The same placeholders, for things that never were. */
  static Map<String, String> namesOfNobody() {
    return Map.of(
        "{tenant}", "nobody-1x1x",
        "{source}", "nobody-1x1x-router",
        "{exporter}", "127.0.0.99",
        "{bad}", "203.0.113.99",
        "{request}", "nobody-1x1x-request",
        "{feed}", "nobody-1x1x-feed",
        "{key}", "nobody-1x1x-key",
        "{indicator}", "nobody-1x1x-indicator",
        "{job}", "nobody-1x1x-job");
  }

  String name(String placeholder) {
    return Objects.requireNonNull(names.get(placeholder));
  }

  List<String> secrets() {
    var secrets = new ArrayList<>(keySecrets);
    secrets.add(word);
    secrets.add(posted);
    return secrets;
  }

  List<Caller> callers() {
    return callers;
  }

  Caller caller(String name) {
    return callers.stream().filter(one -> one.name().endsWith(name)).findFirst().orElseThrow();
  }

  /** The tenant itself, before it has anything. */
  private void found() {
    ok(visitor.operate("POST", "/v1/admin/tenants", "{\"tenant_id\":\"" + tenant + "\"}", null));
  }

  private void furnish() throws IOException {
    makeKeys();
    makeSources();
    makeIndicators();
    post(tenant + "-request", word + "-note");
    send(visitor.netflowPort());
    askForHiddenThings();
  }

  private void awaitEvents() {
    await()
        .atMost(VISIBLE)
        .until(
            () -> {
              var events = events();
              return events.contains(word + "-note")
                  && events.contains("\"exporter\":\"" + exporter + '"');
            });
  }

  private void makeKeys() {
    for (var scope : SCOPES) {
      key(scope, Standing.MEMBER, "\"" + scope + '"');
    }
    var all = "\"" + String.join("\",\"", SCOPES) + '"';
    names.put("{key}", key("everything", Standing.MEMBER, all));
    key("admin", Standing.ADMIN, "\"admin\"");
    key("expired", Standing.REFUSED, all, ",\"expires_at\":\"" + inASecond() + '"');
    var disabled = key("disabled", Standing.REFUSED, all);
    ok(visitor.operate("PATCH", "/v1/keys/" + disabled, "{\"disabled\":true}", tenant));
    var rotated = key("rotated", Standing.REFUSED, all);
    ok(
        visitor.operate(
            "POST", "/v1/keys/" + rotated + "/rotate", "{\"overlap_seconds\":0}", tenant));
  }

  private void awaitExpiry() {
    await()
        .atMost(VISIBLE)
        .until(
            () -> visitor.call(caller("expired"), "GET", "/v1/events/recent", "").status() == 401);
  }

  private static Instant inASecond() {
    return Instant.now().plusSeconds(1);
  }

  private String key(String name, Standing standing, String scopes) {
    return key(name, standing, scopes, "");
  }

  private String key(String name, Standing standing, String scopes, String more) {
    var made =
        ok(
            visitor.operate(
                "POST",
                "/v1/keys",
                "{\"scopes\":[" + scopes + "],\"note\":\"" + word + "-note\"" + more + '}',
                tenant));
    var secret = made.text("api_key");
    keySecrets.add(secret);
    callers.add(new Caller(tenant + "/" + name, secret, standing));
    return made.text("key_id");
  }

  private void makeSources() {
    ok(
        visitor.operate(
            "POST",
            "/v1/sources",
            "{\"id\":\"%s\",\"type\":\"udp\",\"allowed_ips\":[\"%s\"],\"notes\":\"%s-note\"}"
                .formatted(name("{source}"), exporter, word),
            tenant));
    ok(
        visitor.operate(
            "POST",
            "/v1/sources",
            "{\"id\":\"%s\",\"type\":\"http\",\"max_eps\":2,\"display_name\":\"%s\"}"
                .formatted(SHARED_SOURCE, word),
            tenant));
  }

  private void makeIndicators() {
    var own = ok(putIndicator(name("{bad}")));
    names.put("{indicator}", own.text("id"));
    ok(putIndicator(SHARED_ADDRESS));
    var job =
        ok(visitor.call(
                caller("everything"),
                "POST",
                "/v1/indicators/import?async=true&format=txt&feed=" + name("{feed}"),
                "203.0.113.200\n"))
            .text("job_id");
    names.put("{job}", job);
    await()
        .atMost(VISIBLE)
        .until(
            () ->
                visitor
                    .call(caller("everything"), "GET", "/v1/jobs/" + job, "")
                    .body()
                    .contains("\"status\":\"success\""));
  }

  private Reply putIndicator(String address) {
    return visitor.call(
        caller("everything"),
        "PUT",
        "/v1/indicators",
        "{\"ip_or_cidr\":\"%s\",\"category\":\"%s\",\"confidence\":80}".formatted(address, word));
  }

  /** Posts a record under a request id, with a note in it. */
  Reply post(String requestId, String note, String... headers) {
    var more = new ArrayList<>(List.of(headers));
    more.addAll(List.of("X-Request-ID", requestId));
    return ok(
        visitor.call(
            caller("everything"),
            "POST",
            "/v1/ingest",
            """
            [{"ts":%d,"src_ip":"%s","dst_ip":"%s","src_port":54000,"dst_port":445,\
            "protocol":"tcp","bytes":120,"packets":1,"note":"%s"}]"""
                .formatted(Instant.now().getEpochSecond(), posted, SHARED_ADDRESS, note),
            more.toArray(String[]::new)));
  }

  /** Leaves the word in the log and in the audit. */
  void askForHiddenThings() {
    var answer = visitor.call(caller("everything"), "GET", "/v1/sources/" + word + "-hidden", "");
    assertThat(answer.status()).isEqualTo(404);
  }

  private void send(int port) throws IOException {
    try (var capture = Capture.open(CAPTURE);
        var channel =
            DatagramChannel.open()
                .bind(new InetSocketAddress(InetAddress.ofLiteral(exporter), 0))) {
      for (var payload = capture.next(); payload != null; payload = capture.next()) {
        channel.send(
            ByteBuffer.wrap(payload.bytes(), payload.offset(), payload.length()),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      }
    }
  }

  String events() {
    return visitor.operate("GET", "/v1/events?limit=1000", "", tenant).body();
  }

  /** What it has, apart from events and from what moves by itself. */
  String possessions() {
    var all = new StringBuilder();
    for (var path :
        List.of(
            "/v1/sources",
            "/v1/keys",
            "/v1/indicators",
            "/v1/jobs",
            "/v1/admin/tenants/" + tenant,
            "/v1/admin/audit?limit=1000")) {
      all.append(path).append(' ');
      all.append(visitor.operate("GET", path, "", tenant).body()).append('\n');
    }
    return MOVING.matcher(all).replaceAll("\"$1\":-");
  }

  private static Reply ok(Reply reply) {
    assertThat(reply.status()).as(reply.body()).isBetween(200, 299);
    return reply;
  }

  @Override
  public String toString() {
    return tenant;
  }
}
