package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.command.Commands;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckCommandTest {

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int check(String yaml, String... arguments) throws IOException {
    var file = Files.writeString(folder.resolve("penstock.yaml"), yaml);
    var line = Main.commandLine();
    line.setErr(new PrintWriter(err, true));
    line.setOut(new PrintWriter(out, true));
    var all = new String[arguments.length + 3];
    all[0] = "check";
    all[1] = "--config";
    all[2] = file.toString();
    System.arraycopy(arguments, 0, all, 3, arguments.length);
    return line.execute(all);
  }

  @Test
  void everyProblemIsInOneList() throws IOException {
    int code =
        check(
            """
            http: {port: eighty, prt: 1}
            database: {url: mysql://x}
            enrich: {internal_networks: 10.0.0.0/99}
            """,
            "--effective");

    assertThat(code).isEqualTo(Commands.FAILED);
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString().lines())
        .contains(
            "penstock: penstock.yaml:1:14: http.port: expected a whole number from 0 to 65535, not"
                + " 'eighty'",
            "penstock: penstock.yaml:1:22: unknown key 'http.prt': did you mean 'http.port'?",
            "penstock: penstock.yaml:2:17: database.url: expected sqlite:///file or"
                + " postgresql://host/name, not scheme 'mysql'",
            "penstock: penstock.yaml:3:29: enrich.internal_networks: expected addresses or CIDR"
                + " prefixes, not '10.0.0.0/99'");
  }

  @Test
  void aBadDatabasesPasswordIsNotTold() throws IOException {
    check("database: {url: 'postgresql://me:top secret@host/name'}");

    assertThat(err.toString()).contains("database.url: ").doesNotContain("top secret");
  }

  @Test
  void whatWouldRunIsPrintedWithItsOrigin() throws IOException {
    int code = check("http: {port: 9000}\nkeys: {admin: top-secret-of-a-file}\n", "--effective");

    assertThat(code).isEqualTo(Commands.OK);
    assertThat(out.toString())
        .contains("http.port: 9000  # penstock.yaml:1:14")
        .contains("# keys.admin: \"***\"  # penstock.yaml:2:15")
        .doesNotContain("top-secret");
    assertThat(check(out.toString())).isEqualTo(Commands.OK);
  }

  @Test
  void aGoodFileIsValid() throws IOException {
    assertThat(check("http: {port: 9000}")).isEqualTo(Commands.OK);
    assertThat(out.toString()).isEqualToIgnoringNewLines("the configuration is valid");
  }
}
