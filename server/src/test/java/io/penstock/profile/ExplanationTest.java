package io.penstock.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.penstock.exchange.Asked;
import io.penstock.json.Json;
import io.penstock.profile.Explanation.Explained;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests in the form in which each product's source writes them. */
class ExplanationTest {

  private final Profiles profiles = TestProfiles.shipped();

  static List<Arguments> requests() {
    return List.of(
        request(
            "grafana",
            "10_4_1",
            "stats.grafana.org",
            "/grafana-usage-report",
            """
            {"version":"10_4_1","metrics":{"stats.dashboards.count":3,"stats.ds.loki.count":1,
             "stats.auth_token_per_user_le_3":0,"stats.uptime":7},"os":"linux","arch":"amd64",
             "edition":"oss","hasValidLicense":false,"packaging":"deb",
             "usageStatsId":"0a1b2c3d-0000-4000-8000-000000000000"}
            """,
            "/usageStatsId"),
        request(
            "loki",
            "3.1.0",
            "stats.grafana.org",
            "/loki-usage-report",
            """
            {"clusterID":"x","createdAt":"2026-01-01T00:00:00Z","interval":"2026-01-01T04:00:00Z",
             "intervalPeriod":14400,"target":"all","version":{"version":"3.1.0","revision":"r"},
             "os":"linux","arch":"amd64","edition":"oss","metrics":{"memstats":{"alloc":1},
             "num_cpu":2,"num_goroutine":3,"cpu_usage":0.1,"ring_kvstore":"memberlist"}}
            """,
            "/clusterID",
            "/createdAt"),
        request(
            "hashicorp",
            null,
            "checkpoint-api.hashicorp.com",
            "/v1/telemetry/terraform",
            """
            {"signature":"s","start_time":"t","end_time":"t","arch":"amd64","os":"linux",
             "payload":{"a":1},"product":"terraform","run_id":"r","schema_version":"1",
             "version":"1.9.0"}
            """,
            "/signature"),
        request(
            "nextjs",
            "15.0.1",
            "telemetry.nextjs.org",
            "/api/v1/record",
            """
            {"context":{"anonymousId":"a","projectId":"p","sessionId":"s"},
             "meta":{"systemPlatform":"linux","cpuCount":2},
             "events":[{"eventName":"NEXT_CLI_SESSION_STARTED","fields":{"nextVersion":"15.0.1"}}]}
            """,
            "/context/anonymousId",
            "/context/projectId"),
        request(
            "dotnet",
            "9.0.100",
            "southcentralus-0.in.applicationinsights.azure.com",
            "/v2/track",
            """
            {"name":"e","time":"t","iKey":"k","tags":{"ai.cloud.role":"r"},"data":{"baseData":\
            {"name":"dotnet/cli/command","properties":{"Machine ID":"m","Product Version":\
            "9.0.100","OS Platform":"Linux"}}}}
            """,
            "/0/data/baseData/properties/Machine ID"),
        request(
            "homebrew",
            "4.6.0",
            "eu-central-1-1.aws.cloud2.influxdata.com",
            "/api/v2/write?bucket=analytics&precision=s",
            """
            command_run,command=install,ci=false,prefix=/opt/homebrew,arch=arm64,os=macOS \
            version="4.6.0",options="--quiet" 1770278291
            """),
        request(
            "traefik",
            "3.2.0",
            "collect.traefik.io",
            "/9vxtoken",
            """
            {"Version":"3.2.0","Codename":"munster","BuildDate":"d","Configuration":"eyJhIjoxfQ==",
             "Hash":"123"}
            """,
            "/Hash"),
        request(
            "jenkins",
            null,
            "uplink.jenkins.io",
            "/events",
            "{\"type\":\"jenkins.telemetry.impl.Uptime\",\"payload\":{\"a\":1},\"correlator\":\"c\"}",
            "/correlator"),
        request(
            "gitlab",
            "17.7.0",
            "version.gitlab.com",
            "/usage_data",
            """
            {"uuid":"u","hostname":"h","version":"17.7.0","edition":"CE","recorded_at":"t",
             "installation_type":"omnibus","active_user_count":3,"counts":{"boards":1},
             "ldap_enabled":false,"database":{"adapter":"postgresql"}}
            """,
            "/uuid",
            "/hostname"),
        request(
            "rancher",
            "2.9.1",
            "telemetry.rancher.io",
            "/publish",
            "{\"r\":1,\"install\":{\"uid\":\"u\",\"version\":\"v2.9.1\"},\"cluster\":{\"total\":2}}",
            "/install/uid"),
        request(
            "sentry",
            "2.3.4",
            "o1.ingest.sentry.io",
            "/api/7/envelope/",
            """
            {"event_id":"e"}
            {"type":"event"}
            {"release":"shop@2.3.4","server_name":"web-1","user":{"email":"a@b.example"}}
            """,
            "/items/0/payload/server_name",
            "/items/0/payload/user/email"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("requests")
  void everyFieldIsExplainedAndTheIdentifiersAreFound(
      String product, @Nullable String version, Asked asked, List<String> identifiers) {
    var explanation = profiles.explain(asked, null);

    assertThat(explanation.product()).isEqualTo(product);
    assertThat(explanation.version()).isEqualTo(version);
    assertThat(explanation.unknown()).extracting(Explained::field).isEmpty();
    assertThat(explanation.identifiers())
        .extracting(field -> field.field().path())
        .containsExactlyElementsOf(identifiers);
    assertThat(explanation.notes()).isEmpty();
    assertThat(Json.text(explanation.json())).contains("\"product\":\"" + product + "\"");
  }

  @Test
  void theVersionCheckOfGitlabSaysItsVersionInBase64() {
    var asked =
        TestProfiles.get(
            "version.gitlab.com", "/check.svg?gitlab_info=eyJ2ZXJzaW9uIjoiMTcuNy4wIn0%3D",
            "Referer", "https://git.shop.example/admin");

    var explanation = profiles.explain(asked, null);

    assertThat(explanation.fields())
        .extracting(field -> field.field().path(), field -> field.field().value())
        .contains(
            tuple("gitlab_info/(base64)/version", "17.7.0"),
            tuple("referer", "https://git.shop.example/admin"));
    assertThat(explanation.identifiers()).hasSize(1);
  }

  @Test
  void otlpIsRecognisedByItsPortAndOnlyThere() {
    var asked = TestProfiles.post("any.example", "/v1/logs", "{\"resourceLogs\":[]}");
    var atPort =
        new Asked(
            "http",
            "any.example",
            4318,
            "POST",
            "/v1/logs",
            "HTTP/1.1",
            asked.headers(),
            asked.body());

    assertThat(profiles.explain(asked, null).product()).isNull();
    assertThat(profiles.explain(atPort, null).product()).isEqualTo("otlp");
    assertThat(profiles.explain(asked, "otlp").endpoint()).isNotNull();
  }

  @Test
  void whatNoProfileKnowsIsDecodedAllTheSame() {
    var explanation =
        profiles.explain(
            TestProfiles.post("t.example", "/x?a=1", "{\"mail\":\"a@b.example\"}"), null);

    assertThat(explanation.product()).isNull();
    assertThat(explanation.unknown()).hasSize(2);
    assertThat(explanation.identifiers())
        .singleElement()
        .satisfies(field -> assertThat(field.identifier()).isEqualTo(Identifier.PERSON));
  }

  private static Arguments request(
      String product,
      @Nullable String version,
      String host,
      String target,
      String body,
      String... identifiers) {
    return Arguments.of(
        product, version, TestProfiles.post(host, target, body), List.of(identifiers));
  }
}
