package io.penstock.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.avaje.json.mapper.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class IndicatorsApiTest {

  private static final Path FEEDS = Path.of("src/test/resources/io/penstock/enrich/feeds");

  private final ApiServer server = new ApiServer();

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpRequest.Builder as(String key, String path) {
    return server.request(path).header("X-API-Key", key);
  }

  private HttpResponse<String> put(String body) {
    return server.send(as(ApiServer.HUNTER, "/v1/indicators").PUT(BodyPublishers.ofString(body)));
  }

  private HttpResponse<String> get(String path) {
    return server.send(as(ApiServer.HUNTER, path).GET());
  }

  private HttpResponse<String> post(String path, String body) {
    return server.send(as(ApiServer.HUNTER, path).POST(BodyPublishers.ofString(body)));
  }

  private static Map<String, Object> json(HttpResponse<String> answer) {
    return JsonMapper.builder().build().fromJsonObject(answer.body());
  }

  private List<String> values(String query) {
    var items = (List<?>) json(get("/v1/indicators" + query)).getOrDefault("indicators", List.of());
    return items.stream().map(item -> String.valueOf(((Map<?, ?>) item).get("value"))).toList();
  }

  private static String feed(String name) {
    try {
      return Files.readString(FEEDS.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void anIndicatorIsAddedReadListedAndDeleted() {
    var added = put("{\"ip_or_cidr\":\"203.0.113.9/24\",\"category\":\"c2\",\"confidence\":90}");

    assertThat(added.statusCode()).isEqualTo(200);
    assertThat(json(added))
        .containsEntry("status", "added")
        .containsEntry("created", true)
        .containsEntry("ip_or_cidr", "203.0.113.0/24")
        .containsEntry("category", "c2")
        .containsEntry("confidence", 90L)
        .containsEntry("feed", "api");
    var id = (String) json(added).get("id");
    assertThat(get("/v1/indicators/" + id).statusCode()).isEqualTo(200);
    assertThat(values("?value=203.0.113.0/24")).containsExactly("203.0.113.0/24");

    var again = put("{\"value\":\"203.0.113.0/24\"}");
    assertThat(json(again))
        .containsEntry("id", id)
        .containsEntry("status", "added")
        .containsEntry("created", false)
        .containsEntry("category", "unknown")
        .containsEntry("confidence", 50L);
    assertThat(values("")).hasSize(1);

    var deleted = server.send(as(ApiServer.HUNTER, "/v1/indicators/" + id).DELETE());
    assertThat(json(deleted)).isEqualTo(Map.of("id", id, "status", "deleted"));
    assertThat(get("/v1/indicators/" + id).statusCode()).isEqualTo(404);
    var gone = post("/v1/indicators/" + id + "/delete", "");
    assertThat(gone.statusCode()).isEqualTo(404);
    assertThat(json(gone)).containsEntry("detail", "Indicator not found");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "{};400;ip_or_cidr is required",
        "{\"ip_or_cidr\":\"\"};400;ip_or_cidr is required",
        "{\"ip_or_cidr\":\"999.1.1.1\"};400;Invalid IP or CIDR",
        "{\"ip_or_cidr\":\"10.0.0.0/33\"};400;Invalid IP or CIDR",
        "{\"ip_or_cidr\":\"0.0.0.0/0\"};400;Invalid IP or CIDR",
        "{\"ip_or_cidr\":17};400;Invalid IP or CIDR",
        "{\"ip_or_cidr\":\"192.0.2.1\",\"confidence\":101};400;confidence must be integer 0-100",
        "{\"ip_or_cidr\":\"192.0.2.1\",\"confidence\":\"90\"};400;confidence must be integer 0-100",
        "{\"ip_or_cidr\":\"192.0.2.1\",\"confidence\":1.5};400;confidence must be integer 0-100",
        "[];400;Payload must be JSON object",
        "{\"ip_or_cidr\":\"192.0.2.1\",\"global\":true};403;Admin scope required"
      })
  void whatIsWrongIsToldInTheContractsWords(String body, int status, String detail) {
    var answer = put(body);

    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(json(answer)).containsEntry("detail", detail).containsKey("error");
    assertThat(values("")).isEmpty();
  }

  @Test
  void theListsThatCameThroughTheApiAreToldWithHowFreshTheyAre() {
    put("{\"ip_or_cidr\":\"192.0.2.1\"}");
    put("{\"ip_or_cidr\":\"192.0.2.2\",\"ttl\":3600}");
    put("{\"ip_or_cidr\":\"192.0.2.1\",\"feed\":\"hunt\"}");

    var answer = json(get("/v1/threats"));

    assertThat(answer).containsEntry("feeds_omitted", false);
    assertThat(answer.get("feeds"))
        .asInstanceOf(InstanceOfAssertFactories.list(Map.class))
        .extracting(
            feed -> feed.get("feed") + " " + feed.get("indicators") + " " + feed.get("expired"))
        .containsExactly("api 2 0", "hunt 1 0");
    assertThat(answer.get("files"))
        .asInstanceOf(InstanceOfAssertFactories.MAP)
        .containsEntry("problems", List.of())
        .containsEntry("error", null);
  }

  @Test
  void aMemberOfTheWrongTypeIsNamed() {
    for (var member : List.of("\"ttl\":0", "\"expires_at\":\"soon\"", "\"category\":7")) {
      var answer = put("{\"ip_or_cidr\":\"192.0.2.1\"," + member + "}");

      assertThat(answer.statusCode()).isEqualTo(422);
      assertThat(answer.body()).contains("[\"body\"," + member.split(":", 2)[0] + "]");
    }
  }

  @Test
  void thoseForEveryoneAreForAdminsToChangeAndForAllToSee() {
    var body = "{\"ip_or_cidr\":\"Evil.Example\",\"global\":true,\"ttl\":60}";
    var added = server.send(server.asAdmin("/v1/indicators").PUT(BodyPublishers.ofString(body)));

    assertThat(json(added)).containsEntry("global", true).containsEntry("tenant_id", "*");
    assertThat(values("?expired=false")).containsExactly("evil.example");
    assertThat(values("?expired=true")).isEmpty();
    var id = json(added).get("id");
    assertThat(server.send(as(ApiServer.HUNTER, "/v1/indicators/" + id).DELETE()).statusCode())
        .isEqualTo(403);
    assertThat(server.send(server.asAdmin("/v1/indicators/" + id).DELETE()).statusCode())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "feodo.csv,feodo,2",
    "feodo.json,feodo,2",
    "spamhaus_drop.json,spamhaus_drop,3",
    "spamhaus_drop.txt,spamhaus_drop,2",
    "firehol.netset,firehol,3",
    "misp.json,misp,6",
    "otx.json,otx,2",
    "abuseipdb.json,abuseipdb,2",
    "plain.txt,txt,4"
  })
  void everyPublishedFormatIsImported(String file, String format, int atLeast) {
    var told = post("/v1/indicators/import?ttl=864000&format=" + format, feed(file));
    var found = post("/v1/indicators/import?feed=x", feed(file));

    assertThat(told.statusCode()).as(told.body()).isEqualTo(200);
    assertThat(json(told)).containsEntry("feed", format).containsEntry("rejected", 0L);
    assertThat((Long) json(told).get("accepted")).isGreaterThanOrEqualTo(atLeast);
    assertThat(json(found)).containsEntry("accepted", json(told).get("accepted"));
    assertThat(values("?feed=" + format)).hasSizeGreaterThanOrEqualTo(atLeast);
  }

  @Test
  void aFeedIsReplacedAndItsBadLinesAreTold() {
    post("/v1/indicators/import?format=csv&feed=own", "192.0.2.1,c2,90\n192.0.2.2,c2,90\n");

    var answer =
        post(
            "/v1/indicators/import?format=csv&feed=own&ttl=60",
            "192.0.2.2,c2,80\n192.0.2.2,worse,95\nwhat?,c2,90\n192.0.2.3,scan,10\n");

    assertThat(json(answer))
        .containsEntry("status", "partial")
        .containsEntry("total", 4L)
        .containsEntry("accepted", 3L)
        .containsEntry("added", 1L)
        .containsEntry("updated", 1L)
        .containsEntry("removed", 1L)
        .containsEntry("rejected", 1L)
        .containsEntry("errors", List.of("own:3: no address, prefix or domain: what?"));
    assertThat(values("?feed=own")).containsExactly("192.0.2.2", "192.0.2.3");
    assertThat(get("/v1/indicators?category=worse").body()).contains("\"confidence\":95");
    post("/v1/indicators/import?feed=own&mode=merge", "192.0.2.4\n");
    assertThat(values("?feed=own")).hasSize(3);
  }

  @ParameterizedTest
  @CsvSource({
    "format=stix,192.0.2.1,400,invalid_feed",
    "format=csv,'[{}]',400,invalid_feed",
    "format=auto,'<html><body>sorry</body></html>',400,no_indicators",
    "format=auto,'[{\"ip\":',400,invalid_feed",
    "format=xml,192.0.2.1,422,validation_error",
    "mode=append,192.0.2.1,422,validation_error",
    "ttl=0,192.0.2.1,422,validation_error",
    "feed=a/b,192.0.2.1,400,invalid_feed",
    "global=true,192.0.2.1,403,forbidden",
    "format=txt,'',400,empty_feed"
  })
  void whatCannotBeReadLeavesTheFeedAsItWas(String query, String body, int status, String error) {
    post("/v1/indicators/import?feed=import", "198.51.100.1\n");

    var answer = post("/v1/indicators/import?" + query, body);

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(json(answer)).containsEntry("error", error);
    assertThat(values("")).containsExactly("198.51.100.1");
  }

  @Test
  void aLargeListBecomesAJob() {
    var list =
        IntStream.range(0, 9_000)
            .mapToObj(i -> "10.0." + i / 256 + "." + i % 256 + " # " + "x".repeat(60))
            .collect(Collectors.joining("\n"));

    var answer =
        server.send(
            as(ApiServer.HUNTER, "/v1/indicators/import?feed=big")
                .header("Content-Encoding", "gzip")
                .POST(BodyPublishers.ofByteArray(ApiServer.gzip(list))));

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    var path = answer.headers().firstValue("Location").orElseThrow();
    await().until(() -> json(get(path)).get("finished_at") != null);
    assertThat(json(get(path)))
        .containsEntry("status", "success")
        .containsEntry("progress", 100L)
        .containsEntry("type", "indicator_import");
    assertThat(json(get("/v1/indicators?feed=big&size=1&page=9000")))
        .containsEntry("total", 9_000L)
        .containsEntry("pages", 9_000L);
    var jobs = get("/v1/jobs").body();
    assertThat(jobs).startsWith("[{\"id\":").contains("\"created_at\":", "\"added\\\":9000");
  }

  @Test
  void moreThanMayBeIsRefusedAsAWhole() {
    var list =
        IntStream.range(0, 10_001)
            .mapToObj(i -> "10.0." + i / 256 + "." + i % 256)
            .collect(Collectors.joining("\n"));

    var answer = post("/v1/indicators/import?feed=big", list);

    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(json(answer)).containsEntry("error", "indicators_full");
    assertThat(values("")).isEmpty();
  }

  @Test
  void aKeyWithoutTheScopeMayNeitherReadNorWrite() {
    for (var key : List.of(ApiServer.READER, ApiServer.INGESTER)) {
      var put = server.send(as(key, "/v1/indicators").PUT(BodyPublishers.ofString("{}")));
      assertThat(put.statusCode()).isEqualTo(403);
      assertThat(json(put))
          .containsEntry("detail", "Insufficient permissions - requires 'manage_indicators' scope");
      assertThat(server.send(as(key, "/v1/jobs").GET()).statusCode()).isEqualTo(403);
    }
  }
}
