package io.penstock.policy;

import io.penstock.exchange.Verdict;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is done with some requests.
 *
 * @param name for the journal
 * @param product the profile it comes from; null for a rule of the operator's own
 * @param hosts one of them must match
 * @param paths one of them must match
 * @param methods in upper case; empty for every method
 */
public record Rule(
    String name,
    @Nullable String product,
    List<HostPattern> hosts,
    List<PathPattern> paths,
    Set<String> methods,
    Verdict verdict) {

  public Rule {
    hosts = List.copyOf(hosts);
    paths = List.copyOf(paths);
    methods = Set.copyOf(methods);
  }

  boolean isAbout(String host) {
    for (var pattern : hosts) {
      if (pattern.matches(host)) {
        return true;
      }
    }
    return false;
  }

  boolean isAbout(String method, String path) {
    if (!methods.isEmpty() && !methods.contains(method)) {
      return false;
    }
    for (var pattern : paths) {
      if (pattern.matches(path)) {
        return true;
      }
    }
    return false;
  }

  boolean isAboutEveryRequest() {
    return methods.isEmpty() && paths.contains(PathPattern.ANY);
  }
}
