package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.command.Commands;
import io.penstock.config.Secret;
import io.penstock.control.Database;
import io.penstock.control.DatabaseConfig;
import io.penstock.control.Output;
import io.penstock.control.Outputs;
import io.penstock.control.Tenants;
import io.penstock.control.Vault;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class OutputsCommandTest {

  private static final Output.Key HOOK = new Output.Key("default", "hook");
  private static final Secret CONFIG =
      new Secret("{\"url\":\"http://127.0.0.1:9/\",\"headers\":{\"Authorization\":\"quokka\"}}");

  @TempDir private Path data;

  private record Ran(int code, String out, String err) {}

  private Ran run(Map<String, String> more, String... args) {
    var variables = new HashMap<>(more);
    variables.put("PENSTOCK_DATA", data.toString());
    var out = new StringWriter();
    var err = new StringWriter();
    var line =
        new CommandLine(CommandLine.Model.CommandSpec.create().name("penstock"))
            .addSubcommand(new OutputsCommand(variables))
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true));
    int code = Commands.reporting(line).execute(args);
    return new Ran(code, out.toString(), err.toString());
  }

  private Database database() {
    return Database.open(
        new DatabaseConfig.Sqlite(data.resolve("penstock.db")), new PrometheusRegistry());
  }

  private void put(String keyFile) {
    try (var database = database()) {
      var clock = InstantSource.system();
      assertThat(new Tenants(database, 7, clock).find("default")).isPresent();
      var vault = Vault.in(data.resolve(keyFile));
      var put =
          new Outputs(database, vault, List.of(), clock)
              .put(HOOK, _ -> new Outputs.Draft("webhook", true, CONFIG));
      assertThat(put).isInstanceOf(Outputs.Put.Done.class);
    }
  }

  @Test
  void outputsAreListedAndDeletedWithoutTheirSecrets() {
    put("secret.key");

    var list = run(Map.of(), "outputs", "list");

    assertThat(list.code()).as(list.err()).isEqualTo(Commands.OK);
    assertThat(list.out()).contains("hook", "webhook", "database").doesNotContain("quokka");
    assertThat(run(Map.of(), "outputs", "delete", "hook").code()).isEqualTo(Commands.OK);
    var again = run(Map.of(), "outputs", "delete", "hook");
    assertThat(again.code()).isEqualTo(Commands.FAILED);
    assertThat(again.err()).contains("there is no output hook of the tenant default");
  }

  @Test
  void anOutputOfTheEnvironmentIsNotDeleted() {
    put("secret.key");
    var environment = Map.of("SPLUNK_HEC_URL", "http://127.0.0.1:9/", "SPLUNK_HEC_TOKEN", "quokka");

    var list = run(environment, "outputs", "list");
    var delete = run(environment, "outputs", "delete", "splunk");

    assertThat(list.out()).contains("splunk", "environment").doesNotContain("quokka");
    assertThat(delete.err()).contains("the environment configures the output splunk");
  }

  @Test
  void aNewKeyTakesTheOldOnesPlace() throws IOException {
    put("secret.key");
    var old = data.resolve("old.key");
    Files.move(data.resolve("secret.key"), old);
    assertThat(run(Map.of(), "outputs", "list").out()).contains("there is no key");

    var rekeyed = run(Map.of(), "outputs", "rekey", "--old-key-file", old.toString());

    assertThat(rekeyed.code()).as(rekeyed.err()).isEqualTo(Commands.OK);
    assertThat(rekeyed.out()).contains("sealed anew: 1");
    assertThat(Files.readString(data.resolve("secret.key"))).isNotEqualTo(Files.readString(old));
    assertThat(run(Map.of(), "outputs", "list").out()).doesNotContain("key");
  }

  @Test
  void aKeyThatIsNoneIsAMistake() {
    put("secret.key");

    var ran = run(Map.of("PENSTOCK_SECRET_KEY", "quokka"), "outputs", "list");

    assertThat(ran.code()).isEqualTo(Commands.USAGE);
    assertThat(ran.err()).contains("PENSTOCK_SECRET_KEY").doesNotContain("quokka");
  }
}
