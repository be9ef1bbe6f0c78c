package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The commands of docs/compatibility.md and the targets of the Makefile work as they stand there.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CompatibilityPageTest {

  private static final Path ROOT = Path.of("..");
  private static final Pattern BLOCK = Pattern.compile("(?s)```sh\n(.*?)\n```");
  private static final Pattern PATH = Pattern.compile("localhost:8080(/[^ ?\"']*)");
  private static final Pattern RECIPE = Pattern.compile("(?m)^\t\\./penstock (.*)$");

  /** Makes an answer of 400 and above an exit code. */
  private static final String STRICT = "curl() { command curl --fail-with-body \"$@\"; }\n";

  private ServerProcess server;
  private String description = "";

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    server = ServerProcess.start(data, Map.of());
    description = server.get("/openapi.json").body();
  }

  @AfterAll
  void stop() {
    server.close();
  }

  static Stream<String> commands() throws IOException {
    return BLOCK
        .matcher(Files.readString(ROOT.resolve("docs/compatibility.md")))
        .results()
        .map(block -> block.group(1));
  }

  static Stream<String> recipes() throws IOException {
    return RECIPE
        .matcher(Files.readString(ROOT.resolve("Makefile")))
        .results()
        .map(recipe -> recipe.group(1))
        .filter(recipe -> !recipe.equals("test")); // the start script's own
  }

  @ParameterizedTest
  @MethodSource("commands")
  void aCommandOfThePageWorks(String command) throws Exception {
    assumeThat(Files.isExecutable(Path.of("/usr/bin/curl"))).as("curl is installed").isTrue();
    var path = PATH.matcher(command);
    assertThat(path.find()).as(command).isTrue();
    assumeThat(description).as("described").contains("\"" + path.group(1) + "\"");

    var script = STRICT + command.replace("localhost:8080", "localhost:" + server.httpPort());
    var builder = new ProcessBuilder("bash", "-o", "pipefail", "-c", script);
    builder.environment().put("KEY", ServerProcess.KEY);
    builder.directory(ROOT.toFile()).redirectErrorStream(true);
    var process = builder.start();
    process.getOutputStream().close();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as("%s%n%s", command, output).isZero();
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void aTargetOfTheMakefileIsACommand(String recipe) {
    var words = recipe.split(" ");
    var commands = Main.commandLine().getSubcommands();
    assumeThat(commands).as("commands").containsKey(words[0]);

    assertThat(Objects.requireNonNull(commands.get(words[0])).getSubcommands())
        .containsKey(words[1]);
  }
}
