package io.penstock.stub;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong on purpose, and how often.
 *
 * @param status answered instead, with an empty body; null when the connection goes wrong
 * @param percent of the answers, 0 to 100
 */
record FaultPlan(Answer.Fault fault, @Nullable Integer status, double percent) {

  static final FaultPlan NONE = new FaultPlan(Answer.Fault.NONE, null, 0);

  boolean strikes(RandomGenerator random) {
    return percent >= 100 || percent > 0 && random.nextDouble() * 100 < percent;
  }
}
