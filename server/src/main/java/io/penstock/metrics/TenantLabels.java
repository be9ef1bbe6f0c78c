package io.penstock.metrics;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Which tenants have series of their own in Prometheus: the first thousand. */
final class TenantLabels {

  /** Stands for all others. */
  static final String OTHER = "other";

  private final int most;
  private final Set<String> known = ConcurrentHashMap.newKeySet();

  TenantLabels(int most) {
    this.most = most;
  }

  String of(String tenant) {
    if (known.contains(tenant)) {
      return tenant;
    }
    // Threads that both find the last place free make a few series more than the limit.
    if (known.size() >= most) {
      return OTHER;
    }
    known.add(tenant);
    return tenant;
  }

  void forget(String tenant) {
    known.remove(tenant);
  }
}
