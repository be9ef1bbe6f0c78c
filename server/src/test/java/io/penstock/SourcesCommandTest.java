package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.command.Commands;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Sources, flags and the kernel's allow-list on the command line. */
class SourcesCommandTest {

  @TempDir private Path data;

  private record Ran(int code, String out, String err) {}

  private Ran run(String... args) {
    var variables = Map.of("PENSTOCK_DATA", data.toString());
    var out = new StringWriter();
    var err = new StringWriter();
    var line =
        new CommandLine(CommandLine.Model.CommandSpec.create().name("penstock"))
            .addSubcommand(new SourcesCommand(variables))
            .addSubcommand(new FlagsCommand(variables))
            // Without nft: a test must not touch the packet filter of its machine.
            .addSubcommand(new FirewallCommand(variables, null))
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true));
    int code = Commands.reporting(line).execute(args);
    return new Ran(code, out.toString(), err.toString());
  }

  private Ran done(String... args) {
    var ran = run(args);
    assertThat(ran.code()).as(ran.err()).isEqualTo(Commands.OK);
    return ran;
  }

  private String row(String id) {
    return done("sources", "list")
        .out()
        .lines()
        .filter(line -> line.contains(" " + id + " "))
        .findFirst()
        .orElseThrow()
        .replaceAll("\\s+", " ")
        .strip();
  }

  @Test
  void aSourceIsMadeChangedListedAndRemoved() {
    done(
        "sources",
        "add",
        "edge-1",
        "--type",
        "udp",
        "--name",
        "Edge",
        "--max-eps",
        "500",
        "--allow",
        "192.0.2.7/24, 2001:db8::/32");
    assertThat(row("edge-1"))
        .isEqualTo("default edge-1 udp enabled 500 Edge 192.0.2.0/24,2001:db8::/32");

    done("sources", "set", "edge-1", "--enabled", "false", "--allow", "", "--max-eps", "0");
    assertThat(row("edge-1")).isEqualTo("default edge-1 udp disabled - Edge");

    done("sources", "remove", "edge-1");
    assertThat(done("sources", "list").out()).doesNotContain("edge-1").contains("default-udp");
    assertThat(run("sources", "remove", "edge-1").code()).isEqualTo(Commands.FAILED);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sources add default-udp|1|there is a source default-udp already",
        "sources add x --tenant nobody|1|there is no tenant nobody",
        "sources add x --allow 10.0.0.0/8,zz|1|Invalid CIDR at index 1: 'zz'",
        "sources set default-udp --max-eps -1|1|max_eps must be a non-negative integer",
        "sources set nobody --max-eps 1|1|there is no source nobody of the tenant default",
        "sources add a/b|2|write 1 to 64 letters",
        "sources|2|which command?",
        "flags set NO_FLAG=true|2|there is no flag NO_FLAG",
        "flags set TRUST_PROXY|2|write TRUST_PROXY=true or TRUST_PROXY=false",
        "flags set TRUST_PROXY=yes|2|write TRUST_PROXY=true or TRUST_PROXY=false",
        "firewall sync|1|nft is not installed",
        "firewall setup|1|nft is not installed",
        "firewall status|1|nftables not available on this system",
      })
  void whatCannotBeDoneIsSaidInALine(String words, int code, String reason) {
    done("flags", "set", "TRUST_PROXY=true");

    var ran = run(words.split(" "));

    assertThat(ran.code()).isEqualTo(code);
    assertThat(ran.err()).contains(reason).hasLineCount(1);
  }

  @Test
  void flagsAreSetAndListed() {
    done("flags", "set", "ADMISSION_UDP_ENABLED=true", "ADMISSION_LOG_ONLY=false");

    assertThat(done("flags", "list").out().replaceAll(" +", " "))
        .contains("ADMISSION_UDP_ENABLED true runtime\n")
        .contains("ADMISSION_LOG_ONLY false runtime\n")
        .contains("ADMISSION_BLOCK_ON_EXCEED_DEFAULT true standard\n");
  }

  @Test
  void theScriptOfTheFirewallCanBeSeenBeforehand() {
    done("sources", "add", "edge-1", "--type", "udp", "--allow", "192.0.2.0/24");

    assertThat(done("firewall", "sync", "--dry-run").out())
        .contains("add element inet telemetry exporters { 192.0.2.0/24 }\n")
        .doesNotContain("drop");
    assertThat(done("firewall", "setup", "--dry-run").out())
        .contains("udp dport { 2055, 4739, 6343 } counter drop\n")
        .contains("tcp dport { 4739 } counter drop\n");
  }
}
