package io.penstock.profile;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.exchange.Verdict;
import io.penstock.policy.Policy;
import io.penstock.policy.Rule;
import org.junit.jupiter.api.Test;

class ProfileChoiceTest {

  private final Profiles profiles = TestProfiles.shipped();

  @Test
  void aNamedProfileHasItsVerdictAndAllTheOthersThatOfAll() {
    var choice = ProfileChoice.parse("cribl=mock, all=block ,grafana", profiles);

    var policy = new Policy(profiles.rules(choice), Verdict.TUNNEL);

    assertThat(choice.problems()).isEmpty();
    assertThat(policy.request("cdn.cribl.io", "GET", "/telemetry/").verdict())
        .isEqualTo(Verdict.MOCK);
    assertThat(policy.request("stats.grafana.org", "POST", "/grafana-usage-report").verdict())
        .isEqualTo(Verdict.OBSERVE);
    assertThat(policy.request("stats.grafana.org", "POST", "/loki-usage-report").verdict())
        .isEqualTo(Verdict.BLOCK);
    assertThat(policy.connection("unknown.example").verdict()).isEqualTo(Verdict.TUNNEL);
  }

  @Test
  void mistakesAreNamedOneByOne() {
    var choice =
        ProfileChoice.parse(
            "cribbl=mock,grafana=eat,otlp=observe,loki,loki=mock,otlp@a b=mock,all,all", profiles);

    assertThat(choice.problems())
        .containsExactly(
            "there is no profile 'cribbl': did you mean 'cribl'?",
            "'grafana=eat': expected mock, observe, block or tunnel, not 'eat'",
            "'otlp' may be at any host: say which, as in otlp@host",
            "'loki' stands here twice",
            "'otlp@a b': expected a host behind the @",
            "'all' stands here twice");
  }

  @Test
  void allDoesNotReadEveryHostForTheSakeOfProfilesForAnyHost() {
    var policy =
        new Policy(profiles.rules(ProfileChoice.parse("all=observe", profiles)), Verdict.TUNNEL);

    assertThat(policy.connection("bank.example").verdict()).isEqualTo(Verdict.TUNNEL);
  }

  @Test
  void aProfileForAnyHostHoldsWhereAHostIsNamed() {
    var choice = ProfileChoice.parse("otlp@*.collector.example=mock", profiles);

    var policy = new Policy(profiles.rules(choice), Verdict.TUNNEL);

    assertThat(policy.request("eu.collector.example", "POST", "/v1/traces").verdict())
        .isEqualTo(Verdict.MOCK);
    assertThat(policy.connection("other.example").verdict()).isEqualTo(Verdict.TUNNEL);
  }

  @Test
  void whatIsTunnelledIsNotReadAndNearerHostsComeFirst() {
    var rules = profiles.rules(ProfileChoice.parse("sentry=tunnel,dotnet,vscode,cribl", profiles));

    var policy = new Policy(rules, Verdict.BLOCK);

    assertThat(policy.connection("o1.ingest.sentry.io").verdict()).isEqualTo(Verdict.TUNNEL);
    assertThat(rules).last().extracting(Rule::product).isEqualTo("sentry");
    assertThat(rules).first().extracting(Rule::product).isEqualTo("cribl");
  }

  @Test
  void nothingIsChosenByNothing() {
    assertThat(ProfileChoice.parse(" , ", profiles)).isEqualTo(ProfileChoice.NONE);
  }
}
