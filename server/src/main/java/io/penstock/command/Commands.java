package io.penstock.command;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line's root, with the offline commands; whoever starts the process adds the rest. */
public final class Commands {

  /** Everything was done. */
  public static final int OK = 0;

  /** Something was not done; one line on standard error says what and why. */
  public static final int FAILED = 1;

  /** The command line itself is wrong; nothing was done. */
  public static final int USAGE = 2;

  private Commands() {}

  @Command(
      name = "penstock",
      description = "Collects flow telemetry, says what it means, keeps it safely.",
      synopsisSubcommandLabel = "COMMAND")
  private static final class Root implements Runnable {

    @Spec private @Nullable CommandSpec spec;

    @Override
    public void run() {
      if (spec != null) {
        throw new ParameterException(spec.commandLine(), "which command?");
      }
    }
  }

  /** {@code penstock} with {@code decode}, {@code replay} and {@code generate}. */
  public static CommandLine commandLine() {
    return commandLine(Terminal.ofProcess());
  }

  static CommandLine commandLine(Terminal terminal) {
    var line = new CommandLine(new Root());
    line.addSubcommand(new DecodeCommand(terminal));
    line.addSubcommand(new ReplayCommand(terminal));
    line.addSubcommand(new GenerateCommand(terminal));
    line.addMixin("help", new HelpOption());
    for (var command : line.getSubcommands().values()) {
      command.addMixin("help", new HelpOption());
      command.registerConverter(Rate.class, Rate::parse);
      command.registerConverter(Target.class, Target::parse);
      command.registerConverter(Duration.class, Durations::parse);
    }
    line.setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
    return reporting(line);
  }

  /** Makes every error of these commands one line and an exit code. */
  public static CommandLine reporting(CommandLine line) {
    line.setParameterExceptionHandler(
        (problem, _) -> {
          var command = problem.getCommandLine();
          var name = command.getCommandSpec().qualifiedName();
          command.getErr().println(name + ": " + oneLine(problem) + " (try " + name + " --help)");
          return USAGE;
        });
    line.setExecutionExceptionHandler(
        (problem, command, _) -> {
          if (!(problem instanceof CommandFailure)) {
            throw problem; // a bug: its stack is what helps
          }
          command
              .getErr()
              .println(command.getCommandSpec().qualifiedName() + ": " + oneLine(problem));
          return FAILED;
        });
    return line;
  }

  private static String oneLine(Exception problem) {
    var message = problem.getMessage();
    return message == null ? problem.toString() : message.replaceAll("\\s*\\R\\s*", "; ");
  }
}
