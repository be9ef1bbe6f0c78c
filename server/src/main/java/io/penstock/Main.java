package io.penstock;

import io.penstock.admit.Nft;
import io.penstock.command.Commands;
import io.penstock.command.Durations;
import io.penstock.logs.Logging;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine;

/** The command line's entry: {@code penstock COMMAND}. */
public final class Main {

  private Main() {}

  public static void main(String[] args) {
    var _ = Logging.ofCommands().install();
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    var line = Commands.commandLine();
    line.addSubcommand(new RunCommand());
    line.addSubcommand(new DemoCommand(System.getenv()));
    line.addSubcommand(new CheckCommand());
    line.addSubcommand(new VersionCommand());
    line.addSubcommand(new KeysCommand(System.getenv()));
    line.addSubcommand(new TenantsCommand(System.getenv()));
    line.addSubcommand(new SourcesCommand(System.getenv()));
    line.addSubcommand(new OutputsCommand(System.getenv()));
    line.addSubcommand(new FlagsCommand(System.getenv()));
    line.addSubcommand(new CaCommand(System.getenv(), new FileOutputStream(FileDescriptor.out)));
    line.addSubcommand(ExecCommand.line(System.getenv()));
    line.addSubcommand(new DoctorCommand(System.getenv()));
    line.addSubcommand(new VerifyCommand(System.getenv()));
    line.addSubcommand(new FirewallCommand(System.getenv(), Nft.installed().orElse(null)));
    line.registerConverter(Duration.class, Durations::parse);
    // What looks like a file of arguments is one of the program's own: penstock exec -- curl -d
    // @FILE
    line.setExpandAtFiles(false);
    return Commands.reporting(line);
  }

  /** The version of the jar; {@code dev} when run from classes. */
  static String version() {
    return Optional.ofNullable(Main.class.getPackage().getImplementationVersion()).orElse("dev");
  }
}
