package io.penstock.pipeline;

import io.penstock.event.Event;

/** What is done with each event before it is stored; safe for many threads. */
@FunctionalInterface
public interface Step {

  /**
   * @param tenant whose event it is
   * @return the event with what is added, or without what must not be kept
   */
  Event apply(String tenant, Event event);

  /** This step and then another. */
  default Step then(Step next) {
    return (tenant, event) -> next.apply(tenant, apply(tenant, event));
  }
}
