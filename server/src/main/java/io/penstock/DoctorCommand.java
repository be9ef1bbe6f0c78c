package io.penstock;

import io.penstock.ProxyOption.Chosen;
import io.penstock.certificate.Authority;
import io.penstock.certificate.CaConfig;
import io.penstock.certificate.CaException;
import io.penstock.certificate.ClientFiles;
import io.penstock.certificate.ClientVariables;
import io.penstock.certificate.ProxyProbe;
import io.penstock.command.Commands;
import io.penstock.config.Environment;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Tries whether programs come through the proxy and trust what they find there. */
@Command(
    name = "doctor",
    description = {
      "Proves that interception works here: the authority, the proxy, and each client that is installed.",
      "Changes nothing. The exit code is 1 when something does not work."
    },
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration ENDING = Duration.ofDays(30);
  private static final int SAID_MAX = 200;

  private static final String NODE =
      """
      require('https').get(process.argv[1], answer => { console.log(answer.statusCode); answer.resume(); })
        .on('error', error => { console.error(error.message); process.exit(1); })
      """;

  private static final String NODE_FETCH =
      """
      fetch(process.argv[1]).then(answer => console.log(answer.status))
        .catch(error => { console.error(String(error.cause || error)); process.exit(1); })
      """;

  private static final String PYTHON =
      """
      import sys, urllib.request, urllib.error
      try:
          print(urllib.request.urlopen(sys.argv[1], timeout=10).status)
      except urllib.error.HTTPError as answer:
          print(answer.code)
      except Exception as error:
          sys.exit(str(error))
      """;

  private static final String JAVA =
      """
      class Ask {
        public static void main(String[] args) throws Exception {
          try {
            var url = java.net.URI.create(args[0]).toURL();
            System.out.println(((java.net.HttpURLConnection) url.openConnection()).getResponseCode());
          } catch (java.io.IOException e) {
            System.err.println(e.getMessage());
            System.exit(1);
          }
        }
      }
      """;

  private final Map<String, String> variables;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private final SettingsOption settings;
  @Mixin private final ProxyOption proxy = new ProxyOption();

  @Option(
      names = "--url",
      paramLabel = "URL",
      description =
          "What is asked for: https, and answered by the proxy itself (default: an address of a mocked product).")
  private @Nullable URI url;

  /** What was tried, and what came of it. */
  private record Finding(String what, Result result, String why) {}

  private enum Result {
    OK("ok"),
    FAILED("FAILED"),
    ABSENT("absent");

    private final String word;

    Result(String word) {
      this.word = word;
    }
  }

  DoctorCommand(Map<String, String> variables) {
    this.variables = Map.copyOf(variables);
    this.settings = new SettingsOption(variables);
  }

  @Override
  public Integer call() throws InterruptedException {
    var environment = settings.environment();
    var data = ServerConfig.from(environment, Main.version()).data();
    var config = CaConfig.from(environment, data);
    if (CheckCommand.complain(environment, spec.commandLine().getErr())) {
      return Commands.USAGE;
    }
    var findings = new ArrayList<Finding>();
    findings.add(authority(config));
    examine(environment, data, findings);
    var out = spec.commandLine().getOut();
    findings.forEach(
        found -> out.println("%-10s %-7s %s".formatted(found.what, found.result.word, found.why)));
    boolean isWell = findings.stream().noneMatch(found -> found.result == Result.FAILED);
    return isWell ? Commands.OK : Commands.FAILED;
  }

  /** Permissions, validity, and so the clock. */
  private static Finding authority(CaConfig config) {
    try {
      var found = Authority.find(config);
      if (found.isEmpty()) {
        return new Finding("authority", Result.FAILED, "there is none in " + config.folder());
      }
      var now = InstantSource.system().instant();
      return found
          .get()
          .problem(now)
          .map(problem -> new Finding("authority", Result.FAILED, problem))
          .orElseGet(() -> valid(found.get(), now));
    } catch (CaException e) {
      return new Finding("authority", Result.FAILED, String.valueOf(e.getMessage()));
    }
  }

  private static Finding valid(Authority authority, Instant now) {
    var end = authority.notAfter();
    boolean isEnding = end.isBefore(now.plus(ENDING));
    return new Finding(
        "authority",
        Result.OK,
        authority.subject() + " until " + end + (isEnding ? ", soon: penstock ca rotate" : ""));
  }

  private void examine(Environment environment, Path data, List<Finding> findings)
      throws InterruptedException {
    try {
      var chosen = proxy.choose(environment, data);
      findings.add(new Finding("proxy", Result.OK, chosen.shown()));
      var address = url == null ? chosen.probe() : url;
      if (address == null || !"https".equals(address.getScheme()) || address.getHost() == null) {
        var why = "name an https address that the proxy answers with --url";
        findings.add(new Finding("tls", Result.FAILED, why));
        return;
      }
      findings.add(tls(chosen, address));
      clients(chosen, address, findings);
    } catch (NoProxyException e) {
      findings.add(new Finding("proxy", Result.FAILED, String.valueOf(e.getMessage())));
    }
  }

  private static Finding tls(Chosen chosen, URI address) {
    try {
      int status = ProxyProbe.ask(chosen.proxy(), chosen.trust(), address);
      return new Finding("tls", Result.OK, address + " is answered with " + status);
    } catch (IOException | GeneralSecurityException e) {
      return new Finding("tls", Result.FAILED, String.valueOf(e.getMessage()));
    }
  }

  private void clients(Chosen chosen, URI address, List<Finding> findings)
      throws InterruptedException {
    try (var files = ClientFiles.write(chosen.trust(), variables)) {
      // Nothing goes past the proxy: the address may be one of this machine.
      var added = ClientVariables.of(files, chosen.proxy(), "", variables);
      var source = Files.writeString(files.folder().resolve("Ask.java"), JAVA);
      var text = address.toString();
      findings.add(
          client("curl", added, "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}\n", text));
      findings.add(client("node", added, "node", "-e", NODE, text));
      findings.add(client("node fetch", added, "node", "-e", NODE_FETCH, text));
      findings.add(client("python3", added, "python3", "-c", PYTHON, text));
      findings.add(client("java", added, "java", source.toString(), text));
    } catch (IOException e) {
      findings.add(new Finding("clients", Result.FAILED, String.valueOf(e.getMessage())));
    }
  }

  private Finding client(String what, Map<String, String> added, String... command)
      throws IOException, InterruptedException {
    if (!isInstalled(command[0])) {
      return new Finding(what, Result.ABSENT, "not installed");
    }
    var said = Files.createTempFile("penstock-doctor", ".txt");
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile());
    builder.environment().putAll(added);
    var process = builder.start();
    try {
      process.getOutputStream().close();
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        return new Finding(what, Result.FAILED, "no end after " + PATIENCE.toSeconds() + " s");
      }
      var last = lastLine(said);
      return process.exitValue() == 0
          ? new Finding(what, Result.OK, last)
          : new Finding(what, Result.FAILED, last);
    } finally {
      process.destroyForcibly();
      Files.deleteIfExists(said);
    }
  }

  private boolean isInstalled(String program) {
    return List.of(variables.getOrDefault("PATH", "").split(File.pathSeparator)).stream()
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  private static String lastLine(Path said) throws IOException {
    var last =
        Files.readString(said, StandardCharsets.ISO_8859_1)
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .reduce("", (_, line) -> line);
    return last.substring(0, Math.min(SAID_MAX, last.length()));
  }
}
