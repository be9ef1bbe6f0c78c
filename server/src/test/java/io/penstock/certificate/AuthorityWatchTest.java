package io.penstock.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The authority is changed while a server runs. */
class AuthorityWatchTest {

  private static final InstantSource CLOCK = () -> Instant.parse("2026-11-22T12:00:00Z");

  @TempDir private Path data;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final List<Authority> told = new ArrayList<>();
  private CaConfig config = CaConfig.under(Path.of("."));
  private AuthorityWatch watch;
  private Leaves leaves;

  @BeforeEach
  void open() {
    config = CaConfig.under(data);
    watch = new AuthorityWatch(config, CLOCK, registry);
    leaves = new Leaves(watch.current(), LeafConfig.STANDARD, CLOCK, registry);
    watch.start(
        authority -> {
          told.add(authority);
          leaves.issueBy(authority);
        });
  }

  @AfterEach
  void close() {
    leaves.close();
    watch.close();
  }

  private long reloads(String result) {
    return registry.scrape().stream()
        .filter(metric -> metric.getMetadata().getName().equals("intercept_authority_reloads"))
        .flatMap(metric -> ((CounterSnapshot) metric).getDataPoints().stream())
        .filter(point -> result.equals(point.getLabels().get("result")))
        .mapToLong(point -> (long) point.getValue())
        .sum();
  }

  private X509Certificate leaf(String host) throws Exception {
    return leaves.leaf(host).get().chain().getFirst();
  }

  @Test
  void aRotatedRootIssuesFromThenOn() throws Exception {
    var old = watch.current();
    var before = leaf("a.test");
    var fresh = Authority.rotate(config, CLOCK);

    watch.poll();

    var after = leaf("a.test");
    before.verify(old.root().getPublicKey());
    after.verify(fresh.root().getPublicKey());
    leaf("b.test").verify(fresh.root().getPublicKey());
    assertThat(watch.current().fingerprint()).isEqualTo(fresh.fingerprint());
    assertThat(watch.current().previous()).contains(old.root());
    assertThat(told).hasSize(1);
    assertThat(reloads("ok")).isEqualTo(1);
  }

  @Test
  void whatDidNotChangeIsNotReadAgain() throws Exception {
    var before = leaf("a.test");

    watch.poll();
    watch.poll();

    assertThat(told).isEmpty();
    assertThat(leaf("a.test")).isSameAs(before);
  }

  @Test
  void aRootThatIsForgottenIsExportedNoMoreAndLeavesStay() throws Exception {
    Authority.rotate(config, CLOCK);
    watch.poll();
    var before = leaf("a.test");

    Authority.forgetPrevious(config);
    watch.poll();

    assertThat(watch.current().previous()).isEmpty();
    assertThat(leaf("a.test")).isSameAs(before);
  }

  @Test
  void whatCannotBeReadChangesNothingUntilItCan() throws Exception {
    var old = watch.current();
    var file = old.place();
    var text = Files.readString(file);
    Files.writeString(file, text.substring(0, text.length() / 2));

    watch.poll();
    watch.poll();

    assertThat(watch.current()).isSameAs(old);
    assertThat(reloads("failed")).isEqualTo(1);
    leaf("a.test").verify(old.root().getPublicKey());
    var fresh = Authority.rotate(config, CLOCK);
    watch.poll();
    assertThat(watch.current().fingerprint()).isEqualTo(fresh.fingerprint());
    leaf("a.test").verify(fresh.root().getPublicKey());
  }

  @Test
  void anAuthorityThatGoesAwayServesOnFromMemory() throws Exception {
    var old = watch.current();
    Files.delete(old.place());

    watch.poll();

    assertThat(watch.current()).isSameAs(old);
    leaf("a.test").verify(old.root().getPublicKey());
  }

  @Test
  void anAuthorityFromElsewhereThatIsRenewedIsTaken() throws IOException {
    var elsewhere = Files.createDirectories(data.resolve("elsewhere"));
    var given = Authorities.given(elsewhere);
    var theirs = new CaConfig(data, null, given, List.of(), CaConfig.LIFE);
    try (var other = new AuthorityWatch(theirs, InstantSource.system(), new PrometheusRegistry())) {
      var old = other.current();
      var renewed = Authorities.given(Files.createDirectories(data.resolve("renewed")));
      Files.copy(renewed.chain(), given.chain(), StandardCopyOption.REPLACE_EXISTING);

      other.poll();
      assertThat(other.current()).isSameAs(old);

      Files.writeString(given.key(), Files.readString(renewed.key()));
      other.poll();
      assertThat(other.current().fingerprint()).isNotEqualTo(old.fingerprint());
    }
  }
}
