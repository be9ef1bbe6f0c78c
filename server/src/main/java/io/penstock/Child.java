package io.penstock;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A program in the place of this one: it has our streams, gets our signals, and its exit code is
 * ours.
 */
final class Child {

  private static final String HANGUP = "HUP";
  private static final String INTERRUPT = "INT";
  private static final String TERMINATE = "TERM";

  private final ProcessBuilder program;

  // Signals that came before the program was there wait for it. Both under this.
  private final List<String> waiting = new ArrayList<>();
  private @Nullable Process process;

  private Child(List<String> command, Map<String, String> variables) {
    this.program = new ProcessBuilder(command).inheritIO();
    program.environment().putAll(variables);
  }

  /**
   * Runs it to its end.
   *
   * @param variables put into its environment
   * @return its exit code; 128 and the signal's number when a signal ended it
   * @throws IOException when it cannot be started
   */
  static int run(List<String> command, Map<String, String> variables)
      throws IOException, InterruptedException {
    var child = new Child(command, variables);
    // Before the program starts: a signal in between would end us and leave it behind.
    for (var signal : List.of(HANGUP, INTERRUPT, TERMINATE)) {
      onSignal(signal, child::take);
    }
    return child.start().waitFor();
  }

  private synchronized Process start() throws IOException {
    var started = program.start();
    process = started;
    waiting.forEach(signal -> pass(signal, started));
    return started;
  }

  private synchronized void take(String signal) {
    if (process == null) {
      waiting.add(signal);
      return;
    }
    pass(signal, process);
  }

  /**
   * A terminal sends its signals to both of us: who passed them on would interrupt the program
   * twice.
   */
  private static void pass(String signal, Process process) {
    if (signal.equals(TERMINATE)) {
      process.destroy();
      return;
    }
    if (!isFromTerminal()) {
      send(signal, process);
    }
  }

  // There is no console when the streams are redirected, unless another provider is configured.
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isFromTerminal() {
    var console = System.console();
    return console != null && console.isTerminal();
  }

  private static void send(String signal, Process process) {
    try {
      var _ = new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid())).start();
    } catch (IOException _) {
      process.destroy(); // without that program there is one signal left
    }
  }

  /**
   * Signals have no interface of Java's own, only one that every JDK has and the compiler refuses.
   * Without it they end this process as they always do.
   */
  private static void onSignal(String name, Consumer<String> action) {
    try {
      var signal = Class.forName("sun.misc.Signal");
      var handler = Class.forName("sun.misc.SignalHandler");
      var handle = signal.getMethod("handle", signal, handler);
      var acting =
          Proxy.newProxyInstance(
              Child.class.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> acted(name, action, self, method.getName(), arguments));
      var _ = handle.invoke(null, signal.getConstructor(String.class).newInstance(name), acting);
    } catch (ReflectiveOperationException | IllegalArgumentException _) {
      // Not of this JDK or this system, or taken by the JVM (-Xrs): then it stays as it is.
    }
  }

  @SuppressWarnings("ReferenceEquality") // it is what a proxy's equals is
  private static @Nullable Object acted(
      String name,
      Consumer<String> action,
      Object self,
      String method,
      Object @Nullable [] arguments) {
    return switch (method) {
      case "equals" -> arguments != null && self == arguments[0];
      case "hashCode" -> System.identityHashCode(self);
      case "toString" -> "on " + name;
      default -> {
        action.accept(name);
        yield null;
      }
    };
  }
}
