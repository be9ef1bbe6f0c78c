package io.penstock.control;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An immutable view of all keys, found by their names and by the hashes of their secrets.
 *
 * @param byId by name
 * @param bySecret by the present and the previous secret's hash
 */
public record KeyRing(Map<String, ApiKey> byId, Map<SecretHash, ApiKey> bySecret) {

  static KeyRing of(Collection<ApiKey> keys) {
    var byId = HashMap.<String, ApiKey>newHashMap(keys.size());
    keys.forEach(key -> byId.put(key.keyId(), key));
    return of(byId);
  }

  private static KeyRing of(Map<String, ApiKey> byId) {
    var bySecret = HashMap.<SecretHash, ApiKey>newHashMap(byId.size());
    for (var key : byId.values()) {
      bySecret.put(key.hash(), key);
      if (key.rotation() != null) {
        bySecret.put(key.rotation().previous(), key);
      }
    }
    return new KeyRing(Map.copyOf(byId), Map.copyOf(bySecret));
  }

  Optional<ApiKey> find(String keyId) {
    return Optional.ofNullable(byId.get(keyId));
  }

  @Nullable ApiKey find(SecretHash hash) {
    return bySecret.get(hash);
  }

  KeyRing with(ApiKey key) {
    var keys = new HashMap<>(byId);
    keys.put(key.keyId(), key);
    return of(keys);
  }

  KeyRing without(String keyId) {
    var keys = new HashMap<>(byId);
    keys.remove(keyId);
    return of(keys);
  }
}
