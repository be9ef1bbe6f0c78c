package io.penstock.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.penstock.certificate.Authorities.Kind;
import io.penstock.certificate.NoLeafException.Reason;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeavesTest {

  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  @TempDir private Path data;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final AtomicReference<Instant> clock = new AtomicReference<>(NOW);
  private @Nullable Leaves leaves;

  private Leaves leaves(LeafConfig config) {
    return leaves(CaConfig.under(data), config);
  }

  private Leaves leaves(CaConfig ca, LeafConfig config) {
    var authority = Authority.open(ca, () -> NOW);
    var made = new Leaves(authority, config, clock::get, registry);
    leaves = made;
    return made;
  }

  @AfterEach
  void close() {
    if (leaves != null) {
      leaves.close();
    }
  }

  private static LeafConfig config(int cached, int waiting, int perSecond) {
    return new LeafConfig(Duration.ofDays(90), cached, waiting, perSecond, 1);
  }

  private double counted(String name, String label) {
    return registry.scrape().stream()
        .filter(metric -> metric.getMetadata().getName().equals(name))
        .flatMap(metric -> metric.getDataPoints().stream())
        .filter(
            point ->
                label.isEmpty() || point.getLabels().iterator().next().getValue().equals(label))
        .mapToDouble(point -> ((CounterSnapshot.CounterDataPointSnapshot) point).getValue())
        .sum();
  }

  private static X509Certificate certificate(Leaf leaf) {
    return leaf.chain().getFirst();
  }

  private static Reason reason(CompletableFuture<Leaf> failed) {
    assertThat(failed).isCompletedExceptionally();
    return ((NoLeafException) failed.exceptionNow()).reason();
  }

  @Test
  void aLeafIsForItsHostAlone() throws Exception {
    var leaf = leaves(LeafConfig.STANDARD).leaf("cdn.cribl.io").get();

    var certificate = certificate(leaf);
    assertThat(leaf.chain()).hasSize(1);
    assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=cdn.cribl.io");
    assertThat(certificate.getSubjectAlternativeNames())
        .containsExactly(List.of(2, "cdn.cribl.io"));
    assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
    assertThat(certificate.getKeyUsage())
        .containsExactly(true, false, false, false, false, false, false, false, false);
    assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
    assertThat(certificate.getSerialNumber().signum()).isOne();
    assertThat(certificate.getSerialNumber().toByteArray()).hasSizeLessThanOrEqualTo(20);
    assertThat(certificate.getNonCriticalExtensionOIDs())
        .contains("2.5.29.14", "2.5.29.35", "2.5.29.17");
    assertThat(certificate.getPublicKey().getAlgorithm()).isEqualTo("EC");
  }

  @Test
  void aLeafIsNoAuthority() throws Exception {
    var leaf = leaves(LeafConfig.STANDARD).leaf("cdn.cribl.io").get();

    assertThatThrownBy(() -> new Issuer(certificate(leaf), leaf.key()))
        .isInstanceOf(CaException.class)
        .hasMessageContaining("may not issue");
  }

  @Test
  void anAddressIsNamedAsOne() throws Exception {
    var own = leaves(LeafConfig.STANDARD);
    var certificate = certificate(own.leaf("192.0.2.1").get());

    assertThat(certificate.getSubjectAlternativeNames()).containsExactly(List.of(7, "192.0.2.1"));
    assertThat(certificate.getSubjectX500Principal().getName()).isEmpty();
    assertThat(certificate(own.leaf("2001:db8::1").get()).getSubjectAlternativeNames())
        .containsExactly(List.of(7, "2001:db8:0:0:0:0:0:1"));
  }

  @Test
  void aNameTooLongForASubjectStandsInACriticalExtension() throws Exception {
    var host = "a".repeat(60) + ".example.org";

    var certificate = certificate(leaves(LeafConfig.STANDARD).leaf(host).get());

    assertThat(certificate.getSubjectX500Principal().getName()).isEmpty();
    assertThat(certificate.getSubjectAlternativeNames()).containsExactly(List.of(2, host));
    assertThat(certificate.getCriticalExtensionOIDs()).contains("2.5.29.17");
  }

  @Test
  void aLeafLivesNinetyDaysFromAnHourAgo() throws Exception {
    var certificate = certificate(leaves(LeafConfig.STANDARD).leaf("cdn.cribl.io").get());

    assertThat(certificate.getNotBefore().toInstant()).isEqualTo(NOW.minus(Duration.ofHours(1)));
    assertThat(
            Duration.between(
                certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant()))
        .isEqualTo(Duration.ofDays(90));
  }

  @Test
  void aLeafDoesNotOutliveItsAuthority() throws Exception {
    var own = leaves(LeafConfig.STANDARD);
    clock.set(NOW.plus(CaConfig.LIFE).minus(Duration.ofDays(1)));

    var leaf = own.leaf("cdn.cribl.io").get();

    assertThat(leaf.notAfter()).isEqualTo(NOW.plus(CaConfig.LIFE));
    assertThat(leaf.renewAt()).isBefore(leaf.notAfter());
    clock.set(NOW.plus(CaConfig.LIFE).plusSeconds(1));
    assertThat(reason(own.leaf("cdn.cribl.io"))).isEqualTo(Reason.EXPIRED);
  }

  @Test
  void aLifeThatClientsRefuseIsNotConfigured() {
    assertThatThrownBy(() -> new LeafConfig(Duration.ofDays(198), 1, 1, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theSameHostGetsTheSameLeaf() throws Exception {
    var own = leaves(LeafConfig.STANDARD);

    var first = own.leaf("cdn.cribl.io").get();

    assertThat(own.leaf("cdn.cribl.io")).isCompletedWithValue(first);
    assertThat(counted("intercept_certificates_asked", "cached")).isEqualTo(1);
    assertThat(counted("intercept_certificates_issued", "")).isEqualTo(1);
  }

  @Test
  void manyWhoAskAtOnceWaitForOne() {
    var own = leaves(config(100, 100, 500));

    var asked = IntStream.range(0, 200).mapToObj(_ -> own.leaf("cdn.cribl.io")).toList();

    CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new)).join();
    assertThat(asked.stream().map(CompletableFuture::join).distinct()).hasSize(1);
    assertThat(counted("intercept_certificates_issued", "")).isEqualTo(1);
    assertThat(counted("intercept_certificates_asked", "")).isEqualTo(200);
    assertThat(counted("intercept_certificates_asked", "new")).isEqualTo(1);
  }

  @Test
  void whoGivesUpDoesNotGiveUpForOthers() throws Exception {
    var own = leaves(LeafConfig.STANDARD);

    own.leaf("cdn.cribl.io").cancel(true);

    assertThat(own.leaf("cdn.cribl.io").get().host()).isEqualTo("cdn.cribl.io");
  }

  @Test
  void afterTwoThirdsAnotherIsMadeWhileTheOldOneServes() throws Exception {
    var own = leaves(LeafConfig.STANDARD);
    var old = own.leaf("cdn.cribl.io").get();
    assertThat(old.renewAt()).isEqualTo(NOW.minus(Duration.ofHours(1)).plus(Duration.ofDays(60)));
    clock.set(old.renewAt().minusSeconds(1));
    assertThat(own.leaf("cdn.cribl.io")).isCompletedWithValue(old);
    assertThat(counted("intercept_certificates_issued", "")).isEqualTo(1);
    clock.set(old.renewAt());

    assertThat(own.leaf("cdn.cribl.io")).isCompletedWithValue(old);

    await().untilAsserted(() -> assertThat(own.leaf("cdn.cribl.io").get()).isNotSameAs(old));
    assertThat(counted("intercept_certificates_issued", "")).isEqualTo(2);
  }

  @Test
  void aLeafThatEndedIsNeverServed() throws Exception {
    var own = leaves(LeafConfig.STANDARD);
    var old = own.leaf("cdn.cribl.io").get();
    clock.set(old.notAfter().plusSeconds(1));

    assertThat(own.leaf("cdn.cribl.io").get().notAfter()).isAfter(clock.get());
  }

  @Test
  void theHostsUsedLastAreKept() throws Exception {
    var own = leaves(config(2, 10, 500));
    own.leaf("a.example").get();
    own.leaf("b.example").get();
    own.leaf("a.example").get();

    own.leaf("c.example").get();

    assertThat(own.leaf("a.example")).isCompleted();
    assertThat(counted("intercept_certificates_evicted", "")).isEqualTo(1);
    assertThat(counted("intercept_certificates_issued", "")).isEqualTo(3);
    own.leaf("b.example").get();
    assertThat(counted("intercept_certificates_issued", "")).isEqualTo(4);
  }

  @Test
  void aFloodOfNamesIsRefusedAndCounted() {
    var own = leaves(config(100, 1_000, 50));

    var asked = IntStream.range(0, 500).mapToObj(i -> own.leaf("h" + i + ".example")).toList();

    long refused = asked.stream().filter(CompletableFuture::isCompletedExceptionally).count();
    assertThat(refused).isBetween(300L, 400L);
    assertThat(counted("intercept_certificates_refused", "busy")).isEqualTo((double) refused);
    asked.stream()
        .filter(CompletableFuture::isCompletedExceptionally)
        .forEach(failed -> assertThat(reason(failed)).isEqualTo(Reason.BUSY));
  }

  @Test
  void noMoreWaitThanMay() {
    var own = leaves(config(10_000, 5, 10_000));

    var asked = IntStream.range(0, 2_000).mapToObj(i -> own.leaf("h" + i + ".example")).toList();

    assertThat(counted("intercept_certificates_refused", "busy")).isPositive();
    assertThat(
            counted("intercept_certificates_refused", "busy")
                + counted("intercept_certificates_asked", ""))
        .isEqualTo(asked.size());
  }

  @Test
  void whatTheConstraintsDoNotPermitFailsAtOnce() {
    var own = leaves(Authorities.config(Kind.CONSTRAINED, data), LeafConfig.STANDARD);

    var failed = own.leaf("cribl.io.example");

    assertThat(reason(failed)).isEqualTo(Reason.NOT_PERMITTED);
    assertThat(failed.exceptionNow()).hasMessageContaining("cribl.io.example");
    assertThat(counted("intercept_certificates_refused", "not_permitted")).isEqualTo(1);
  }

  @Test
  void whatNoHostIsCalledGetsNone() {
    var own = leaves(LeafConfig.STANDARD);

    for (var host :
        List.of(
            "",
            "*.cribl.io",
            "CDN.cribl.io",
            "cdn.cribl.io.",
            "a b",
            "127.1",
            "2130706433",
            "1.2.3.4.5",
            "999.1.1.1",
            "::g",
            "1:2",
            "[::1]",
            "a\0b",
            "é.example",
            "x".repeat(300))) {
      assertThat(reason(own.leaf(host))).as(host).isEqualTo(Reason.NO_HOST);
    }
  }

  @Test
  void aGivenIntermediateIsSentAlong() throws Exception {
    var authority = Authorities.of(Kind.GIVEN, data);
    clock.set(Instant.now());
    var own = new Leaves(authority, LeafConfig.STANDARD, clock::get, registry);
    leaves = own;

    var leaf = own.leaf("cdn.cribl.io").get();

    assertThat(leaf.chain()).hasSize(2);
    assertThat(leaf.chain().get(1).getSubjectX500Principal().getName()).contains("Inspection");
    assertThat(leaf.notAfter()).isBeforeOrEqualTo(leaf.chain().get(1).getNotAfter().toInstant());
  }

  @Test
  void everySerialIsAnother() throws Exception {
    var own = leaves(LeafConfig.STANDARD);
    Set<Object> serials = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      serials.add(certificate(own.leaf("h" + i + ".example").get()).getSerialNumber());
    }

    assertThat(serials).hasSize(50);
  }

  @Test
  void aLeafDoesNotPrintItsKey() throws Exception {
    assertThat(leaves(LeafConfig.STANDARD).leaf("cdn.cribl.io").get().toString())
        .isEqualTo("leaf for cdn.cribl.io until 2027-02-20T11:00:00Z");
  }

  @Test
  void whoWaitsIsToldOfTheEnd() {
    var own = leaves(config(10_000, 1_000, 10_000));
    var asked = IntStream.range(0, 1_000).mapToObj(i -> own.leaf("h" + i + ".example")).toList();

    own.close();

    await().untilAsserted(() -> assertThat(asked).allMatch(CompletableFuture::isDone));
    assertThatThrownBy(() -> own.leaf("another.example").get())
        .isInstanceOf(ExecutionException.class);
  }
}
