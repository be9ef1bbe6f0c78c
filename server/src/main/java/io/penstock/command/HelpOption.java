package io.penstock.command;

import picocli.CommandLine.Option;

/** {@code --help}, which every command of ours has; the version has a command of its own. */
final class HelpOption {

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "prints this help")
  boolean isWanted;
}
