package io.penstock.benchmarks;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** Runs scenarios by name; without one it lists them. */
public final class Benchmarks {

  private Benchmarks() {}

  private static Map<String, Scenario> scenarios() {
    var all = new LinkedHashMap<String, Scenario>();
    all.put("udp-receive", new UdpReceiveScenario(1));
    all.put("udp-bursts", new UdpReceiveScenario(64));
    return all;
  }

  /** Libraries that are measured would log at length. */
  private static void quieten() {
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.ERROR);
  }

  public static void main(String[] args) throws Exception {
    quieten();
    var all = scenarios();
    if (args.length == 0) {
      all.forEach((name, scenario) -> System.out.printf("%-16s %s%n", name, scenario.sentence()));
      return;
    }
    for (var name : args) {
      var scenario = all.get(name);
      if (scenario == null) {
        System.err.println("no benchmark is called " + name + "; these are: " + all.keySet());
        System.exit(2);
      } else {
        System.out.println("== " + name + ": " + scenario.sentence());
        scenario.run(System.out);
      }
    }
  }
}
