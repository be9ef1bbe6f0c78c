package io.penstock.policy;

import io.penstock.exchange.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * What was decided, and by which rule.
 *
 * @param rule its name
 * @param product the profile that the rule comes from; null when it comes from none
 */
public record Decision(Verdict verdict, String rule, @Nullable String product) {

  /** Whether a rule said so, rather than that there is none for such requests. */
  public boolean isOfRule() {
    return !rule.equals(Policy.BESIDE) && !rule.equals(Policy.UNLISTED);
  }
}
