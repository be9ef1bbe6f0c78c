package io.penstock.audit;

import java.util.List;
import java.util.Set;

/**
 * The paths that dashboards and probes ask for again and again, which are left out of lists unless
 * they are asked for: those of the contract, and what else a page of this server polls.
 */
final class Monitoring {

  private static final Set<String> EXACT =
      Set.of(
          "/",
          "/favicon.ico",
          "/robots.txt",
          "/v1/system",
          "/api/requests",
          "/v1/api/requests",
          // What the dashboard asks for every few seconds; all of these only read.
          "/v1/session",
          "/v1/overview",
          "/v1/overview/live",
          "/v1/outputs",
          "/v1/jobs",
          "/v1/interception",
          "/v1/interception/inventory",
          "/v1/interception/alerts");

  private static final List<String> FAMILIES =
      List.of("/v1/metrics", "/v1/logs", "/v1/admin/requests");

  private Monitoring() {}

  static boolean isMonitoring(String path) {
    if (EXACT.contains(path)) {
      return true;
    }
    for (var family : FAMILIES) {
      if (path.startsWith(family)
          && (path.length() == family.length() || path.charAt(family.length()) == '/')) {
        return true;
      }
    }
    return false;
  }
}
