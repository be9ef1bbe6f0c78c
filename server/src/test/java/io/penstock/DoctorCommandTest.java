package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.certificate.Authority;
import io.penstock.certificate.CaConfig;
import io.penstock.command.Commands;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class DoctorCommandTest {

  private static final String PROBE = "https://cdn.cribl.io/telemetry/index.html?v=1";

  @TempDir private Path data;

  private record Ran(int code, String out, String err) {}

  /** With all programs of the machine, or with none. */
  private Ran run(boolean hasClients, String... args) {
    var variables = new HashMap<>(System.getenv());
    variables.putAll(Map.of("PENSTOCK_DATA", data.toString()));
    if (!hasClients) {
      variables.put("PATH", "/nonexistent");
    }
    var out = new StringWriter();
    var err = new StringWriter();
    var line =
        new CommandLine(CommandLine.Model.CommandSpec.create().name("penstock"))
            .addSubcommand(new DoctorCommand(variables))
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true));
    int code = Commands.reporting(line).execute(args);
    return new Ran(code, out.toString(), err.toString());
  }

  @Test
  void everyClientOfThisMachineIsTried() throws IOException {
    try (var proxy = new TestProxy(data)) {
      proxy.running(PROBE).write(data);

      var ran = run(true, "doctor");

      assertThat(ran.out()).doesNotContain("FAILED");
      assertThat(ran.out().lines())
          .hasSize(8)
          .anyMatch(line -> line.matches("authority +ok +CN=Penstock interception CA .*"))
          .anyMatch(line -> line.matches("proxy +ok +http://127.0.0.1:\\d+"))
          .anyMatch(line -> line.matches("tls +ok +https://cdn.cribl.io/.* is answered with 200"))
          .anyMatch(line -> line.matches("curl +(ok +200|absent.*)"))
          .anyMatch(line -> line.matches("node +(ok +200|absent.*)"))
          .anyMatch(line -> line.matches("node fetch +(ok +200|absent.*)"))
          .anyMatch(line -> line.matches("python3 +(ok +200|absent.*)"))
          .anyMatch(line -> line.matches("java +(ok +200|absent.*)"));
      assertThat(ran.code()).isEqualTo(Commands.OK);
    }
  }

  @Test
  void clientsThatAreNotInstalledAreNoFailure() throws IOException {
    try (var proxy = new TestProxy(data)) {
      proxy.running(PROBE).write(data);

      var ran = run(false, "doctor");

      assertThat(ran.code()).as(ran.out()).isEqualTo(Commands.OK);
      assertThat(ran.out().lines().filter(line -> line.contains("absent"))).hasSize(5);
    }
  }

  @Test
  void aServerWithAnotherAuthorityIsFound() throws IOException {
    var other = Files.createDirectory(data.resolve("other"));
    try (var proxy = new TestProxy(other)) {
      var own = Authority.open(CaConfig.under(data), InstantSource.system());
      new Running(proxy.uri(), 1, own.pem(), proxy.running(PROBE).probe()).write(data);

      var ran = run(true, "doctor");

      assertThat(ran.code()).isEqualTo(Commands.FAILED);
      assertThat(ran.out()).containsPattern("(?m)^tls +FAILED");
      assertThat(ran.out()).containsPattern("(?m)^curl +(FAILED|absent)");
      assertThat(ran.out()).containsPattern("(?m)^node +(FAILED|absent)");
      assertThat(ran.out()).containsPattern("(?m)^node fetch +(FAILED|absent)");
      assertThat(ran.out()).containsPattern("(?m)^python3 +(FAILED|absent)");
      assertThat(ran.out()).containsPattern("(?m)^java +(FAILED|absent)");
    }
  }

  @Test
  void withoutAServerThatIsWhatIsSaid() {
    var ran = run(false, "doctor");

    assertThat(ran.code()).isEqualTo(Commands.FAILED);
    assertThat(ran.out())
        .containsPattern("(?m)^authority +FAILED +there is none in ")
        .containsPattern("(?m)^proxy +FAILED +no running proxy found");
    assertThat(data).isEmptyDirectory();
  }

  @Test
  void aKeyThatOthersMayReadIsFound() throws IOException {
    try (var proxy = new TestProxy(data)) {
      proxy.running(PROBE).write(data);
      var key = data.resolve("ca/ca-key.pem");
      Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));

      var ran = run(false, "doctor");

      assertThat(ran.code()).isEqualTo(Commands.FAILED);
      assertThat(ran.out()).contains("chmod 600 " + key);
    }
  }

  @Test
  void withoutAnAddressToAskForOneIsDemanded() throws IOException {
    try (var proxy = new TestProxy(data)) {
      proxy.running(null).write(data);

      assertThat(run(false, "doctor").out()).containsPattern("(?m)^tls +FAILED .*--url");
      assertThat(run(false, "doctor", "--url", PROBE).code()).isEqualTo(Commands.OK);
    }
  }
}
