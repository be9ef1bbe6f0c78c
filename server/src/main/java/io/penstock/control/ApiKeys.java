package io.penstock.control;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The keys of this server: the configured ones, or else one that is made on the first start, shown
 * once, and kept as a hash. There is no key that everybody knows. Immutable; safe for many threads.
 *
 * <p>The hash is a plain SHA-256: a generated key has 256 random bits, which no dictionary holds,
 * and a look-up per request must stay cheap.
 */
public final class ApiKeys {

  /** The tenant of whoever has no other. */
  public static final String DEFAULT_TENANT = "default";

  private static final String PREFIX = "psk_";

  private record Hashed(byte[] hash, ApiKey key) {}

  private final List<Hashed> keys;

  private ApiKeys(List<Hashed> keys) {
    this.keys = List.copyOf(keys);
  }

  /**
   * The configured admin keys, else the generated one.
   *
   * @param apiKey {@code API_KEY}, null or empty when not set
   * @param seedKeys {@code TELEMETRY_SEED_KEYS}, comma separated, null or empty when not set
   * @param file where the hash of a generated key is kept
   * @param announce is given a freshly generated key, the only time that it can be read
   */
  public static ApiKeys open(
      @Nullable String apiKey, @Nullable String seedKeys, Path file, Consumer<String> announce) {
    var secrets = new ArrayList<String>();
    addSecret(apiKey, secrets);
    if (seedKeys != null) {
      for (var seed : seedKeys.split(",")) {
        addSecret(seed, secrets);
      }
    }
    if (!secrets.isEmpty()) {
      return of(secrets);
    }
    try {
      return new ApiKeys(Files.exists(file) ? load(file) : generate(file, announce));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep the admin key's hash in " + file, e);
    }
  }

  /** Admin keys of the default tenant. */
  public static ApiKeys of(List<String> secrets) {
    return new ApiKeys(secrets.stream().map(secret -> admin(sha256(secret))).toList());
  }

  /** These keys and one more that may do less. */
  public ApiKeys plus(String secret, String tenant, Set<String> scopes) {
    var hash = sha256(secret);
    var all = new ArrayList<>(keys);
    all.add(new Hashed(hash, new ApiKey(keyId(hash), tenant, scopes)));
    return new ApiKeys(all);
  }

  /**
   * The key with this secret. Compares with every key in constant time, so that the time taken says
   * nothing of how close a guess came.
   */
  public Optional<ApiKey> find(String secret) {
    var hash = sha256(secret);
    @Nullable ApiKey found = null;
    for (var candidate : keys) {
      if (MessageDigest.isEqual(candidate.hash, hash)) {
        found = candidate.key;
      }
    }
    return Optional.ofNullable(found);
  }

  private static void addSecret(@Nullable String secret, List<String> secrets) {
    if (secret != null && !secret.isBlank()) {
      secrets.add(secret.strip());
    }
  }

  private static Hashed admin(byte[] hash) {
    return new Hashed(hash, new ApiKey(keyId(hash), DEFAULT_TENANT, Set.of("admin")));
  }

  private static String keyId(byte[] hash) {
    return "key-" + HexFormat.of().formatHex(hash, 0, 4);
  }

  private static List<Hashed> load(Path file) throws IOException {
    var loaded = new ArrayList<Hashed>();
    for (var line : Files.readAllLines(file)) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      try {
        loaded.add(admin(HexFormat.of().parseHex(line.strip())));
      } catch (IllegalArgumentException e) {
        throw new IllegalStateException(
            file + " is damaged: remove it to have a new admin key made", e);
      }
    }
    return loaded;
  }

  private static List<Hashed> generate(Path file, Consumer<String> announce) throws IOException {
    var random = new byte[32];
    new SecureRandom().nextBytes(random);
    String secret = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    var hash = sha256(secret);
    store(file, "# SHA-256 of the admin key\n" + HexFormat.of().formatHex(hash) + "\n");
    announce.accept(secret);
    return List.of(admin(hash));
  }

  /** Whole or not at all, and readable by nobody else from its first moment. */
  private static void store(Path file, String text) throws IOException {
    var folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    var draft = file.resolveSibling(file.getFileName() + ".tmp");
    Files.deleteIfExists(draft);
    boolean posix = draft.getFileSystem().supportedFileAttributeViews().contains("posix");
    if (posix) {
      Files.createFile(
          draft,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    Files.writeString(
        draft, text, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.SYNC);
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
