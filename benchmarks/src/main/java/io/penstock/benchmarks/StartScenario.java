package io.penstock.benchmarks;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;

/** How long an operator waits: from the command to the first 200, on an empty data folder. */
record StartScenario() implements Scenario {

  private static final int STARTS = 5;

  @Override
  public String sentence() {
    return "From ./penstock run to the first 200";
  }

  @Override
  public void run(PrintStream out) throws Exception {
    var times = new ArrayList<Duration>();
    for (int i = 0; i < STARTS; i++) {
      var folder = Scratch.folder("start");
      long begin = System.nanoTime();
      try (var server = ServerProcess.start(folder)) {
        times.add(Duration.ofNanos(System.nanoTime() - begin));
        out.printf(
            "%,6d ms, %,6d ms of CPU, %,4d MiB resident%n",
            times.getLast().toMillis(), server.cpu().toMillis(), server.residentBytes() >> 20);
      }
      Scratch.delete(folder);
    }
    Collections.sort(times);
    out.printf("%,6d ms in the middle%n", times.get(STARTS / 2).toMillis());
  }
}
