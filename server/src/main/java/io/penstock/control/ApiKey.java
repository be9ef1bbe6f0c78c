package io.penstock.control;

import io.penstock.json.Json;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A key that may call the API; its secret is known only by its hash.
 *
 * @param keyId public name
 * @param tenant whose data it touches
 * @param hash of the secret
 * @param prefix how the secret begins, for people; empty where that would say too much
 * @param scopes what it may do, lower case
 * @param note what it is for
 * @param createdBy the key or the program that made it
 * @param isDisabled whether it opens nothing until it is enabled again
 * @param isConfigured whether it comes from the configuration, where alone it can be changed
 * @param createdAt null when it is configured
 * @param expiresAt when it stops to open; null for never
 * @param rotation the latest change of its secret; null when there was none
 */
public record ApiKey(
    String keyId,
    String tenant,
    SecretHash hash,
    String prefix,
    Set<String> scopes,
    String note,
    String createdBy,
    boolean isDisabled,
    boolean isConfigured,
    @Nullable Instant createdAt,
    @Nullable Instant expiresAt,
    @Nullable Rotation rotation) {

  public ApiKey {
    scopes = Set.copyOf(scopes);
  }

  /**
   * A change of the secret.
   *
   * @param previous hash of the secret before
   * @param until when the secret before stops to open
   */
  public record Rotation(Instant at, SecretHash previous, Instant until) {}

  /** What the bearer of a secret finds. */
  enum State {
    ACTIVE,
    DISABLED,
    EXPIRED
  }

  State state(Instant now) {
    if (isDisabled) {
      return State.DISABLED;
    }
    return expiresAt == null || now.isBefore(expiresAt) ? State.ACTIVE : State.EXPIRED;
  }

  public boolean isActive(Instant now) {
    return state(now) == State.ACTIVE;
  }

  boolean isActiveAdmin(Instant now) {
    return isActive(now) && Scopes.areAdmin(scopes);
  }

  /** What the key is for the bearer of this secret, which is its present or its previous one. */
  State state(SecretHash shown, Instant now) {
    if (rotation != null && !shown.equals(hash) && !now.isBefore(rotation.until)) {
      return State.EXPIRED;
    }
    return state(now);
  }

  ApiKey with(SecretHash newHash, String newPrefix, Rotation newRotation) {
    return new ApiKey(
        keyId,
        tenant,
        newHash,
        newPrefix,
        scopes,
        note,
        createdBy,
        isDisabled,
        isConfigured,
        createdAt,
        expiresAt,
        newRotation);
  }

  /** The key with what its owner may choose. */
  public ApiKey with(
      Set<String> newScopes, String newNote, boolean disabled, @Nullable Instant newExpiry) {
    return new ApiKey(
        keyId,
        tenant,
        hash,
        prefix,
        newScopes,
        newNote,
        createdBy,
        disabled,
        isConfigured,
        createdAt,
        newExpiry,
        rotation);
  }

  /** All that may be told of it, by the names of the API: no secret, and no hash. */
  public Map<String, @Nullable Object> facts(Instant now) {
    var overlap = rotation != null && now.isBefore(rotation.until) ? rotation.until : null;
    return Json.object(
        "key_id",
        keyId,
        "tenant_id",
        tenant,
        "prefix",
        prefix,
        "scopes",
        scopes.stream().sorted().toList(),
        "note",
        note,
        "created_by",
        createdBy,
        "created_at",
        text(createdAt),
        "expires_at",
        text(expiresAt),
        "rotated_at",
        rotation == null ? null : rotation.at.toString(),
        "previous_valid_until",
        text(overlap),
        "disabled",
        isDisabled,
        "is_active",
        isActive(now),
        "origin",
        isConfigured ? "configuration" : "database");
  }

  private static @Nullable String text(@Nullable Instant instant) {
    return instant == null ? null : instant.toString();
  }
}
