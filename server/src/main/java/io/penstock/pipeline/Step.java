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

  /** Leaves events as they are. */
  Step NOTHING = (_, event) -> event;

  /** What this step is for a tenant, at this moment: asked once for each batch. */
  default Step forTenant(String tenant) {
    return this;
  }

  /** This step and then another. */
  default Step then(Step next) {
    var first = this;
    return new Step() {
      @Override
      public Event apply(String tenant, Event event) {
        return next.apply(tenant, first.apply(tenant, event));
      }

      @Override
      public Step forTenant(String tenant) {
        var before = first.forTenant(tenant);
        var after = next.forTenant(tenant);
        return after.equals(NOTHING)
            ? before
            : (same, event) -> after.apply(same, before.apply(same, event));
      }
    };
  }
}
