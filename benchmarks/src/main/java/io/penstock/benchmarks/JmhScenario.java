package io.penstock.benchmarks;

import java.io.PrintStream;
import java.util.Collection;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs one JMH class and prints, for each of its methods, operations per CPU-second, octets
 * allocated for each, and the ratio to the class's method whose name starts with {@code baseline}.
 */
record JmhScenario(String sentence, Class<?> benchmark) implements Scenario {

  private static final String ALLOCATED = "gc.alloc.rate.norm";

  @Override
  public void run(PrintStream out) throws RunnerException {
    var options =
        new OptionsBuilder()
            .include("^" + benchmark.getName().replace(".", "\\.") + "\\.")
            .forks(1)
            .warmupIterations(3)
            .warmupTime(TimeValue.seconds(1))
            .measurementIterations(4)
            .measurementTime(TimeValue.seconds(1))
            .addProfiler(GCProfiler.class)
            .addProfiler(CpuProfiler.class)
            .jvmArgsAppend("-XX:+UseParallelGC", "-XX:+UseCompactObjectHeaders", "-Xmx512m")
            .verbosity(VerboseMode.SILENT)
            .build();
    print(out, new Runner(options).run());
  }

  private static void print(PrintStream out, Collection<RunResult> results) {
    double baseline =
        results.stream()
            .filter(result -> name(result).startsWith("baseline"))
            .mapToDouble(JmhScenario::perCpuSecond)
            .findFirst()
            .orElse(Double.NaN);
    out.printf("%-32s %16s %14s %12s%n", "", "per CPU-second", "octets each", "of baseline");
    for (var result : results) {
      out.printf(
          "%-32s %,16.0f %,14.1f %12.3f%n",
          name(result),
          perCpuSecond(result),
          secondary(result, ALLOCATED),
          perCpuSecond(result) / baseline);
    }
  }

  private static String name(RunResult result) {
    var parameters = result.getParams();
    var method = parameters.getBenchmark();
    var name = new StringBuilder(method.substring(method.lastIndexOf('.') + 1));
    for (var key : parameters.getParamsKeys()) {
      name.append(' ').append(parameters.getParam(key));
    }
    return name.toString();
  }

  private static double perCpuSecond(RunResult result) {
    return 1e9 / secondary(result, CpuProfiler.LABEL);
  }

  @SuppressWarnings("rawtypes") // JMH's own signature
  private static double secondary(RunResult result, String label) {
    return result.getSecondaryResults().entrySet().stream()
        // JMH 1.37 marks secondary labels with a leading dot on some platforms.
        .filter(entry -> entry.getKey().endsWith(label))
        .mapToDouble(entry -> entry.getValue().getScore())
        .findFirst()
        .orElse(Double.NaN);
  }
}
