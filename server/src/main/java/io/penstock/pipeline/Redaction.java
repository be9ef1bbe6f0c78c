package io.penstock.pipeline;

import io.penstock.event.Event;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Takes out of a tenant's events what must not be kept, after they were enriched and before they
 * are stored anywhere. What was derived from a value stays (the country of an address that is
 * gone), unless it is redacted, too; a copy of the value does not, whatever its name: other
 * addresses of the event that are the same, and what an indicator matched.
 */
public final class Redaction implements Step {

  private final Function<String, Set<String>> fieldsOf;
  private final Map<String, RedactionPlan> plans = new ConcurrentHashMap<>();

  /**
   * @param fieldsOf the fields of a tenant that are never stored, at this moment
   */
  public Redaction(Function<String, Set<String>> fieldsOf) {
    this.fieldsOf = fieldsOf;
  }

  /**
   * Why a name cannot be one of a tenant's redacted fields; empty when it can.
   *
   * @param isElement whether an Information Element has a name
   */
  public static Optional<String> problem(String field, Predicate<String> isElement) {
    return Redactable.problem(field, isElement);
  }

  @Override
  public Event apply(String tenant, Event event) {
    return forTenant(tenant).apply(tenant, event);
  }

  @Override
  public Step forTenant(String tenant) {
    var fields = fieldsOf.apply(tenant);
    if (fields.isEmpty()) {
      return NOTHING;
    }
    var plan = plans.get(tenant);
    if (plan == null || !plan.isFor(fields)) {
      plan = new RedactionPlan(fields);
      plans.put(tenant, plan);
    }
    return plan;
  }
}
