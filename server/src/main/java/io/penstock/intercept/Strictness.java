package io.penstock.intercept;

import io.penstock.exchange.Verdict;
import io.penstock.policy.Decision;
import io.penstock.policy.Policy;
import java.util.List;

/**
 * What counts when a connection or a request claims to be for several hosts: otherwise whoever
 * names a harmless one first would get everything through.
 */
final class Strictness {

  private Strictness() {}

  static Decision stricter(Decision one, Decision other) {
    return degree(other.verdict()) > degree(one.verdict()) ? other : one;
  }

  /** What is done with a connection that is for all of these. */
  static Decision connection(Policy policy, List<String> hosts) {
    var decision = policy.connection(hosts.getFirst());
    for (var host : hosts.subList(1, hosts.size())) {
      decision = stricter(decision, policy.connection(host));
    }
    return decision;
  }

  private static int degree(Verdict verdict) {
    return switch (verdict) {
      case TUNNEL -> 0;
      case OBSERVE -> 1;
      case MOCK -> 2;
      case BLOCK -> 3;
    };
  }
}
