package io.penstock.command;

import java.util.function.Supplier;

/** One line on a terminal that is written over again and again; nothing where nobody watches. */
final class Progress implements AutoCloseable {

  private static final long INTERVAL_NANOS = 250_000_000;

  private final Terminal terminal;
  private long nextNanos = System.nanoTime() + INTERVAL_NANOS;
  private boolean isShown;

  Progress(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Shows where the work stands, if it is time for that. */
  void show(Supplier<String> standing) {
    if (!terminal.isInteractive() || System.nanoTime() < nextNanos) {
      return;
    }
    nextNanos = System.nanoTime() + INTERVAL_NANOS;
    isShown = true;
    // ESC [K clears what is left of a longer line before.
    terminal.err().print("\r" + standing.get() + "\u001b[K");
    terminal.err().flush();
  }

  /** Takes the line away, so that something else can be printed. */
  void clear() {
    if (isShown) {
      isShown = false;
      terminal.err().print("\r\u001b[K");
      terminal.err().flush();
    }
  }

  @Override
  public void close() {
    clear();
  }
}
