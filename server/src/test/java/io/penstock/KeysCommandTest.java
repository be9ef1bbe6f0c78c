package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.command.Commands;
import io.penstock.command.Durations;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Tenants and keys on the command line. */
class KeysCommandTest {

  @TempDir private Path data;

  private record Ran(int code, String out, String err) {

    /** What stands behind a name on a line of its own. */
    String value(String name) {
      return out.lines()
          .filter(line -> line.startsWith(name + ": "))
          .map(line -> line.substring(name.length() + 2))
          .findFirst()
          .orElseThrow();
    }
  }

  private Ran run(String... args) {
    return run(Map.of("PENSTOCK_DATA", data.toString()), args);
  }

  private static Ran run(Map<String, String> variables, String... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    var line =
        new CommandLine(CommandLine.Model.CommandSpec.create().name("penstock"))
            .addSubcommand(new KeysCommand(variables))
            .addSubcommand(new TenantsCommand(variables))
            .registerConverter(Duration.class, Durations::parse)
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true));
    int code = Commands.reporting(line).execute(args);
    return new Ran(code, out.toString(), err.toString());
  }

  private void makeATenant() {
    var made = run("tenants", "add", "acme", "--name", "Acme", "--retention-days", "30");
    assertThat(made.code()).as(made.err()).isEqualTo(Commands.OK);
  }

  @Test
  void aTenantIsMadeChangedListedAndRemoved() {
    makeATenant();
    assertThat(run("tenants", "set", "acme", "--eps", "600", "--redact", "user,src_ip").code())
        .isEqualTo(Commands.OK);

    var row =
        run("tenants", "list").out().lines().filter(line -> line.startsWith("acme ")).findFirst();
    assertThat(row.orElseThrow().split("\\s+"))
        .containsExactly("acme", "30d", "600", "10000", "100000", "Acme", "src_ip,user");
    assertThat(run("tenants", "remove", "acme").code()).isEqualTo(Commands.OK);
    assertThat(run("tenants", "list").out()).doesNotContain("acme");
    assertThat(run("tenants", "remove", "default").code()).isEqualTo(Commands.FAILED);
  }

  @Test
  void aSettingsFileSaysWhereTheDatabaseIs() throws IOException {
    makeATenant();
    var file = Files.writeString(data.resolve("settings.yaml"), "data: " + data + "\n");

    for (var command :
        List.of(
            List.of("tenants", "list", "--config", file.toString()),
            List.of("tenants", "--config", file.toString(), "list"))) {
      var ran = run(Map.of(), command.toArray(String[]::new));

      assertThat(ran.code()).as(ran.err()).isEqualTo(Commands.OK);
      assertThat(ran.out()).contains("acme ");
    }
    var made = run(Map.of(), "keys", "add", "--tenant", "acme", "--config", file.toString());
    assertThat(made.code()).as(made.err()).isEqualTo(Commands.OK);
    assertThat(run("keys", "list").out()).contains(made.value("Key ID"));
  }

  @Test
  void aMistakeInTheSettingsFileIsOneLine() throws IOException {
    var file = Files.writeString(data.resolve("settings.yaml"), "dta: x\n");

    var ran = run(Map.of(), "tenants", "list", "--config", file.toString());

    assertThat(ran.code()).isEqualTo(Commands.USAGE);
    assertThat(ran.err().lines()).hasSize(1).first().asString().contains("settings.yaml", "dta");
  }

  @Test
  void aKeyIsMadeListedRotatedAndRemoved() {
    makeATenant();
    var made =
        run("keys", "add", "--tenant", "acme", "--scopes", "ingest,export", "--expires", "90d");
    assertThat(made.code()).as(made.err()).isEqualTo(Commands.OK);
    var id = made.value("Key ID");
    var secret = made.value("API Key");

    assertThat(run("keys", "list").out())
        .contains(id, "active", secret.substring(0, 12), "export,ingest")
        .doesNotContain(secret);
    assertThat(run("keys", "rotate", id, "--overlap", "0s").value("API Key")).isNotEqualTo(secret);
    assertThat(run("keys", "disable", id).code()).isEqualTo(Commands.OK);
    assertThat(run("keys", "list", "--tenant", "acme").out()).contains("disabled");
    assertThat(run("keys", "enable", id).code()).isEqualTo(Commands.OK);
    assertThat(run("tenants", "remove", "acme").err())
        .isEqualTo("penstock tenants: remove the keys and sources of acme first\n");
    assertThat(run("keys", "remove", id).code()).isEqualTo(Commands.OK);
    assertThat(run("keys", "list").out()).doesNotContain(id);
  }

  @Test
  void theLastAdminStays() {
    var id = run("keys", "add", "--scopes", "admin").value("Key ID");

    var ran = run("keys", "remove", id);

    assertThat(ran.code()).isEqualTo(Commands.FAILED);
    assertThat(ran.err()).contains("nobody could administer the server");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "keys                            | 2 | which command?",
        "keys add --scopes nothing       | 2 | write one or more of ingest",
        "keys add --tenant nobody        | 1 | there is no tenant nobody",
        "keys remove key-0               | 1 | there is no key key-0",
        "keys rotate key-0 --overlap 90d | 2 | at most 30d",
        "tenants add ACME                | 2 | write 1 to 64 characters",
        "tenants add a --batch-max 0     | 2 | --batch-max: write a number",
        "tenants add default             | 1 | there is a tenant default already",
        "tenants set nobody --eps 1      | 1 | there is no tenant nobody"
      })
  void aMistakeIsOneLine(String command, int code, String says) {
    makeATenant();

    var ran = run(command.split(" "));

    assertThat(ran.code()).as(ran.err()).isEqualTo(code);
    assertThat(ran.err()).contains(says).hasLineCount(1);
  }

  @Test
  void aMisspeltFolderIsNoEmptyServer() {
    var ran = run("keys", "list");

    assertThat(ran.code()).isEqualTo(Commands.FAILED);
    assertThat(ran.err()).contains("there is no database " + data.resolve("penstock.db"));
    assertThat(data.resolve("penstock.db")).doesNotExist();
  }

  @Test
  void aRunningServerFollows() throws Exception {
    try (var server = ServerProcess.start(data, Map.of())) {
      var made = run("keys", "add", "--scopes", "read_requests");
      var secret = made.value("API Key");

      await().until(() -> server.getWithKey("/v1/events", secret).statusCode() == 200);

      run("keys", "disable", made.value("Key ID"));
      await().until(() -> server.getWithKey("/v1/events", secret).statusCode() == 401);
    }
  }
}
