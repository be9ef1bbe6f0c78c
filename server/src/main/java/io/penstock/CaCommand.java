package io.penstock;

import io.penstock.certificate.Authority;
import io.penstock.certificate.AuthorityWatch;
import io.penstock.certificate.CaConfig;
import io.penstock.certificate.CaException;
import io.penstock.certificate.Trust;
import io.penstock.command.Commands;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The authority on the command line, beside a running server or not. */
@Command(
    name = "ca",
    description = "Shows, exports and renews the authority whose certificates stand in for others.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true)
final class CaCommand implements Callable<Integer> {

  private final Map<String, String> variables;
  private final OutputStream exported;

  @Mixin private final SettingsOption settings;

  @Spec private CommandSpec spec = CommandSpec.create();

  /**
   * Work with the authority that is configured; the line that says why it was not done, or null.
   */
  @FunctionalInterface
  private interface Work {
    @Nullable String with(CaConfig config) throws IOException;
  }

  /**
   * @param variables the environment, which says where the authority is
   * @param exported where certificates go, which are not always text
   */
  CaCommand(Map<String, String> variables, OutputStream exported) {
    this.variables = Map.copyOf(variables);
    this.settings = new SettingsOption(variables);
    this.exported = exported;
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }

  @Command(
      name = "show",
      description = "Prints what the authority is; the exit code is 1 when it cannot be used.",
      mixinStandardHelpOptions = true)
  int show() {
    return run(
        config -> {
          var authority = found(config);
          row("subject", authority.subject());
          row("sha-256", authority.fingerprint());
          row("valid", authority.notBefore() + " to " + authority.notAfter());
          row("good for", authority.constraints().isEmpty() ? "every host" : "some hosts");
          authority.constraints().forEach(line -> row("", line));
          row("key", authority.place());
          authority
              .previous()
              .ifPresent(
                  before -> {
                    row("before", before.getSubjectX500Principal().getName());
                    row("", "still exported; penstock ca forget ends that");
                  });
          authority
              .next()
              .ifPresent(
                  next -> {
                    row("next", next.getSubjectX500Principal().getName());
                    row("", "exported already; penstock ca rotate takes it");
                  });
          return authority.problem(InstantSource.system().instant()).orElse(null);
        });
  }

  private void row(String name, Object value) {
    spec.commandLine().getOut().println("%-10s %s".formatted(name, value));
  }

  @Command(
      name = "export",
      description = "Writes the authority's certificate, never its key.",
      mixinStandardHelpOptions = true)
  int export(
      @Option(
              names = "--format",
              paramLabel = "FORMAT",
              defaultValue = "pem",
              description =
                  "pem; der; p12-truststore: Java's roots and this one, password changeit;"
                      + " bundle: the system's roots and this one (default: ${DEFAULT-VALUE})")
          String format,
      @Option(
              names = "--out",
              paramLabel = "FILE",
              description = "the file (default: standard output)")
          @Nullable Path file) {
    return run(
        config -> {
          var octets = exported(found(config), format);
          if (file != null) {
            Files.write(file, octets);
            return null;
          }
          exported.write(octets);
          exported.flush();
          return null;
        });
  }

  private byte[] exported(Authority authority, String format) throws IOException {
    var trust = Trust.in(authority);
    return switch (format) {
      case "pem" -> trust.pem().getBytes(StandardCharsets.US_ASCII);
      case "der" -> authority.der();
      case "p12-truststore" -> trust.store();
      case "bundle" -> trust.bundle(variables).getBytes(StandardCharsets.ISO_8859_1);
      default ->
          throw new ParameterException(
              spec.commandLine(),
              "--format " + format + ": write one of pem, der, p12-truststore, bundle");
    };
  }

  @Command(
      name = "prepare",
      description = {
        "Makes the root that the next rotation takes, and exports it beside the one in use:",
        "clients that trust both notice nothing of the rotation."
      },
      mixinStandardHelpOptions = true)
  int prepare() {
    return run(
        config -> {
          var next = Authority.prepare(config, InstantSource.system()).next().orElseThrow();
          row("next", next.getSubjectX500Principal().getName());
          row("now", "nothing is issued under it yet");
          row("then", "penstock ca export, and give what it writes to all who trust the other");
          row("at last", "penstock ca rotate");
          return null;
        });
  }

  @Command(
      name = "rotate",
      description = {
        "Makes another root, or takes the one that was prepared, which a running server takes up",
        "within seconds. Exports have both until the one before is forgotten."
      },
      mixinStandardHelpOptions = true)
  int rotate() {
    return run(
        config -> {
          var authority = Authority.rotate(config, InstantSource.system());
          row("subject", authority.subject());
          row("sha-256", authority.fingerprint());
          row(
              "now",
              "servers that run issue under it within " + AuthorityWatch.INTERVAL_SECONDS + " s");
          row(
              "then",
              "penstock ca export, and give what it writes to all who do not trust it yet:");
          row(
              "",
              "they refuse what is issued under it (what penstock exec starts from now on does not)");
          row("at last", "penstock ca forget: the root before is exported no more");
          return null;
        });
  }

  @Command(
      name = "forget",
      description = "Exports the root before this one no more.",
      mixinStandardHelpOptions = true)
  int forget() {
    return run(
        config -> Authority.forgetPrevious(config) ? null : "there was none before this one");
  }

  private static Authority found(CaConfig config) {
    return Authority.find(config)
        .orElseThrow(
            () ->
                new MissingException(
                    "there is no authority in "
                        + config.folder()
                        + ": the proxy makes one when it first starts, and penstock ca rotate"
                        + " does"));
  }

  /** Nothing is there to be shown. */
  private static final class MissingException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    MissingException(String message) {
      super(message);
    }
  }

  private int run(Work work) {
    var err = spec.commandLine().getErr();
    var environment = settings.environment();
    var config = CaConfig.from(environment, ServerConfig.from(environment, Main.version()).data());
    if (CheckCommand.complain(environment, err)) {
      return Commands.USAGE;
    }
    String problem;
    try {
      problem = work.with(config);
    } catch (CaException | MissingException e) {
      problem = e.getMessage();
    } catch (IOException e) {
      problem = "cannot write: " + e.getMessage();
    }
    if (problem == null) {
      return Commands.OK;
    }
    err.println(spec.qualifiedName() + ": " + problem);
    return Commands.FAILED;
  }
}
