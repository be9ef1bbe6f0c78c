package io.penstock.control;

import java.util.Set;

/**
 * A key that may call the API; its secret is known only by its hash.
 *
 * @param keyId public name, for logs
 * @param tenant whose data it touches
 * @param scopes what it may do
 */
public record ApiKey(String keyId, String tenant, Set<String> scopes) {

  public ApiKey {
    scopes = Set.copyOf(scopes);
  }
}
