package io.penstock.benchmarks;

import java.io.PrintStream;

/** Something to measure, run by name: {@code ./dev bench NAME}. Prints its figures. */
interface Scenario {

  /** What it measures, in one line. */
  String sentence();

  void run(PrintStream out) throws Exception;
}
