package io.penstock.http;

import java.util.Set;

/**
 * Who is calling: the bearer of a key.
 *
 * @param tenant whose data the call is about
 * @param scopes what the key may do, lower case
 * @param keyId public name of the key, for logs
 */
public record Principal(String tenant, Set<String> scopes, String keyId) {

  /** The caller of a public route who showed no valid key. */
  public static final Principal ANONYMOUS = new Principal("default", Set.of(), "");

  public Principal {
    scopes = Set.copyOf(scopes);
  }

  public boolean isAdmin() {
    return scopes.contains("admin") || scopes.contains("*");
  }

  public boolean isAnonymous() {
    return keyId.isEmpty();
  }

  /** Whether the key has one of the scopes; an admin has all of them. */
  public boolean mayAny(Iterable<String> wanted) {
    if (isAdmin()) {
      return true;
    }
    for (var scope : wanted) {
      if (scopes.contains(scope)) {
        return true;
      }
    }
    return false;
  }

  Principal actingFor(String otherTenant) {
    return new Principal(otherTenant, scopes, keyId);
  }
}
