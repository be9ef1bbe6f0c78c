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
    out.printf("%-32s %16s %14s %12s%n", "", "per CPU-second", "octets each", "of baseline");
    for (var result : results) {
      out.printf(
          "%-32s %,16.0f %,14.1f %12.3f%n",
          method(result) + parameters(result),
          perCpuSecond(result),
          secondary(result, ALLOCATED),
          perCpuSecond(result) / baseline(results, parameters(result)));
    }
  }

  /** That of the baseline with the same parameters. */
  private static double baseline(Collection<RunResult> results, String parameters) {
    return results.stream()
        .filter(result -> method(result).startsWith("baseline"))
        .filter(result -> parameters(result).equals(parameters))
        .mapToDouble(JmhScenario::perCpuSecond)
        .findFirst()
        .orElse(Double.NaN);
  }

  private static String method(RunResult result) {
    var benchmark = result.getParams().getBenchmark();
    return benchmark.substring(benchmark.lastIndexOf('.') + 1);
  }

  private static String parameters(RunResult result) {
    var text = new StringBuilder();
    for (var key : result.getParams().getParamsKeys()) {
      text.append(' ').append(result.getParams().getParam(key));
    }
    return text.toString();
  }

  private static double perCpuSecond(RunResult result) {
    return 1e9 / secondary(result, CpuProfiler.LABEL);
  }

  @SuppressWarnings("rawtypes") // JMH's own signature
  private static double secondary(RunResult result, String label) {
    return result.getSecondaryResults().entrySet().stream()
        // JMH marks its profilers' labels with a leading dot on some terminals.
        .filter(entry -> entry.getKey().endsWith(label))
        .mapToDouble(entry -> entry.getValue().getScore())
        .findFirst()
        .orElse(Double.NaN);
  }
}
