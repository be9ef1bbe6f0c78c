package io.penstock.control;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that open the API: those of the configuration and the table's. A key is found by the
 * SHA-256 of its secret in a map that is always at hand, so that a request waits for no database
 * and a guess learns nothing from the time it took. There is no key that everybody knows.
 *
 * <p>Safe for many threads.
 */
public final class Keys implements AutoCloseable {

  /** How long a secret still opens after it was rotated, when nobody said. */
  public static final Duration OVERLAP = Duration.ofDays(1);

  /** The longest time that a secret may still open after it was rotated. */
  public static final Duration OVERLAP_MAX = Duration.ofDays(30);

  private static final Logger LOG = LoggerFactory.getLogger(Keys.class);
  private static final Duration USES_WRITTEN_EVERY = Duration.ofSeconds(30);

  /** No secret is longer; what is longer is not worth hashing. */
  private static final int SECRET_LENGTH_MAX = 512;

  private static final int ID_OCTETS = 8;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Snapshot<KeyRing> table;
  private final KeyRing configured;
  private final boolean hasConfiguredAdmin;
  private final KeyUses uses;
  private final InstantSource clock;
  private final Counter refusals;
  private final ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("key-uses").factory());

  public Keys(
      Database database, KeyConfig config, InstantSource clock, PrometheusRegistry registry) {
    this.table = new Snapshot<>(database, "api_keys", Keys::load);
    this.configured = KeyRing.of(config.keys());
    this.hasConfiguredAdmin = config.hasAdmin();
    this.uses = new KeyUses(database);
    this.clock = clock;
    this.refusals =
        Counter.builder()
            .name("telemetry_keys_refused_total")
            .help("Keys that were shown and opened nothing, by why.")
            .labelNames("reason")
            .register(registry);
  }

  /**
   * What somebody chooses of a new key.
   *
   * @param createdBy the key or the program that makes it
   * @param expiresAt null for never
   */
  public record Draft(
      String tenant,
      Set<String> scopes,
      String note,
      String createdBy,
      @Nullable Instant expiresAt) {}

  /** Gives a key as it shall be; null when it shall be gone. */
  @FunctionalInterface
  private interface Edit {
    @Nullable ApiKey of(ApiKey key);
  }

  /** Begins to write down when keys were used. */
  public void start() {
    var _ =
        executor.scheduleWithFixedDelay(
            this::writeUses,
            USES_WRITTEN_EVERY.toMillis(),
            USES_WRITTEN_EVERY.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  public Snapshot<KeyRing> snapshot() {
    return table;
  }

  /** The key that this secret opens with now. */
  public Optional<ApiKey> authenticate(String secret) {
    if (secret.length() > SECRET_LENGTH_MAX) {
      return refused("unknown");
    }
    var hash = SecretHash.of(secret);
    var key = configured.find(hash);
    if (key == null) {
      key = table.current().find(hash);
    }
    if (key == null) {
      return refused("unknown");
    }
    var now = clock.instant();
    var state = key.state(hash, now);
    if (state != ApiKey.State.ACTIVE) {
      return refused(state.name().toLowerCase(Locale.ROOT));
    }
    uses.note(key.keyId(), now.toEpochMilli());
    return Optional.of(key);
  }

  private Optional<ApiKey> refused(String reason) {
    refusals.labelValues(reason).inc();
    return Optional.empty();
  }

  public Optional<ApiKey> find(String keyId) {
    return configured.find(keyId).or(() -> table.current().find(keyId));
  }

  /** All keys, in the order of their names. */
  public List<ApiKey> list() {
    return Stream.concat(
            configured.byId().values().stream(), table.current().byId().values().stream())
        .sorted(Comparator.comparing(ApiKey::keyId))
        .toList();
  }

  /** When each key opened last; asks the database. */
  public Map<String, Instant> lastUses() {
    return uses.latest();
  }

  /** Adds a key with this secret; empty when there is no such tenant. */
  public Optional<ApiKey> add(Secret secret, Draft draft) {
    return table.change(
        handle ->
            hasTenant(handle, draft.tenant) ? inserted(handle, secret, draft) : Optional.empty(),
        (before, added) -> added.map(before::with).orElse(before));
  }

  /**
   * Changes what may be chosen of a key.
   *
   * @param edit gives the key as it shall be
   */
  public KeyChange change(String keyId, UnaryOperator<ApiKey> edit) {
    return changed(keyId, edit::apply);
  }

  /**
   * Gives a key another secret.
   *
   * @param overlap how long the present one opens, too; the one before it stops at once
   */
  public KeyChange rotate(String keyId, Secret secret, Duration overlap) {
    var now = now();
    return changed(
        keyId,
        key ->
            key.with(
                secret.hash(),
                secret.prefix(),
                new ApiKey.Rotation(now, key.hash(), now.plus(overlap))));
  }

  /** Removes a key; it opens nothing any more. */
  public KeyChange remove(String keyId) {
    return changed(keyId, _ -> null);
  }

  /**
   * Makes an admin key when nobody could administer the server, as on the first start.
   *
   * @return its secret, the only time that it can be read
   */
  public Optional<Secret> firstAdmin() {
    if (hasConfiguredAdmin || hasAdminBeside("", table.current().byId().values().stream())) {
      return Optional.empty();
    }
    var secret = Secret.random();
    var draft =
        new Draft(Tenant.DEFAULT, Set.of(Scopes.ADMIN), "made on the first start", "server", null);
    // Asked again in the transaction: of two servers that start at once, one makes the key.
    return table
        .change(
            handle ->
                hasAdminBeside("", all(handle).stream())
                    ? Optional.<ApiKey>empty()
                    : inserted(handle, secret, draft),
            (before, added) -> added.map(before::with).orElse(before))
        .map(_ -> secret);
  }

  /**
   * Takes over the file in which a first key was kept before there was a table, and removes it. The
   * key is disabled where admin keys are configured, as it opened nothing there before.
   *
   * @throws IllegalStateException when the file is damaged, with a line for the operator
   */
  public void importFile(Path file) {
    var hashes = KeyFile.read(file);
    if (!hashes.isEmpty()) {
      var _ = table.change(handle -> imported(handle, hashes), Keys::withAll);
    }
    KeyFile.delete(file);
  }

  private List<ApiKey> imported(Handle handle, List<SecretHash> hashes) {
    return hashes.stream()
        .map(
            hash ->
                key(
                    hash,
                    "",
                    new Draft(Tenant.DEFAULT, Set.of(Scopes.ADMIN), "", "keys file", null)))
        .map(key -> key.with(key.scopes(), key.note(), hasConfiguredAdmin, null))
        .filter(key -> insert(handle, key))
        .toList();
  }

  private static KeyRing withAll(KeyRing before, List<ApiKey> keys) {
    var after = before;
    for (var key : keys) {
      after = after.with(key);
    }
    return after;
  }

  private KeyChange changed(String keyId, Edit edit) {
    if (configured.find(keyId).isPresent()) {
      return new KeyChange.Refused(KeyChange.Reason.CONFIGURED);
    }
    return table.change(
        handle -> changed(handle, keyId, edit),
        (before, change) ->
            switch (change) {
              case KeyChange.Done(var _, ApiKey after) when after != null -> before.with(after);
              case KeyChange.Done _ -> before.without(keyId);
              case KeyChange.Refused _ -> before;
            });
  }

  private KeyChange changed(Handle handle, String keyId, Edit edit) {
    var row =
        handle
            .createQuery("SELECT * FROM api_keys WHERE key_id = :id")
            .bind("id", keyId)
            .map((columns, _) -> key(columns))
            .findOne()
            .flatMap(key -> key);
    if (row.isEmpty()) {
      return new KeyChange.Refused(KeyChange.Reason.UNKNOWN);
    }
    var before = row.get();
    var after = edit.of(before);
    var now = now();
    if (before.isActiveAdmin(now)
        && (after == null || !after.isActiveAdmin(now))
        && !hasConfiguredAdmin
        && !hasAdminBeside(keyId, all(handle).stream())) {
      return new KeyChange.Refused(KeyChange.Reason.LAST_ADMIN);
    }
    if (after == null) {
      handle.execute("DELETE FROM api_keys WHERE key_id = ?", keyId);
    } else {
      update(handle, after);
    }
    return new KeyChange.Done(before, after);
  }

  private boolean hasAdminBeside(String keyId, Stream<ApiKey> keys) {
    var now = now();
    return keys.anyMatch(key -> key.isActiveAdmin(now) && !key.keyId().equals(keyId));
  }

  private static boolean hasTenant(Handle handle, String tenant) {
    return handle
        .select("SELECT tenant_id FROM tenants WHERE tenant_id = ?", tenant)
        .mapTo(String.class)
        .findOne()
        .isPresent();
  }

  private Optional<ApiKey> inserted(Handle handle, Secret secret, Draft draft) {
    return Optional.of(key(secret.hash(), secret.prefix(), draft))
        .filter(key -> insert(handle, key));
  }

  private ApiKey key(SecretHash hash, String prefix, Draft draft) {
    return new ApiKey(
        id(),
        draft.tenant,
        hash,
        prefix,
        draft.scopes,
        draft.note,
        draft.createdBy,
        false,
        false,
        now(),
        draft.expiresAt == null ? null : draft.expiresAt.truncatedTo(ChronoUnit.MILLIS),
        null);
  }

  /** Random, for it is shown in logs and addresses and shall say nothing of the secret. */
  private static String id() {
    var octets = new byte[ID_OCTETS];
    RANDOM.nextBytes(octets);
    return "key-" + HexFormat.of().formatHex(octets);
  }

  private static boolean insert(Handle handle, ApiKey key) {
    return handle
            .createUpdate(
                """
                INSERT INTO api_keys (key_id, tenant_id, hash, prefix, scopes, note, created_by,
                  disabled, created_at, expires_at)
                VALUES (:id, :tenant, :hash, :prefix, :scopes, :note, :createdBy,
                  :disabled, :created, :expires)
                ON CONFLICT (hash) DO NOTHING
                """)
            .bindMap(columns(key))
            .bind("tenant", key.tenant())
            .bind("createdBy", key.createdBy())
            .bind("created", epochMillis(key.createdAt()))
            .execute()
        == 1;
  }

  private static void update(Handle handle, ApiKey key) {
    var rotation = key.rotation();
    handle
        .createUpdate(
            """
            UPDATE api_keys SET hash = :hash, prefix = :prefix, scopes = :scopes, note = :note,
              disabled = :disabled, expires_at = :expires, rotated_at = :rotated,
              previous_hash = :previous, previous_until = :until
            WHERE key_id = :id
            """)
        .bindMap(columns(key))
        .bind("rotated", rotation == null ? null : rotation.at().toEpochMilli())
        .bind("previous", rotation == null ? null : rotation.previous().hex())
        .bind("until", rotation == null ? null : rotation.until().toEpochMilli())
        .execute();
  }

  private static Map<String, @Nullable Object> columns(ApiKey key) {
    var columns = new LinkedHashMap<String, @Nullable Object>();
    columns.put("id", key.keyId());
    columns.put("hash", key.hash().hex());
    columns.put("prefix", key.prefix());
    columns.put("scopes", Scopes.column(key.scopes()));
    columns.put("note", key.note());
    columns.put("disabled", key.isDisabled());
    columns.put("expires", epochMillis(key.expiresAt()));
    return columns;
  }

  private static KeyRing load(Handle handle) {
    return KeyRing.of(all(handle));
  }

  private static List<ApiKey> all(Handle handle) {
    return handle.createQuery("SELECT * FROM api_keys").map((row, _) -> key(row)).stream()
        .flatMap(Optional::stream)
        .toList();
  }

  /** The key in a row; empty when what stands there as its hash is none. */
  private static Optional<ApiKey> key(ResultSet row) throws SQLException {
    var hash = SecretHash.parse(row.getString("hash"));
    var rotation = rotation(row);
    var createdAt = instant(row, "created_at");
    var expiresAt = instant(row, "expires_at");
    if (hash.isEmpty()) {
      LOG.atWarn()
          .addKeyValue("key_id", row.getString("key_id"))
          .log("key left out: its hash is not a SHA-256");
      return Optional.empty();
    }
    return Optional.of(
        new ApiKey(
            row.getString("key_id"),
            row.getString("tenant_id"),
            hash.get(),
            row.getString("prefix"),
            Scopes.parse(row.getString("scopes")),
            row.getString("note"),
            row.getString("created_by"),
            row.getBoolean("disabled"),
            false,
            createdAt,
            expiresAt,
            rotation));
  }

  private static ApiKey.@Nullable Rotation rotation(ResultSet row) throws SQLException {
    var at = instant(row, "rotated_at");
    var until = instant(row, "previous_until");
    var previous = SecretHash.parse(row.getString("previous_hash"));
    return at == null || until == null || previous.isEmpty()
        ? null
        : new ApiKey.Rotation(at, previous.get(), until);
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    long millis = row.getLong(column);
    return row.wasNull() ? null : Instant.ofEpochMilli(millis);
  }

  /** As exact as the table keeps it. */
  private Instant now() {
    return Instant.ofEpochMilli(clock.millis());
  }

  private static @Nullable Long epochMillis(@Nullable Instant instant) {
    return instant == null ? null : instant.toEpochMilli();
  }

  private void writeUses() {
    try {
      uses.write(table.current().byId()::containsKey, keyId -> find(keyId).isPresent());
    } catch (RuntimeException e) {
      // Kept in memory and tried again.
      LOG.atWarn().setCause(e).log("last uses of keys not written");
    }
  }

  /** Writes what is known of the keys' uses. */
  @Override
  public void close() {
    executor.shutdown();
    writeUses();
  }
}
