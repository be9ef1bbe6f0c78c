package io.penstock.command;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;

/**
 * Where a command reads and writes.
 *
 * @param in standard input
 * @param out results, for the next program in a pipe
 * @param err everything that is meant for a person
 * @param isInteractive whether a person watches, who wants to see progress
 */
record Terminal(InputStream in, OutputStream out, PrintStream err, boolean isInteractive) {

  /** The process's own streams. Results bypass System.out, which hides write errors. */
  // There is no console when the streams are redirected, unless another provider is configured.
  @SuppressWarnings("SystemConsoleNull")
  static Terminal ofProcess() {
    var console = System.console();
    return new Terminal(
        new FileInputStream(FileDescriptor.in),
        new FileOutputStream(FileDescriptor.out),
        System.err,
        console != null && console.isTerminal());
  }
}
