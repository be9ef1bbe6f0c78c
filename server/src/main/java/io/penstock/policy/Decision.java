package io.penstock.policy;

import io.penstock.exchange.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * What was decided, and by which rule.
 *
 * @param rule its name
 * @param product the profile that the rule comes from; null when it comes from none
 */
public record Decision(Verdict verdict, String rule, @Nullable String product) {}
