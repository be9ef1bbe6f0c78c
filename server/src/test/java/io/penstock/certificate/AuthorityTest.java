package io.penstock.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.certificate.Authorities.Kind;
import io.penstock.config.Environment;
import io.penstock.config.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuthorityTest {

  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  @TempDir private Path data;

  private Authority open(CaConfig config) {
    return Authority.open(config, () -> NOW);
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void theFirstStartMakesARootOfItsOwn() {
    var made = open(CaConfig.under(data));

    var root = made.root();
    assertThat(made.subject()).matches("CN=Penstock interception CA [0-9a-f]{6}");
    assertThat(made.notBefore()).isEqualTo(NOW.minus(Duration.ofHours(1)));
    assertThat(made.notAfter()).isEqualTo(NOW.plus(CaConfig.LIFE));
    assertThat(root.getPublicKey().getAlgorithm()).isEqualTo("EC");
    assertThat(root.getBasicConstraints()).isZero();
    assertThat(root.getCriticalExtensionOIDs()).containsExactlyInAnyOrder("2.5.29.19", "2.5.29.15");
    assertThat(root.getKeyUsage())
        .containsExactly(false, false, false, false, false, true, true, false, false);
    assertThat(root.getSerialNumber().bitLength()).isBetween(127, 128);
    assertThat(made.fingerprint()).matches("[0-9A-F]{2}(:[0-9A-F]{2}){31}");
    assertThat(made.constraints()).isEmpty();
    assertThat(made.permits("anything.example")).isTrue();
  }

  @Test
  void twoInstallationsHaveNothingInCommon() {
    var one = open(CaConfig.under(data.resolve("one")));
    var other = open(CaConfig.under(data.resolve("other")));

    assertThat(one.subject()).isNotEqualTo(other.subject());
    assertThat(one.root().getPublicKey()).isNotEqualTo(other.root().getPublicKey());
  }

  @Test
  void theNextStartFindsTheSame() {
    for (var kind : Kind.values()) {
      var config = Authorities.config(kind, folder(kind.name()));
      var first = Authority.open(config, Authorities.CLOCK);

      var second = Authority.open(config, Authorities.CLOCK);

      assertThat(second.root()).as("%s", kind).isEqualTo(first.root());
      assertThat(Authority.find(config)).get().extracting(Authority::pem).isEqualTo(first.pem());
    }
  }

  private Path folder(String name) {
    try {
      return Files.createDirectory(data.resolve(name));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void nothingIsMadeByLooking() {
    assertThat(Authority.find(CaConfig.under(data))).isEmpty();
    assertThat(data).isEmptyDirectory();
  }

  @Test
  void onlyTheOwnerMayReadTheFolderAndItsFiles() throws IOException {
    open(CaConfig.under(data));

    var folder = data.resolve("ca");
    assertThat(permissions(folder)).isEqualTo("rwx------");
    try (var files = Files.list(folder)) {
      assertThat(files)
          .hasSize(3)
          .allSatisfy(file -> assertThat(permissions(file)).isEqualTo("rw-------"));
    }
    assertThat(folder.resolve("ca.pem")).content().doesNotContain("PRIVATE");
  }

  @Test
  void aKeyThatOthersMayReadIsRefused() throws IOException {
    open(CaConfig.under(data));
    var key = data.resolve("ca/ca-key.pem");
    for (var wide : List.of("rw-r-----", "rw----r--", "rw--w----")) {
      Files.setPosixFilePermissions(key, PosixFilePermissions.fromString(wide));

      assertThatThrownBy(() -> open(CaConfig.under(data)))
          .isInstanceOf(CaException.class)
          .hasMessage("%s is open to others (%s): chmod 600 %s", key, wide, key);
    }
  }

  @Test
  void aFolderThatOthersMayEnterIsRefused() throws IOException {
    var folder = Files.createDirectory(data.resolve("ca"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));

    assertThatThrownBy(() -> open(CaConfig.under(data)))
        .isInstanceOf(CaException.class)
        .hasMessageContaining("chmod 700 " + folder);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aPasswordProtectsTheKey() throws IOException {
    var config = Authorities.config(Kind.PASSWORD, data);
    var made = open(config);

    assertThat(made.place()).hasFileName("ca-key.p12");
    assertThat(new String(Files.readAllBytes(made.place()), StandardCharsets.ISO_8859_1))
        .doesNotContain("quokka", "PRIVATE KEY");
    assertThat(permissions(made.place())).isEqualTo("rw-------");
    assertThatThrownBy(() -> open(with(config, new Secret("another"))))
        .isInstanceOf(CaException.class)
        .hasMessageContaining("CA_PASSWORD");
    assertThatThrownBy(() -> open(with(config, null)))
        .isInstanceOf(CaException.class)
        .hasMessageContaining("set CA_PASSWORD");
  }

  private static CaConfig with(CaConfig config, @Nullable Secret password) {
    return new CaConfig(config.folder(), password, null, config.permitted(), config.life());
  }

  @Test
  void aPasswordThatComesLaterDoesNotHideThatTheKeyHadNone() {
    var plain = open(CaConfig.under(data));
    var config = with(CaConfig.under(data), new Secret("a quokka"));

    assertThatThrownBy(() -> open(config))
        .isInstanceOf(CaException.class)
        .hasMessageContaining("penstock ca rotate");
    var rotated = Authority.rotate(config, () -> NOW);

    assertThat(plain.place()).doesNotExist();
    assertThat(rotated.place()).hasFileName("ca-key.p12").exists();
    assertThat(rotated.previous()).contains(plain.root());
  }

  @Test
  void rotationKeepsTheOldCertificateUntilItIsForgotten() {
    var config = CaConfig.under(data);
    var old = open(config);

    var fresh = Authority.rotate(config, () -> NOW);

    assertThat(fresh.root()).isNotEqualTo(old.root());
    assertThat(open(config).root()).isEqualTo(fresh.root());
    assertThat(open(config).previous()).contains(old.root());
    assertThat(Trust.in(fresh).pem()).contains(old.pem(), fresh.pem());
    assertThat(Authority.forgetPrevious(config)).isTrue();
    assertThat(open(config).previous()).isEmpty();
    assertThat(Authority.forgetPrevious(config)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a quokka"})
  void aRootIsTrustedBeforeItIssues(String password) {
    var secret = password.isEmpty() ? null : new Secret(password);
    var config = with(CaConfig.under(data), secret);
    var old = open(config);

    var prepared = Authority.prepare(config, () -> NOW);
    var next = prepared.next().orElseThrow();

    assertThat(prepared.root()).isEqualTo(old.root());
    assertThat(Trust.in(open(config)).roots()).containsExactly(old.root(), next);
    assertThat(Authority.prepare(config, () -> NOW).next()).contains(next);
    var rotated = Authority.rotate(config, () -> NOW);
    assertThat(rotated.root()).isEqualTo(next);
    assertThat(rotated.next()).isEmpty();
    assertThat(Trust.in(open(config)).roots()).containsExactly(next, old.root());
    assertThat(Authority.rotate(config, () -> NOW).root()).isNotEqualTo(next);
  }

  @Test
  void nothingIsPreparedForNoAuthority() {
    assertThatThrownBy(() -> Authority.prepare(CaConfig.under(data), () -> NOW))
        .isInstanceOf(CaException.class)
        .hasMessageContaining("no authority yet");
  }

  @Test
  void manyWhoStartTogetherHaveOneAuthority() throws Exception {
    var config = CaConfig.under(data);
    Callable<String> start = () -> open(config).fingerprint();

    try (var threads = Executors.newFixedThreadPool(8)) {
      var found = new HashSet<String>();
      for (var started : threads.invokeAll(Collections.nCopies(8, start))) {
        found.add(started.get());
      }

      assertThat(found).hasSize(1);
    }
  }

  @Test
  void whatAKilledProcessLeftIsRemoved() throws IOException {
    open(CaConfig.under(data));
    var left = Files.createFile(data.resolve("ca/ca123.tmp"));

    Authority.rotate(CaConfig.under(data), () -> NOW);

    assertThat(left).doesNotExist();
  }

  @Test
  void anEndedAuthorityIsRefusedAndCanBeRotated() {
    var config = CaConfig.under(data);
    open(config);
    InstantSource later = () -> NOW.plus(CaConfig.LIFE).plusSeconds(1);

    assertThatThrownBy(() -> Authority.open(config, later))
        .isInstanceOf(CaException.class)
        .hasMessageContaining("ended on")
        .hasMessageContaining("penstock ca rotate");
    assertThatThrownBy(() -> Authority.open(config, () -> NOW.minus(Duration.ofDays(1))))
        .isInstanceOf(CaException.class)
        .hasMessageContaining("clock");
    assertThat(Authority.rotate(config, later).problem(later.instant())).isEmpty();
  }

  @Test
  void damageIsToldInALine() throws IOException {
    open(CaConfig.under(data));
    var key = data.resolve("ca/ca-key.pem");
    Files.writeString(key, Files.readString(key).substring(0, 90));

    assertThatThrownBy(() -> open(CaConfig.under(data)))
        .isInstanceOf(CaException.class)
        .hasMessageContaining(key.toString());
  }

  @Test
  void constraintsPermitTheHostsAndWhatIsBelowThem() {
    var config =
        CaConfig.under(data).permitting(Authorities.patterns("cdn.cribl.io", "*.elastic.co"));

    var made = open(config);

    assertThat(made.root().getCriticalExtensionOIDs()).contains("2.5.29.30");
    assertThat(made.permits("cdn.cribl.io")).isTrue();
    assertThat(made.permits("telemetry.elastic.co")).isTrue();
    assertThat(made.permits("cribl.io")).isFalse();
    assertThat(made.permits("xcdn.cribl.io")).isFalse();
    assertThat(made.permits("cdn.cribl.io.example")).isFalse();
    assertThat(made.permits("192.0.2.1")).isFalse();
    assertThat(made.permits("2001:db8::1")).isFalse();
    assertThat(made.constraints())
        .containsExactly("cdn.cribl.io", "elastic.co", "not 0.0.0.0/0", "not 0:0:0:0:0:0:0:0/0");
  }

  @Test
  void anAddressCanBePermitted() {
    var made = open(CaConfig.under(data).permitting(Authorities.patterns("192.0.2.1", "cribl.io")));

    assertThat(made.permits("192.0.2.1")).isTrue();
    assertThat(made.permits("192.0.2.2")).isFalse();
    assertThat(made.permits("2001:db8::1")).isFalse();
    assertThat(made.constraints()).containsExactly("192.0.2.1/32", "cribl.io");
  }

  @Test
  void everyHostIsNoConstraint() {
    assertThat(open(CaConfig.under(data).permitting(Authorities.patterns("*"))).constraints())
        .isEmpty();
  }

  @Test
  void aGivenIntermediateIssuesUnderTheRootAboveIt() {
    var given = Authorities.of(Kind.GIVEN, data);

    assertThat(given.subject()).isEqualTo("CN=Quokka Root");
    assertThat(given.intermediates()).hasSize(1);
    assertThatThrownBy(
            () -> Authority.rotate(Authorities.config(Kind.GIVEN, folder("x")), () -> NOW))
        .isInstanceOf(CaException.class)
        .hasMessageContaining("CA_CHAIN_FILE");
  }

  @Test
  void aGivenKeyThatOthersMayReadIsRefused() throws IOException {
    var config = Authorities.config(Kind.GIVEN, data);
    var key = data.resolve("key.pem");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));

    assertThatThrownBy(() -> Authority.open(config, Authorities.CLOCK))
        .isInstanceOf(CaException.class)
        .hasMessageContaining("chmod 600 " + key);
  }

  @Test
  void aGivenChainInTheWrongOrderIsRefused() throws IOException {
    var config = Authorities.config(Kind.GIVEN, data);
    var other = Authorities.config(Kind.GIVEN, folder("other"));
    var chain = data.resolve("chain.pem");
    Files.writeString(
        chain,
        Files.readString(chain).split("(?<=-----END CERTIFICATE-----\n)", 2)[0]
            + Files.readString(data.resolve("other/chain.pem")));

    assertThatThrownBy(() -> Authority.open(config, Authorities.CLOCK))
        .isInstanceOf(CaException.class)
        .hasMessageContaining("certificate 1 is not issued by certificate 2");
    assertThat(Authority.open(other, Authorities.CLOCK).subject()).isEqualTo("CN=Quokka Root");
  }

  @Test
  void nothingPrintsAKey() throws IOException {
    var authority = open(CaConfig.under(data));
    var config = Authorities.config(Kind.PASSWORD, data);
    var root = Issuer.root(NOW, CaConfig.LIFE, List.of());

    assertThat(authority.toString()).startsWith("CN=Penstock interception CA ");
    assertThat(root.toString()).startsWith("CN=Penstock interception CA ").hasSizeLessThan(40);
    assertThat(config.toString()).doesNotContain("quokka");
  }

  @Test
  void theEnvironmentSaysWhereTheAuthorityIs() {
    var env =
        new Environment(
            Map.of("CA_FOLDER", "/secrets/ca", "CA_PERMITTED_HOSTS", "cdn.cribl.io, *.elastic.co"));

    var config = CaConfig.from(env, data);

    assertThat(env.problems()).isEmpty();
    assertThat(config.folder()).isEqualTo(Path.of("/secrets/ca"));
    assertThat(config.permitted()).isEqualTo(Authorities.patterns("cdn.cribl.io", "*.elastic.co"));
    assertThat(config.given()).isNull();
  }

  @Test
  void halfOfAGivenAuthorityIsAProblem() {
    var env = new Environment(Map.of("CA_KEY_FILE", "key.pem", "CA_PERMITTED_HOSTS", "a b"));

    var config = CaConfig.from(env, data);

    assertThat(config.given()).isNull();
    assertThat(env.problems()).hasSize(2).anySatisfy(line -> assertThat(line).contains("'a b'"));
  }
}
