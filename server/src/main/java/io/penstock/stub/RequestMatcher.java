package io.penstock.stub;

import io.penstock.exchange.Asked;
import io.penstock.policy.HostPattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which requests: those for which all conditions hold. Immutable, for any number of threads. */
public final class RequestMatcher {

  private final List<Condition> conditions;
  private final Condition[] inOrder;

  /**
   * @param conditions the cheap ones first
   */
  RequestMatcher(List<Condition> conditions) {
    this.conditions = List.copyOf(conditions);
    this.inOrder = this.conditions.toArray(Condition[]::new);
  }

  /** Reads the form that stands under {@code request} in a stub. */
  public static Read parse(Map<String, ? extends @Nullable Object> form) {
    return StubReader.matcher(form);
  }

  /**
   * What was read.
   *
   * @param matcher null when there are problems
   */
  public record Read(@Nullable RequestMatcher matcher, List<Problem> problems) {}

  /** Whether a request is one of them. */
  public boolean matches(Asked asked) {
    return holds(new Subject(asked));
  }

  boolean holds(Subject subject) {
    for (var condition : inOrder) {
      if (!condition.holds(subject)) {
        return false;
      }
    }
    return true;
  }

  List<Condition> conditions() {
    return conditions;
  }

  /** The conditions that do not hold. */
  List<Condition> failing(Subject subject) {
    var failing = new ArrayList<Condition>();
    for (var condition : inOrder) {
      if (!condition.holds(subject)) {
        failing.add(condition);
      }
    }
    return failing;
  }

  /** The only hosts that it can match; empty when there may be others. */
  Set<String> exactHosts() {
    for (var condition : inOrder) {
      if (condition instanceof Condition.Host host
          && host.patterns().stream().allMatch(p -> p.kind() == HostPattern.Kind.EXACT)) {
        return Set.copyOf(host.patterns().stream().map(HostPattern::name).toList());
      }
    }
    return Set.of();
  }

  /** The only paths that it can match; empty when there may be others. */
  Set<String> exactPaths() {
    for (var condition : inOrder) {
      if (condition instanceof Condition.Path path) {
        return path.paths();
      }
    }
    return Set.of();
  }
}
