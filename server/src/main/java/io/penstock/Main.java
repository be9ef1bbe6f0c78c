package io.penstock;

import io.penstock.config.Environment;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line's entry: {@code penstock COMMAND}. */
@Command(
    name = "penstock",
    description = "Takes in network telemetry, says what it means, and keeps it safely.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n")
public final class Main implements Runnable {

  /** The command did what it was asked. */
  private static final int OK = 0;

  /** The command failed; one line on standard error says what to change. */
  private static final int FAILED = 1;

  @Spec private CommandSpec spec = CommandSpec.create();

  private Main() {}

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8))
        .setExecutionExceptionHandler(
            (failure, line, parsed) -> {
              line.getErr().println("penstock: " + reason(failure));
              return FAILED;
            });
  }

  private static String reason(Throwable failure) {
    var told =
        failure instanceof UncheckedIOException && failure.getMessage() == null
            ? failure.getCause()
            : failure;
    return Optional.ofNullable(told == null ? null : told.getMessage())
        .orElseGet(failure::toString);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing required subcommand");
  }

  @Command(name = "run", description = "Receive, enrich, keep and answer, until stopped.")
  int runServer() throws InterruptedException {
    var environment = new Environment(System.getenv());
    var logging = Logging.from(environment);
    var config = ServerConfig.from(environment, version());
    if (complain(environment)) {
      return CommandLine.ExitCode.USAGE;
    }
    logging.install();
    var stopped = new CountDownLatch(1);
    var server = Server.start(config, System.out);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("stop")
                .unstarted(
                    () -> {
                      server.close();
                      Logging.flush();
                      stopped.countDown();
                    }));
    stopped.await();
    return OK;
  }

  @Command(name = "check", description = "Validate the configuration and exit.")
  int check() {
    var environment = new Environment(System.getenv());
    Logging.from(environment);
    ServerConfig.from(environment, version());
    if (complain(environment)) {
      return CommandLine.ExitCode.USAGE;
    }
    spec.commandLine().getOut().println("the configuration is valid");
    return OK;
  }

  @Command(name = "version", description = "Print the version.")
  int printVersion() {
    spec.commandLine().getOut().println("penstock " + version());
    return OK;
  }

  /** Prints what is wrong with the environment; whether anything is. */
  private boolean complain(Environment environment) {
    var err = spec.commandLine().getErr();
    environment.warnings().forEach(line -> err.println("penstock: " + line));
    environment.problems().forEach(line -> err.println("penstock: " + line));
    return !environment.problems().isEmpty();
  }

  /** The version of the jar; {@code dev} when run from classes. */
  static String version() {
    return Optional.ofNullable(Main.class.getPackage().getImplementationVersion()).orElse("dev");
  }

  /** For tests: the environment that {@code check} would read. */
  static Environment check(Map<String, String> variables) {
    var environment = new Environment(variables);
    Logging.from(environment);
    ServerConfig.from(environment, "test");
    return environment;
  }
}
