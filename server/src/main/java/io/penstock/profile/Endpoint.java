package io.penstock.profile;

import io.penstock.policy.HostPattern;
import io.penstock.policy.PathPattern;
import java.util.List;
import java.util.Set;

/**
 * One address to which a product sends.
 *
 * @param name within its profile
 * @param purpose what it is for, in a sentence
 * @param hosts empty for any host, which holds only where an operator names one
 * @param ports where such an endpoint is recognised without being named; empty otherwise
 * @param paths within these, and nowhere beside them
 * @param methods that its clients use, in upper case; empty when any
 * @param body how its bodies are read
 * @param base64 fields whose values are base64 and are read once more
 * @param answers what its clients expect; the first whose condition holds
 */
public record Endpoint(
    String name,
    String purpose,
    List<HostPattern> hosts,
    Set<Integer> ports,
    List<PathPattern> paths,
    Set<String> methods,
    BodyKind body,
    List<FieldPattern> base64,
    List<Reply> answers) {

  public Endpoint {
    hosts = List.copyOf(hosts);
    ports = Set.copyOf(ports);
    paths = List.copyOf(paths);
    methods = Set.copyOf(methods);
    base64 = List.copyOf(base64);
    answers = List.copyOf(answers);
  }

  boolean isAt(String host) {
    for (var pattern : hosts) {
      if (pattern.matches(host)) {
        return true;
      }
    }
    return false;
  }

  boolean covers(String path) {
    for (var pattern : paths) {
      if (pattern.matches(path)) {
        return true;
      }
    }
    return false;
  }

  boolean takes(String method) {
    return methods.isEmpty() || methods.contains(method);
  }
}
