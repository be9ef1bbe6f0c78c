package io.penstock.admit;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.admit.Admission.Decision;
import io.penstock.control.Flag;
import io.penstock.control.Source;
import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.Origin;
import io.penstock.event.Protocol;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdmissionTest {

  private static final Ip INSIDE = Ip.parse("10.1.2.3").orElseThrow();
  private static final Ip OUTSIDE = Ip.parse("203.0.113.9").orElseThrow();
  private static final Decision ALLOWED = new Decision(Verdict.ALLOWED, false);
  private static final String BLOCKED = "telemetry_blocked_source_total";

  @TempDir private Path folder;
  private Instant now = Instant.ofEpochSecond(1_800_000);
  private Plane plane;
  private Admission admission;
  private FlowGate gate;

  @BeforeEach
  void open() {
    plane = new Plane(folder, () -> now);
    admission = plane.admission(UnknownExporters.DROP);
    gate = admission.gate();
  }

  @AfterEach
  void close() {
    plane.close();
  }

  private static Origin origin(@Nullable String collector, @Nullable String sourceId) {
    return new Origin(
        Protocol.FLOW_JSON,
        INSIDE,
        0,
        Event.ABSENT,
        Event.ABSENT,
        Event.ABSENT,
        0,
        collector,
        sourceId,
        null);
  }

  private Decision post(String tenant, String sourceId, Ip client, int records) {
    return admission.post(tenant, origin(null, sourceId), client, records);
  }

  private static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void nothingIsRefusedWhileTheFlagsAreOff() {
    plane.putDisabled("default", "off", Source.Type.HTTP);

    assertThat(post("default", "off", OUTSIDE, 1)).isEqualTo(ALLOWED);
    assertThat(gate.turnTo(address("203.0.113.9"))).isEqualTo(Verdict.ALLOWED);
    assertThat(plane.counter(BLOCKED)).isZero();
  }

  @Test
  void aDisabledSourceMayNotPost() {
    plane.turnOn(Flag.ADMISSION_HTTP_ENABLED);
    plane.putDisabled("default", "off", Source.Type.HTTP);

    assertThat(post("default", "off", INSIDE, 1)).isEqualTo(new Decision(Verdict.DISABLED, true));
    assertThat(plane.counter(BLOCKED, "default", "off", "disabled")).isEqualTo(1);

    plane.put("default", "off", Source.Type.HTTP, 0);
    assertThat(post("default", "off", INSIDE, 1)).isEqualTo(ALLOWED);
  }

  @Test
  void aPostThatNamesNoSourceOrAnotherTenantsIsNotMeasured() {
    plane.turnOn(Flag.ADMISSION_HTTP_ENABLED);
    plane.putDisabled("acme", "off", Source.Type.HTTP);

    assertThat(post("default", "off", INSIDE, 1)).isEqualTo(ALLOWED);
    assertThat(admission.post("default", origin(null, null), INSIDE, 1)).isEqualTo(ALLOWED);
    assertThat(post("acme", "off", INSIDE, 1).isRefused()).isTrue();
  }

  @Test
  void theCollectorOfTheBodyNamesASourceToo() {
    plane.turnOn(Flag.ADMISSION_HTTP_ENABLED);
    plane.putDisabled("default", "off", Source.Type.HTTP);

    assertThat(admission.post("default", origin("off", "other"), INSIDE, 1).isRefused()).isTrue();
    assertThat(admission.post("default", origin("gw-local", "off"), INSIDE, 1).isRefused())
        .isTrue();
  }

  @Test
  void postsMustComeFromTheSourcesNetworksWhenAFlagSaysSo() {
    plane.turnOn(Flag.ADMISSION_HTTP_ENABLED);
    plane.put("default", "in", Source.Type.HTTP, 0, "10.0.0.0/8", "2001:db8::/32");
    assertThat(post("default", "in", OUTSIDE, 1)).isEqualTo(ALLOWED);

    plane.turnOn(Flag.HTTP_IP_ALLOWLIST_ENABLED);

    assertThat(post("default", "in", INSIDE, 1)).isEqualTo(ALLOWED);
    assertThat(post("default", "in", Ip.parse("2001:db8::7").orElseThrow(), 1)).isEqualTo(ALLOWED);
    assertThat(post("default", "in", OUTSIDE, 1))
        .isEqualTo(new Decision(Verdict.IP_NOT_ALLOWED, true));
    assertThat(plane.counter("telemetry_http_blocked_ip_total", "in")).isEqualTo(1);
  }

  @Test
  void aSourceWithoutNetworksMayPostFromNowhereUnlessAFlagSaysEverywhere() {
    plane.turnOn(Flag.ADMISSION_HTTP_ENABLED, Flag.HTTP_IP_ALLOWLIST_ENABLED);
    plane.put("default", "any", Source.Type.HTTP, 0);
    assertThat(post("default", "any", INSIDE, 1).verdict()).isEqualTo(Verdict.IP_NOT_ALLOWED);

    plane.turnOn(Flag.ADMISSION_COMPAT_ALLOW_EMPTY_IPS);

    assertThat(post("default", "any", INSIDE, 1)).isEqualTo(ALLOWED);
  }

  @Test
  void networksThatNobodyCanReadLetNobodyIn() {
    plane.turnOn(
        Flag.ADMISSION_HTTP_ENABLED,
        Flag.HTTP_IP_ALLOWLIST_ENABLED,
        Flag.ADMISSION_COMPAT_ALLOW_EMPTY_IPS);
    plane.put("default", "odd", Source.Type.HTTP, 0, "0.0.0.0/0 } ; flush ruleset");

    assertThat(post("default", "odd", INSIDE, 1).verdict()).isEqualTo(Verdict.IP_NOT_ALLOWED);
    assertThat(admission.exporterNetworks()).isEmpty();
  }

  @Test
  void recordsBeyondTheRateAreRefusedByTheBatch() {
    plane.turnOn(Flag.ADMISSION_HTTP_ENABLED);
    plane.put("default", "slow", Source.Type.HTTP, 2);

    assertThat(post("default", "slow", INSIDE, 4)).isEqualTo(ALLOWED);
    assertThat(post("default", "slow", INSIDE, 4))
        .isEqualTo(new Decision(Verdict.RATE_LIMIT, true));
    assertThat(plane.counter(BLOCKED, "slow", "rate_limit")).isEqualTo(1);
  }

  @Test
  void withLogOnlyWhatWouldBeRefusedIsCountedAndTaken() {
    plane.turnOn(Flag.ADMISSION_HTTP_ENABLED, Flag.ADMISSION_UDP_ENABLED, Flag.ADMISSION_LOG_ONLY);
    plane.putDisabled("default", "off", Source.Type.HTTP);

    assertThat(post("default", "off", INSIDE, 1)).isEqualTo(new Decision(Verdict.DISABLED, false));
    assertThat(gate.turnTo(address("203.0.113.9"))).isEqualTo(Verdict.ALLOWED);

    assertThat(plane.counter(BLOCKED, "off", "disabled")).isEqualTo(1);
    assertThat(plane.counter(BLOCKED, "__unknown__", "ip_not_allowed")).isEqualTo(1);
  }

  @Test
  void aPostAsASourceOfFlowsIsCountedAndMeasured() {
    plane.turnOn(Flag.ADMISSION_HTTP_ENABLED, Flag.HTTP_IP_ALLOWLIST_ENABLED);
    plane.put("default", "router", Source.Type.UDP, 0, "192.0.2.1");

    assertThat(post("default", "router", OUTSIDE, 1)).isEqualTo(ALLOWED);
    assertThat(plane.counter("telemetry_source_type_mismatch_total", "router")).isEqualTo(1);
  }

  @Test
  void anExporterIsTheSourceOfTheNarrowestNetworkAroundIt() {
    plane.put("default", "wide", Source.Type.UDP, 0, "10.0.0.0/8");
    plane.put("acme", "narrow", Source.Type.UDP, 0, "10.1.0.0/16", "2001:db8::1");
    plane.put("acme", "posts", Source.Type.HTTP, 0, "10.1.2.0/24");

    gate.turnTo(address("10.1.2.3"));
    assertThat(gate.tenant()).isEqualTo("acme");
    assertThat(gate.sourceId()).isEqualTo("narrow");
    gate.turnTo(address("10.2.0.1"));
    assertThat(gate.tenant()).isEqualTo("default");
    assertThat(gate.sourceId()).isEqualTo("wide");
    gate.turnTo(address("2001:db8::1"));
    assertThat(gate.sourceId()).isEqualTo("narrow");
    gate.turnTo(address("2001:db8::2"));
    assertThat(gate.sourceId()).isNull();
    assertThat(gate.tenant()).isEqualTo("default");
    assertThat(admission.tenantOf(INSIDE)).isEqualTo("acme");
  }

  @Test
  void aDisabledSourceNeitherSlipsIntoAWiderNetworkNorToAnotherTenant() {
    plane.turnOn(Flag.ADMISSION_UDP_ENABLED);
    plane.put("default", "wide", Source.Type.UDP, 0, "10.0.0.0/8");
    plane.putDisabled("acme", "narrow", Source.Type.UDP, "10.1.0.0/16");

    assertThat(gate.turnTo(address("10.1.2.3"))).isEqualTo(Verdict.DISABLED);
    assertThat(gate.tenant()).isEqualTo("acme");
    assertThat(plane.counter(BLOCKED, "acme", "narrow", "disabled")).isEqualTo(1);
  }

  @Test
  void ofTwoSourcesWithTheSameNetworkTheEnabledOneHasIt() {
    plane.putDisabled("default", "old", Source.Type.UDP, "10.0.0.0/8");
    plane.put("default", "young", Source.Type.UDP, 0, "10.0.0.0/8");

    gate.turnTo(address("10.1.2.3"));

    assertThat(gate.sourceId()).isEqualTo("young");
  }

  @Test
  void unknownExportersAreRefusedOrTakenByPolicy() {
    plane.turnOn(Flag.ADMISSION_UDP_ENABLED);

    assertThat(gate.turnTo(address("203.0.113.9"))).isEqualTo(Verdict.IP_NOT_ALLOWED);
    assertThat(plane.counter(BLOCKED, "__unknown__", "ip_not_allowed")).isEqualTo(1);
    try (var open = new Plane(folder.resolve("open"), () -> now)) {
      open.turnOn(Flag.ADMISSION_UDP_ENABLED);
      var taking = open.admission(UnknownExporters.ALLOW).gate();
      assertThat(taking.turnTo(address("203.0.113.9"))).isEqualTo(Verdict.ALLOWED);
    }
  }

  @Test
  void aChangeHoldsFromTheNextDatagramOn() {
    plane.turnOn(Flag.ADMISSION_UDP_ENABLED);
    var router = address("192.0.2.1");
    assertThat(gate.turnTo(router)).isEqualTo(Verdict.IP_NOT_ALLOWED);

    plane.put("acme", "router", Source.Type.UDP, 0, "192.0.2.0/24");
    assertThat(gate.turnTo(router)).isEqualTo(Verdict.ALLOWED);
    assertThat(gate.tenant()).isEqualTo("acme");

    plane.putDisabled("acme", "router", Source.Type.UDP, "192.0.2.0/24");
    assertThat(gate.turnTo(router)).isEqualTo(Verdict.DISABLED);

    plane.sources.remove(new Source.Key("acme", "router"));
    plane.turnOff(Flag.ADMISSION_UDP_ENABLED);
    assertThat(gate.turnTo(router)).isEqualTo(Verdict.ALLOWED);
    assertThat(gate.tenant()).isEqualTo("default");
  }

  @Test
  void ofAnExportersEventsThoseWithinItsRatePass() {
    plane.turnOn(Flag.ADMISSION_UDP_ENABLED);
    plane.put("default", "router", Source.Type.UDP, 5, "192.0.2.1");
    gate.turnTo(address("192.0.2.1"));

    assertThat(gate.isLimited()).isTrue();
    assertThat(gate.pass(30)).isEqualTo(10);
    assertThat(plane.counter(BLOCKED, "router", "rate_limit")).isEqualTo(1);
    assertThat(plane.counter("telemetry_admission_refused_events_total", "default")).isEqualTo(20);
  }

  @Test
  void theRateIsOneForAllWorkersAndStaysThroughAChangeOfTheSource() {
    plane.turnOn(Flag.ADMISSION_UDP_ENABLED);
    plane.put("default", "router", Source.Type.UDP, 5, "192.0.2.0/24");
    var other = admission.gate();
    gate.turnTo(address("192.0.2.1"));
    other.turnTo(address("192.0.2.2"));
    assertThat(gate.pass(8)).isEqualTo(8);
    assertThat(other.pass(8)).isLessThanOrEqualTo(3);

    plane.put("default", "router", Source.Type.UDP, 5, "192.0.2.0/24", "198.51.100.0/24");
    gate.turnTo(address("192.0.2.1"));

    assertThat(gate.pass(8)).isLessThanOrEqualTo(3);
  }

  @Test
  void aTestSaysWhatAllChecksWouldSayAndTakesNothing() {
    plane.put("default", "in", Source.Type.HTTP, 1, "10.0.0.0/8");
    plane.putDisabled("default", "off", Source.Type.HTTP, "10.0.0.0/8");
    var in = new Source.Key("default", "in");

    for (int i = 0; i < 5; i++) {
      assertThat(admission.test(in, INSIDE)).contains(Verdict.ALLOWED);
    }
    assertThat(admission.test(in, OUTSIDE)).contains(Verdict.IP_NOT_ALLOWED);
    assertThat(admission.test(new Source.Key("default", "off"), INSIDE)).contains(Verdict.DISABLED);
    assertThat(admission.test(new Source.Key("acme", "in"), INSIDE)).isEmpty();
    assertThat(admission.isEnforced(Source.Type.HTTP)).isFalse();
    plane.turnOn(Flag.ADMISSION_HTTP_ENABLED);
    assertThat(admission.isEnforced(Source.Type.HTTP)).isTrue();
    post("default", "in", INSIDE, 2);
    assertThat(admission.test(in, INSIDE)).contains(Verdict.RATE_LIMIT);
  }

  @Test
  void theTableAgreesWithAPlainSearch() {
    var random = new Random(11);
    for (int i = 0; i < 60; i++) {
      int bits = 4 + random.nextInt(29);
      plane.put("default", "s" + i, Source.Type.UDP, 0, Ip.v4(random.nextInt()) + "/" + bits);
    }
    var members =
        plane.sources.snapshot().current().of("default").stream()
            .filter(source -> source.type() == Source.Type.UDP)
            .map(source -> Member.of(source, new SourceActivity()))
            .toList();

    for (int i = 0; i < 20_000; i++) {
      var ip = Ip.v4(random.nextInt());
      int longest = -1;
      for (var member : members) {
        for (var network : member.networks()) {
          if (network.contains(ip)) {
            longest = Math.max(longest, network.bits());
          }
        }
      }
      var found = admission.state().table().exporter(ip);
      assertThat(found == null ? -1 : found.networks().getFirst().bits()).isEqualTo(longest);
      if (found != null) {
        assertThat(found.mayComeFrom(ip)).isTrue();
      }
    }
  }

  /** Breaks whoever asks it. */
  @SuppressWarnings("NullAway")
  private static Origin broken() {
    return null;
  }

  @Test
  void aFaultOfOursRefusesUnlessAFlagSaysOtherwise() {
    plane.turnOn(Flag.ADMISSION_HTTP_ENABLED);

    assertThat(admission.post("default", broken(), INSIDE, 1))
        .isEqualTo(new Decision(Verdict.ADMISSION_ERROR, true));

    plane.turnOn(Flag.ADMISSION_FAIL_OPEN);
    assertThat(admission.post("default", broken(), INSIDE, 1).isRefused()).isFalse();
  }

  @Test
  void refusalsAreInTheFiguresOfTheSource() {
    plane.turnOn(Flag.ADMISSION_HTTP_ENABLED);
    plane.putDisabled("default", "off", Source.Type.HTTP);
    var key = new Source.Key("default", "off");

    post("default", "off", INSIDE, 10);

    var activity = admission.activity(key).orElseThrow();
    assertThat(activity.lastMinute(now).refusedPercent()).isEqualTo(100);
    assertThat(activity.seen().orElseThrow().origin()).isEqualTo(Source.Type.HTTP);
    now = now.plus(Duration.ofMinutes(2));
    assertThat(activity.lastMinute(now).refusedPercent()).isZero();
    assertThat(activity.over(900, now).refusedPercent()).isEqualTo(100);
  }
}
