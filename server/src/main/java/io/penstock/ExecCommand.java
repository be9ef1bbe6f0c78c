package io.penstock;

import io.penstock.ProxyOption.Chosen;
import io.penstock.certificate.ClientFiles;
import io.penstock.certificate.ClientVariables;
import io.penstock.command.Commands;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs a program through the proxy. */
@Command(
    name = "exec",
    customSynopsis =
        "penstock exec [--proxy URL] [--ca FILE] [--no-proxy HOST,...] -- COMMAND [ARG...]",
    description = {
      "Runs a program whose requests come through the proxy and which trusts the proxy's certificates.",
      "Nothing but its environment is changed. The exit code is the program's."
    },
    mixinStandardHelpOptions = true)
final class ExecCommand implements Callable<Integer> {

  /** As shells have it: there is no such program. */
  private static final int NOT_FOUND = 127;

  private final Map<String, String> variables;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private final SettingsOption settings;
  @Mixin private final ProxyOption proxy = new ProxyOption();

  @Option(
      names = "--no-proxy",
      paramLabel = "HOST,...",
      defaultValue = ClientVariables.NO_PROXY,
      description = "What goes past the proxy (default: ${DEFAULT-VALUE}).")
  private String noProxy = ClientVariables.NO_PROXY;

  @Parameters(
      arity = "1..*",
      paramLabel = "COMMAND",
      description = "The program and its arguments.")
  private List<String> command = new ArrayList<>();

  private ExecCommand(Map<String, String> variables) {
    this.variables = Map.copyOf(variables);
    this.settings = new SettingsOption(variables);
  }

  /** Which leaves everything behind the program's name to the program. */
  static CommandLine line(Map<String, String> variables) {
    return new CommandLine(new ExecCommand(variables)).setStopAtPositional(true);
  }

  @Override
  public Integer call() throws InterruptedException {
    var err = spec.commandLine().getErr();
    var environment = settings.environment();
    var data = ServerConfig.from(environment, Main.version()).data();
    if (CheckCommand.complain(environment, err)) {
      return Commands.USAGE;
    }
    try {
      return run(proxy.choose(environment, data));
    } catch (NoProxyException e) {
      err.println("penstock exec: " + e.getMessage());
      return Commands.FAILED;
    } catch (IOException e) {
      err.println("penstock exec: cannot write what the program needs: " + e.getMessage());
      return Commands.FAILED;
    }
  }

  private int run(Chosen chosen) throws IOException, InterruptedException {
    var err = spec.commandLine().getErr();
    try (var files = ClientFiles.write(chosen.trust(), variables)) {
      err.printf(
          "penstock exec: %s goes through %s and trusts %s%n",
          command.getFirst(),
          chosen.shown(),
          chosen.trust().roots().getFirst().getSubjectX500Principal().getName());
      err.flush();
      return started(ClientVariables.of(files, chosen.proxy(), noProxy, variables));
    }
  }

  private int started(Map<String, String> added) throws InterruptedException {
    try {
      return Child.run(command, added);
    } catch (IOException e) {
      spec.commandLine().getErr().println("penstock exec: " + e.getMessage());
      return NOT_FOUND;
    }
  }
}
