package io.penstock;

import io.penstock.command.Commands;
import io.penstock.demo.Networks;
import io.penstock.demo.SeededDay;
import io.penstock.logs.Logging;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a server with a made-up company around it, until it is told to stop. */
@Command(
    name = "demo",
    description = {
      "Starts a server with something to show: a made-up day, exporters that send, software that"
          + " phones home.",
      "Nothing leaves this machine. Stops at Ctrl-C; the next demo begins anew."
    },
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {

  private static final int EVENTS_MAX = 10_000_000;

  private final Map<String, String> variables;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--data",
      paramLabel = "FOLDER",
      defaultValue = "data/demo",
      description = "the demo's own folder, emptied at each start (default: ${DEFAULT-VALUE})")
  private Path data = Path.of("data", "demo");

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "the same seed makes the same day (default: ${DEFAULT-VALUE})")
  private long seed = 1;

  @Option(
      names = "--events",
      paramLabel = "N",
      defaultValue = "300000",
      description = "about how many events the day has (default: ${DEFAULT-VALUE})")
  private int events = 300_000;

  /**
   * @param variables the environment, of which little is heeded
   */
  DemoCommand(Map<String, String> variables) {
    this.variables = Map.copyOf(variables);
  }

  @Override
  public Integer call() throws InterruptedException {
    var err = spec.commandLine().getErr();
    if (events < SeededDay.EVENTS_MIN || events > EVENTS_MAX) {
      err.printf(
          "penstock demo: --events %d: write a number from %d to %d%n",
          events, SeededDay.EVENTS_MIN, EVENTS_MAX);
      return Commands.USAGE;
    }
    try {
      var settings = Demo.Settings.of(variables, DemoFolder.prepare(data, Networks.load()));
      return run(settings);
    } catch (IOException e) {
      err.println("penstock demo: " + e.getMessage());
      return Commands.FAILED;
    }
  }

  private Integer run(Demo.Settings settings) throws InterruptedException, IOException {
    var err = spec.commandLine().getErr();
    var logging = Logging.from(settings.environment());
    ServerConfig.from(settings.environment(), Main.version());
    if (CheckCommand.complain(settings.environment(), err)) {
      return Commands.USAGE;
    }
    var stopped = new CountDownLatch(1);
    try {
      var options = new Demo.Options(data, seed, events);
      var demo = Demo.start(options, settings, logging.install(), System.out);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(demo, stopped), "stop"));
    } catch (RuntimeException e) {
      // The operator needs the line, not the stack; who debugs asks for it.
      LoggerFactory.getLogger(DemoCommand.class).atDebug().setCause(e).log("not started");
      Logging.flush();
      err.println("penstock demo: " + RunCommand.reason(e));
      return Commands.FAILED;
    }
    stopped.await();
    return Commands.OK;
  }

  private static void stop(Demo demo, CountDownLatch stopped) {
    demo.close();
    Logging.flush();
    stopped.countDown();
  }
}
