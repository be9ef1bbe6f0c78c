package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.certificate.Authority;
import io.penstock.certificate.CaConfig;
import io.penstock.command.Commands;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CaCommandTest {

  @TempDir private Path data;

  private record Ran(int code, String out, String err, byte[] exported) {}

  private Ran run(String... args) {
    return run(Map.of(), args);
  }

  private Ran run(Map<String, String> more, String... args) {
    var variables = new HashMap<>(more);
    variables.put("PENSTOCK_DATA", data.toString());
    var out = new StringWriter();
    var err = new StringWriter();
    var exported = new ByteArrayOutputStream();
    var line =
        new CommandLine(CommandLine.Model.CommandSpec.create().name("penstock"))
            .addSubcommand(new CaCommand(variables, exported))
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true));
    int code = Commands.reporting(line).execute(args);
    return new Ran(code, out.toString(), err.toString(), exported.toByteArray());
  }

  private Authority made() {
    return Authority.open(CaConfig.under(data), InstantSource.system());
  }

  @Test
  void anAuthorityIsShownWithoutItsKey() {
    var made = made();

    var ran = run("ca", "show");

    assertThat(ran.code()).as(ran.err()).isEqualTo(Commands.OK);
    assertThat(ran.out())
        .contains(made.subject(), made.fingerprint(), "every host", "ca-key.pem")
        .doesNotContain("PRIVATE");
  }

  @Test
  void whereThereIsNoneNoneIsMade() {
    for (var command : new String[] {"show", "export"}) {
      var ran = run("ca", command);

      assertThat(ran.code()).isEqualTo(Commands.FAILED);
      assertThat(ran.err()).contains("there is no authority in " + data.resolve("ca"));
    }
    assertThat(data).isEmptyDirectory();
  }

  @Test
  void anAuthorityThatEndedIsShownAsOne() {
    var longAgo = Instant.now().minus(CaConfig.LIFE).minus(Duration.ofDays(1));
    Authority.open(CaConfig.under(data), () -> longAgo);

    var ran = run("ca", "show");

    assertThat(ran.code()).isEqualTo(Commands.FAILED);
    assertThat(ran.out()).contains("sha-256");
    assertThat(ran.err()).contains("ended on").contains("penstock ca rotate");
  }

  @Test
  void aKeyThatOthersMayReadIsToldInALine() throws IOException {
    var key = made().place();
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));

    var ran = run("ca", "show");

    assertThat(ran.code()).isEqualTo(Commands.FAILED);
    assertThat(ran.err()).contains("chmod 600 " + key).hasLineCount(1);
  }

  @Test
  void theCertificateIsExportedInEveryForm() throws IOException {
    var made = made();
    var file = data.resolve("out");

    assertThat(run("ca", "export").exported()).asString().isEqualTo(made.pem());
    assertThat(run("ca", "export", "--format", "der").exported()).isEqualTo(made.der());
    assertThat(
            new String(
                run("ca", "export", "--format", "bundle").exported(), StandardCharsets.ISO_8859_1))
        .endsWith(made.pem())
        .hasSizeGreaterThan(10 * made.pem().length());
    var ran = run("ca", "export", "--format", "p12-truststore", "--out", file.toString());
    assertThat(ran.code()).isEqualTo(Commands.OK);
    assertThat(ran.exported()).isEmpty();
    assertThat(Files.size(file)).isGreaterThan(1_000);
    assertThat(run("ca", "export", "--format", "jks").code()).isEqualTo(Commands.USAGE);
  }

  @Test
  void aRotationIsExportedWithTheOneBeforeUntilThatIsForgotten() {
    var old = made();

    var rotated = run("ca", "rotate");

    assertThat(rotated.code()).as(rotated.err()).isEqualTo(Commands.OK);
    assertThat(rotated.out())
        .contains("CN=Penstock interception CA")
        .doesNotContain(old.fingerprint());
    assertThat(run("ca", "show").out()).contains("before", old.subject());
    assertThat(run("ca", "export").exported()).asString().endsWith(old.pem());
    assertThat(run("ca", "forget").code()).isEqualTo(Commands.OK);
    assertThat(run("ca", "export").exported()).asString().doesNotContain(old.pem());
    assertThat(run("ca", "forget").code()).isEqualTo(Commands.FAILED);
  }

  private static Set<String> certificates(byte[] pem) {
    return Set.of(new String(pem, StandardCharsets.US_ASCII).split("(?=-----BEGIN)"));
  }

  @Test
  void aRotationThatWasPreparedSurprisesNobody() {
    var old = made();

    assertThat(run("ca", "prepare").out()).contains("nothing is issued under it yet");
    var exported = run("ca", "export").exported();
    assertThat(run("ca", "show").out()).contains(old.fingerprint(), "next");
    var rotated = run("ca", "rotate");

    assertThat(rotated.out()).contains("penstock ca export", "penstock ca forget");
    assertThat(certificates(run("ca", "export").exported())).isEqualTo(certificates(exported));
  }

  @Test
  void constraintsOfTheEnvironmentAreInANewRoot() {
    run(Map.of("CA_PERMITTED_HOSTS", "cdn.cribl.io"), "ca", "rotate");

    assertThat(run("ca", "show").out()).contains("some hosts", "cdn.cribl.io");
  }

  @Test
  void aWrongSettingIsAUsageError() {
    assertThat(run(Map.of("CA_PERMITTED_HOSTS", "a b"), "ca", "show").code())
        .isEqualTo(Commands.USAGE);
  }
}
