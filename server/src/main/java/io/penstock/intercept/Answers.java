package io.penstock.intercept;

import io.penstock.exchange.Asked;
import io.penstock.stub.Answer;
import org.jspecify.annotations.Nullable;

/** Who answers what is mocked. For any number of threads; does not wait for anything. */
@FunctionalInterface
public interface Answers {

  /**
   * The answer to a request, or null when nobody has one.
   *
   * @param product the profile that the request belongs to; null when none knows it
   */
  @Nullable Answer answer(Asked asked, @Nullable String product);
}
