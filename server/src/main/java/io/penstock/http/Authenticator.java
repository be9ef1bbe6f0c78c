package io.penstock.http;

import java.util.Optional;

/** Knows keys and tenants; the shell asks it, and takes nobody else's word. */
public interface Authenticator {

  /** The bearer of a key; empty when the key is unknown or disabled. */
  Optional<Principal> principalOf(String key);

  boolean hasTenant(String tenant);
}
