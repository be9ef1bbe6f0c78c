package io.penstock.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.penstock.exchange.Verdict;
import io.penstock.policy.Policy;
import io.penstock.profile.Explanation.Explained;
import io.penstock.profile.FieldMeaning.Said;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class CriblProfileTest {

  /** The capture of the interception contract, all 47 parameters. */
  private static final String QUERY =
      "v=4.16.1-20904e45&env=prod&os=ubuntu-24.04&kv=linux-6.12.54-linuxkit"
          + "&lic=bGljZW5zZS1mcmVlLTQuMTYuMS0yMDkwNGU0NQ%3D%3D&licls=free"
          + "&guid=b117a3cd-37e2-4c3d-9f00-0123456789ab&p=s&dm=s&it=c"
          + "&fc.giv=9&fc.h7h=4&fc.EYq=15&fc.qiD=7&fc.uOA=2&fc.rTA=1&fc.GZs=1&fc.ffg=1&fc.nUz=2"
          + "&lk.max=23156&lk.csv=3&pp=0&pp.ie=0&pp.ib=0&pp.ce=0&pp.cb=0&pp.oe=0&pp.ob=0&mc=87"
          + "&ib=0&ob=0&ie=0&oe=0&im=0&pc=9&dc=0&ic=19&qc=0&oc=2&sc=0&prc=0&rc=0&wpc=8&tpp=0"
          + "&et=1770278291000&lt=1770278520000&fs.r=f";

  private static final String HOST = "cdn.cribl.io";

  private final Profiles profiles = TestProfiles.shipped();

  @Test
  void allParametersAreKnownAndOnlyThreeFieldsTellSomebodyApart() {
    var asked = TestProfiles.get(HOST, "/telemetry/index.html?" + QUERY);

    var explanation = profiles.explain(asked, null);

    assertThat(asked.parameters()).hasSize(47);
    assertThat(explanation.product()).isEqualTo("cribl");
    assertThat(explanation.version()).isEqualTo("4.16.1");
    assertThat(explanation.unknown()).isEmpty();
    assertThat(explanation.fields()).hasSize(48);
    assertThat(explanation.identifiers())
        .extracting(field -> field.field().path(), Explained::identifier)
        .containsExactly(
            tuple("lic", Identifier.LICENCE),
            tuple("lic/(base64)", Identifier.LICENCE),
            tuple("guid", Identifier.INSTALLATION));
  }

  @Test
  void theLicenceIsReadOutOfItsBase64() {
    var explanation = profiles.explain(TestProfiles.get(HOST, "/telemetry/?" + QUERY), null);

    assertThat(values(explanation))
        .containsEntry("lic/(base64)", "license-free-4.16.1-20904e45")
        .containsEntry("fc.EYq", "15");
  }

  @Test
  void whoSaysWhatAParameterMeansIsPartOfTheExplanation() {
    var explanation =
        profiles.explain(TestProfiles.get(HOST, "/telemetry/?v=1&licls=free&dm=s"), "cribl");

    assertThat(explanation.fields())
        .extracting(field -> Objects.requireNonNull(field.meaning()).said())
        .containsExactly(Said.DOCUMENTED, Said.GUESS, Said.INFERRED);
  }

  @Test
  void aParameterThatTheProfileDoesNotKnowIsKeptAndFlagged() {
    var explanation =
        profiles.explain(TestProfiles.get(HOST, "/telemetry/?v=1&x.new=7&x.new=8"), null);

    assertThat(explanation.unknown())
        .extracting(field -> field.field().value())
        .containsExactly("7", "8");
    assertThat(explanation.json()).containsEntry("unknown", List.of("query x.new"));
  }

  @Test
  void theAnswersAreThoseThatCriblItselfGives() {
    var index =
        TestProfiles.answer(profiles, TestProfiles.get(HOST, "/telemetry/index.html"), "cribl");
    var slash = TestProfiles.answer(profiles, TestProfiles.get(HOST, "/telemetry/?v=1"), "cribl");
    var bare = TestProfiles.answer(profiles, TestProfiles.get(HOST, "/telemetry"), "cribl");

    assertThat(index.status()).isEqualTo(200);
    assertThat(index.headers().first("content-type")).contains("text/html; charset=utf-8");
    assertThat(index.body())
        .hasSize(29)
        .isEqualTo("cribl /// living the stream!\n".getBytes(StandardCharsets.UTF_8));
    assertThat(slash.body()).isEqualTo(index.body());
    assertThat(bare.status()).isEqualTo(302);
    assertThat(bare.headers().first("location")).contains("/telemetry/");
  }

  @Test
  void anotherMethodIsRefusedAsTheReferenceRefusesIt() {
    var answer =
        TestProfiles.answer(
            profiles, TestProfiles.post(HOST, "/telemetry/index.html", "x"), "cribl");

    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.headers().first("allow")).contains("GET");
    assertThat(new String(answer.body(), StandardCharsets.UTF_8))
        .isEqualTo("{\"detail\":\"Method Not Allowed\"}");
  }

  @Test
  void downloadsBesideTheTelemetryAndLookAlikeHostsAreLeftAlone() {
    var choice = ProfileChoice.parse("cribl=mock", profiles);
    var policy = new Policy(profiles.rules(choice), Verdict.TUNNEL);

    assertThat(policy.request(HOST, "GET", "/telemetry").verdict()).isEqualTo(Verdict.MOCK);
    assertThat(policy.request(HOST, "GET", "/telemetry/").verdict()).isEqualTo(Verdict.MOCK);
    assertThat(policy.request(HOST, "POST", "/telemetry/index.html").verdict())
        .isEqualTo(Verdict.MOCK);
    assertThat(policy.request(HOST, "GET", "/telemetry/other").verdict()).isEqualTo(Verdict.MOCK);
    assertThat(policy.request(HOST, "GET", "/dl/latest-x64").verdict()).isEqualTo(Verdict.OBSERVE);
    assertThat(policy.request(HOST, "GET", "/telemetryx").verdict()).isEqualTo(Verdict.OBSERVE);
    assertThat(policy.connection("cdn.cribl.io.evil.example").verdict()).isEqualTo(Verdict.TUNNEL);
    assertThat(profiles.match("cdn.cribl.io.evil.example", "/telemetry/")).isEmpty();
    assertThat(profiles.match(HOST, "/dl/latest-x64")).isEmpty();
  }

  private static Map<String, String> values(Explanation explanation) {
    return explanation.fields().stream()
        .collect(Collectors.toMap(field -> field.field().path(), field -> field.field().value()));
  }
}
