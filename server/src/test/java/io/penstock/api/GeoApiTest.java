package io.penstock.api;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.avaje.json.mapper.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GeoApiTest {

  private static final Path DATABASES = Path.of("..", "corpus", "geo", "test-data");
  private static final String TYPE = "multipart/form-data; boundary=xyz";
  private static final String LONDON = "81.2.69.142";

  private final ApiServer server = new ApiServer();

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> upload(String key, String name, byte[] file) {
    return upload("", key, name, file);
  }

  private HttpResponse<String> upload(String query, String key, String name, byte[] file) {
    var form = new ByteArrayOutputStream();
    form.writeBytes(
        ("--xyz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"" + name + "\"\r\n\r\n")
            .getBytes(ISO_8859_1));
    form.writeBytes(file);
    form.writeBytes("\r\n--xyz--\r\n".getBytes(ISO_8859_1));
    return server.send(
        server
            .request("/v1/upload/geoip" + query)
            .header("X-API-Key", key)
            .header("Content-Type", TYPE)
            .POST(BodyPublishers.ofByteArray(form.toByteArray())));
  }

  private HttpResponse<String> configure(String body) {
    return server.send(server.asAdmin("/v1/config/geoip").PUT(BodyPublishers.ofString(body)));
  }

  private static Map<String, Object> json(HttpResponse<String> answer) {
    return JsonMapper.builder().build().fromJsonObject(answer.body());
  }

  private static byte[] city() throws IOException {
    return Files.readAllBytes(DATABASES.resolve("GeoLite2-City-Test.mmdb"));
  }

  @Test
  void anUploadedDatabaseIsChosenAndAnswers() throws Exception {
    var uploaded = upload(ApiServer.ADMIN, "GeoLite2-City.mmdb", city());

    assertThat(uploaded.statusCode()).as(uploaded.body()).isEqualTo(200);
    var checksum = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(city()));
    var id = checksum.substring(0, 16);
    assertThat(json(uploaded))
        .containsEntry("blob_id", id)
        .containsEntry("path", "geo/" + id + ".mmdb")
        .containsEntry("size", (long) city().length)
        .containsEntry("checksum", checksum);

    var chosen = configure("{\"enabled\":true,\"path\":\"geo/" + id + ".mmdb\"}");
    assertThat(json(chosen)).containsEntry("ok", true).containsEntry("enabled", true);

    var tested = server.post("/v1/config/geoip/test?ip=" + LONDON, "");
    assertThat(json(tested))
        .isEqualTo(json(server.get("/v1/geo/test?ip=" + LONDON)))
        .containsEntry("ip", LONDON)
        .containsEntry(
            "geo", Map.of("country", "GB", "city", "London", "lat", 51.5142, "lon", -0.0931));

    configure("{\"enabled\":false}");
    assertThat(server.get("/v1/geo/test?ip=" + LONDON).body())
        .isEqualTo("{\"enabled\":false,\"ip\":\"81.2.69.142\",\"geo\":null}");
    assertThat(configure("{\"enabled\":true,\"path\":\"" + id + "\"}").statusCode()).isEqualTo(200);
    assertThat(server.get("/v1/geo/test?ip=" + LONDON).body()).contains("London");
  }

  @Test
  void whatIsNoDatabaseIsRefusedAndLeavesNothing() throws IOException {
    var texts = Files.readAllBytes(DATABASES.resolve("MaxMind-DB-string-value-entries.mmdb"));

    var name = upload(ApiServer.ADMIN, "city.csv", city());
    assertThat(name.statusCode()).isEqualTo(400);
    assertThat(json(name)).containsEntry("detail", "GeoIP upload must be .mmdb");
    var junk = upload(ApiServer.ADMIN, "city.mmdb", new byte[100_000]);
    assertThat(junk.statusCode()).isEqualTo(400);
    assertThat(json(junk)).containsEntry("error", "bad_database");
    assertThat(upload(ApiServer.ADMIN, "texts.mmdb", texts).statusCode()).isEqualTo(400);
    assertThat(server.post("/v1/upload/geoip", "no form").statusCode()).isEqualTo(400);
    var large =
        upload(ApiServer.ADMIN, "city.mmdb", new byte[ApiServer.UPLOAD_BYTES_MAX + 200_000]);
    assertThat(large.statusCode()).isEqualTo(413);

    assertThat(server.folder().resolve("geo")).isEmptyDirectory();
  }

  @Test
  void aCompressedDatabaseIsKeptAsWhatIsInIt() throws IOException {
    var plain = json(upload(ApiServer.ADMIN, "city.mmdb", city()));

    var uploaded = upload(ApiServer.ADMIN, "GeoLite2-City.mmdb.GZ", compressed(city()));

    assertThat(uploaded.statusCode()).as(uploaded.body()).isEqualTo(200);
    assertThat(json(uploaded)).isEqualTo(plain).containsEntry("holds", "countries");
  }

  @Test
  void whatGzipDidNotMakeOrGrowsTooLargeIsRefusedAndLeavesNothing() throws IOException {
    var cut = Arrays.copyOf(compressed(city()), 2_000);
    var bomb = compressed(new byte[ApiServer.UPLOAD_BYTES_MAX + 1]);

    for (var file : List.of(city(), cut, bomb, new byte[0])) {
      var answer = upload(ApiServer.ADMIN, "city.mmdb.gz", file);
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
      assertThat(json(answer)).containsEntry("error", "bad_database");
    }
    assertThat(server.folder().resolve("geo")).isEmptyDirectory();
  }

  private static byte[] compressed(byte[] file) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(bytes)) {
      out.write(file);
    }
    return bytes.toByteArray();
  }

  @Test
  void aDatabaseOfSystemsIsChosenBesideTheOneOfCountries() throws IOException {
    var asn = Files.readAllBytes(DATABASES.resolve("GeoLite2-ASN-Test.mmdb"));
    var uploaded = json(upload(ApiServer.ADMIN, "asn.mmdb", asn));
    assertThat(uploaded)
        .containsEntry("holds", "systems")
        .containsEntry("database", "GeoLite2-ASN");
    var id = String.valueOf(uploaded.get("blob_id"));

    var asCountries = configure("{\"path\":\"" + id + "\"}");
    assertThat(asCountries.statusCode()).isEqualTo(400);
    assertThat(asCountries.body()).contains("knows no countries");
    var chosen = configure("{\"asn_path\":\"" + id + "\"}");

    assertThat(chosen.statusCode()).as(chosen.body()).isEqualTo(200);
    assertThat(json(chosen)).containsEntry("enabled", true);
    assertThat(String.valueOf(json(chosen).get("asn_path"))).endsWith("geo/" + id + ".mmdb");
    assertThat(server.get("/v1/config/geoip").body()).contains(id, "\"path\":null");
    assertThat(json(configure("{\"asn_path\":null}"))).containsEntry("asn_path", null);
  }

  @Test
  void anUploadThatIsToBeUsedIsTakenIntoUseByAJob() throws IOException {
    var uploaded = upload("?use=true", ApiServer.ADMIN, "city.mmdb.gz", compressed(city()));

    assertThat(uploaded.statusCode()).as(uploaded.body()).isEqualTo(202);
    var job = "/v1/jobs/" + json(uploaded).get("job_id");
    await().until(() -> server.get(job).body().contains("\"finished_at\":\""));
    assertThat(json(server.get(job)))
        .containsEntry("type", "geo_use")
        .containsEntry("status", "success");
    assertThat(server.get("/v1/geo/test?ip=" + LONDON).body()).contains("London");
    assertThat(server.audit.latest("default", 10))
        .extracting(act -> act.action())
        .containsExactly("geoip_config", "geoip_upload");
  }

  @Test
  void onlyAdminsUploadAndChoose() throws IOException {
    for (var key : new String[] {ApiServer.READER, ApiServer.INGESTER, ApiServer.HUNTER}) {
      assertThat(upload(key, "city.mmdb", city()).statusCode()).isEqualTo(403);
    }
    assertThat(server.folder().resolve("geo")).isEmptyDirectory();
  }

  @Test
  void aPathWithNulIsNoPath() throws IOException {
    var answer = configure("{\"enabled\":true,\"path\":\"geo/x.mmdb\\u0000.txt\"}");

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(answer.body()).contains("\"loc\":[\"body\",\"path\"]");
    assertThat(server.get("/v1/config/geoip").body())
        .isEqualTo("{\"enabled\":true,\"path\":null,\"asn_path\":null}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/etc/passwd",
        "../control",
        "geo/../control",
        "geo/../../x.mmdb",
        "/data/other.mmdb",
        "geo/link.mmdb",
        "geo/none.mmdb",
        "geo"
      })
  void noPathLeadsElsewhere(String path) throws IOException {
    Files.createSymbolicLink(
        server.folder().resolve("geo/link.mmdb"),
        DATABASES.resolve("GeoLite2-City-Test.mmdb").toRealPath());

    var answer = configure("{\"enabled\":true,\"path\":\"" + path + "\"}");

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(json(answer)).containsEntry("error", "path_not_allowed");
    assertThat(server.get("/v1/config/geoip").body())
        .isEqualTo("{\"enabled\":true,\"path\":null,\"asn_path\":null}");
  }

  @Test
  void aConfiguredFileMayBeChosen() {
    var path = ApiServer.GEO_FILE.toAbsolutePath().normalize();

    assertThat(configure("{\"path\":\"" + path + "\"}").statusCode()).isEqualTo(200);

    assertThat(server.get("/v1/geo/test?ip=" + LONDON).body()).contains("\"country\":\"GB\"");
    assertThat(configure("{\"path\":null}").statusCode()).isEqualTo(200);
  }

  @Test
  void aTestNeedsAnAddress() {
    assertThat(server.get("/v1/geo/test?ip=x").body()).contains("Invalid IP address");
    assertThat(server.get("/v1/geo/test").statusCode()).isEqualTo(400);
  }

  @Test
  void aDownloadThatNobodyConfiguredFailsAndSaysWhy() {
    var answer = server.post("/v1/geo/download", "");

    assertThat(answer.statusCode()).isEqualTo(202);
    var path = "/v1/jobs/" + json(answer).get("job_id");
    await().until(() -> "error".equals(json(server.get(path)).get("status")));
    assertThat(json(server.get(path)))
        .containsEntry("type", "geo_download")
        .containsKey("created_at")
        .extractingByKey("error")
        .asString()
        .startsWith("no GEOIP_DOWNLOAD_URL is configured");
    assertThat(server.send(server.request(path).header("X-Tenant-ID", "other")).statusCode())
        .isEqualTo(401);
  }

  @Test
  void threatListsAreReadAgainByAJob() {
    var path = "/v1/jobs/" + json(server.post("/v1/threats/reload", "")).get("job_id");

    await().until(() -> json(server.get(path)).get("finished_at") != null);
    assertThat(server.get(path).body()).contains("\"type\":\"threats_reload\"");
    assertThat(server.get("/v1/jobs/none").statusCode()).isEqualTo(404);
  }
}
