package io.penstock;

import io.penstock.command.Commands;
import io.penstock.logs.Logging;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Runs the server until it is told to stop. */
@Command(
    name = "run",
    description = "Receives, enriches, keeps and answers until it is stopped (Ctrl-C, SIGTERM).",
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private SettingsOption settings = new SettingsOption();

  @Override
  public Integer call() throws InterruptedException {
    var environment = settings.environment();
    var logging = Logging.from(environment);
    var config = ServerConfig.from(environment, Main.version());
    if (CheckCommand.complain(environment, spec.commandLine().getErr())) {
      return Commands.USAGE;
    }
    var stopped = new CountDownLatch(1);
    try {
      var logs = logging.install();
      var server = Server.start(config, logs, System.out, new PrometheusRegistry());
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server, stopped), "stop"));
    } catch (RuntimeException e) {
      // The operator needs the line, not the stack; who debugs asks for it.
      LoggerFactory.getLogger(RunCommand.class).atDebug().setCause(e).log("not started");
      Logging.flush();
      spec.commandLine().getErr().println("penstock: " + reason(e));
      return Commands.FAILED;
    }
    stopped.await();
    return Commands.OK;
  }

  private static void stop(Server server, CountDownLatch stopped) {
    server.close();
    Logging.flush();
    stopped.countDown();
  }

  static String reason(RuntimeException failure) {
    var message = failure.getMessage();
    var cause = failure.getCause();
    if (message == null || cause != null && message.equals(cause.toString())) {
      return String.valueOf(cause == null ? failure : cause.getMessage());
    }
    return message;
  }
}
