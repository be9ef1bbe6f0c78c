package io.penstock.stub;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** What stubs remember between requests: states of scenarios and counters of templates. */
final class StubState {

  /** Names come from stubs, which are limited; templates can make up more. */
  static final int COUNTERS_MAX = 1_000;

  private final Map<String, String> scenarios = new HashMap<>();
  private final Map<String, AtomicLong> counters = new ConcurrentHashMap<>();

  /**
   * Takes one use of a stub that has a scenario or a number of uses. Under one lock, so that two
   * requests never take the same step of a story.
   *
   * @return false when it is not its turn
   */
  synchronized boolean claim(Slot slot) {
    var stub = slot.stub();
    var times = stub.times();
    if (times != null && slot.used() >= times) {
      return false;
    }
    var scenario = stub.scenario();
    if (scenario != null) {
      var state = scenarios.getOrDefault(scenario.name(), Scenario.STARTED);
      if (scenario.requires() != null && !scenario.requires().equals(state)) {
        return false;
      }
      if (scenario.then() != null) {
        scenarios.put(scenario.name(), scenario.then());
      }
    }
    slot.use();
    return true;
  }

  synchronized Map<String, String> scenarios() {
    return new TreeMap<>(scenarios);
  }

  synchronized void set(String scenario, String state) {
    scenarios.put(scenario, state);
  }

  /** Forgets the scenarios that no stub has any more. */
  synchronized void keep(java.util.Set<String> names) {
    scenarios.keySet().retainAll(names);
  }

  synchronized void reset() {
    scenarios.clear();
    counters.clear();
  }

  /** The next number of a counter, from 1; 0 when there are too many counters. */
  long next(String counter) {
    var number = counters.get(counter);
    if (number == null) {
      if (counters.size() >= COUNTERS_MAX) {
        return 0;
      }
      number = counters.computeIfAbsent(counter, _ -> new AtomicLong());
    }
    return number.incrementAndGet();
  }
}
