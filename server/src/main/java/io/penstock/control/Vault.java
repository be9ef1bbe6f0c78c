package io.penstock.control;

import io.penstock.config.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Seals texts that the database keeps and nobody else may read: AES-256 in Galois/Counter mode with
 * a random nonce for each text (NIST SP 800-38D §8.2.2), bound to the place where the text is kept,
 * so that it opens nowhere else. What is sealed names its key, so that another key is told from
 * damage.
 *
 * <p>The key is the operator's, or a file that is made when the first text is sealed. Safe for many
 * threads.
 */
public final class Vault {

  /** Octets of a key, for AES-256. */
  public static final int KEY_OCTETS = 32;

  private static final String VERSION = "v1";
  private static final String ALGORITHM = "AES/GCM/NoPadding";
  private static final int NONCE_OCTETS = 12;
  private static final int TAG_BITS = 128;
  private static final int KEY_ID_OCTETS = 4;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final @Nullable Path file;
  private @Nullable Key key;

  /**
   * A key that was read.
   *
   * @param id names it without telling anything of it
   */
  private record Key(String id, SecretKeySpec spec) {

    static Key of(byte[] octets) {
      try {
        // Derived, so that the id is not the hash of the key itself.
        var digest = MessageDigest.getInstance("SHA-256");
        digest.update("penstock key id".getBytes(StandardCharsets.US_ASCII));
        var id = Arrays.copyOf(digest.digest(octets), KEY_ID_OCTETS);
        return new Key(HexFormat.of().formatHex(id), new SecretKeySpec(octets, "AES"));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("no SHA-256 in this JDK", e);
      }
    }
  }

  /** A text that was sealed cannot be opened; the message is for the operator. */
  public static final class SealedException extends Exception {
    SealedException(String message) {
      super(message);
    }
  }

  /** There is no key and none can be made; the message is for the operator. */
  public static final class NoKeyException extends IllegalStateException {
    NoKeyException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private Vault(@Nullable Key key, @Nullable Path file) {
    this.key = key;
    this.file = file;
  }

  /**
   * With the operator's key.
   *
   * @param key base64 of {@link #KEY_OCTETS} octets, as {@link #isKey} says
   */
  public static Vault of(Secret key) {
    return new Vault(
        Key.of(parse(key.value()).orElseThrow(() -> new IllegalArgumentException("no key"))), null);
  }

  /** With the key in this file; it is made when something is to be sealed and it is not there. */
  public static Vault in(Path file) {
    return new Vault(null, file);
  }

  /** Whether a text is a key. */
  public static boolean isKey(String text) {
    return parse(text).isPresent();
  }

  private static Optional<byte[]> parse(String text) {
    try {
      var octets = Base64.getDecoder().decode(text.strip());
      return octets.length == KEY_OCTETS ? Optional.of(octets) : Optional.empty();
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /**
   * Seals a text.
   *
   * @param place where it is kept
   * @throws NoKeyException when there is no key and none can be made
   */
  public String seal(String text, String place) {
    var with = keyForSealing();
    var nonce = new byte[NONCE_OCTETS];
    RANDOM.nextBytes(nonce);
    try {
      var cipher = Cipher.getInstance(ALGORITHM);
      cipher.init(Cipher.ENCRYPT_MODE, with.spec, new GCMParameterSpec(TAG_BITS, nonce));
      cipher.updateAAD(place.getBytes(StandardCharsets.UTF_8));
      var sealed = cipher.doFinal(text.getBytes(StandardCharsets.UTF_8));
      var whole = Arrays.copyOf(nonce, nonce.length + sealed.length);
      System.arraycopy(sealed, 0, whole, nonce.length, sealed.length);
      return VERSION + ':' + with.id + ':' + Base64.getEncoder().encodeToString(whole);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot seal with AES-256-GCM", e);
    }
  }

  /** Opens what {@link #seal} sealed for the same place. */
  public String open(String sealed, String place) throws SealedException {
    var parts = sealed.split(":", 3);
    if (parts.length != 3 || !parts[0].equals(VERSION)) {
      throw new SealedException("not sealed by this version");
    }
    var with = keyForOpening();
    if (!parts[1].equals(with.id)) {
      throw new SealedException(
          "sealed with the key %s, and the key here is %s".formatted(parts[1], with.id));
    }
    try {
      var whole = Base64.getDecoder().decode(parts[2]);
      var cipher = Cipher.getInstance(ALGORITHM);
      cipher.init(
          Cipher.DECRYPT_MODE, with.spec, new GCMParameterSpec(TAG_BITS, whole, 0, NONCE_OCTETS));
      cipher.updateAAD(place.getBytes(StandardCharsets.UTF_8));
      var text = cipher.doFinal(whole, NONCE_OCTETS, whole.length - NONCE_OCTETS);
      return new String(text, StandardCharsets.UTF_8);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new SealedException("damaged, or moved from another place");
    }
  }

  private synchronized Key keyForSealing() {
    if (key == null) {
      key = make();
    }
    return key;
  }

  /** A missing file is not made here: a fresh key opens nothing. */
  private synchronized Key keyForOpening() throws SealedException {
    if (key != null) {
      return key;
    }
    try {
      key = read();
      return key;
    } catch (NoSuchFileException _) {
      throw new SealedException("there is no key " + file);
    } catch (IOException e) {
      throw new SealedException("cannot read the key " + file + ": " + e.getMessage());
    }
  }

  private Key read() throws IOException {
    if (file == null) {
      throw new IllegalStateException("a key that is no file is always there");
    }
    var octets = parse(Files.readString(file, StandardCharsets.US_ASCII));
    return Key.of(
        octets.orElseThrow(
            () -> new IOException("not base64 of " + KEY_OCTETS + " octets: restore the file")));
  }

  /** Whole or not at all, and never over one that another process made meanwhile. */
  private Key make() {
    if (file == null) {
      throw new IllegalStateException("a key that is no file is always there");
    }
    try {
      if (Files.notExists(file)) {
        var folder = file.toAbsolutePath().getParent();
        var unfinished = Files.createTempFile(folder, "secret", ".tmp", ownersOnly(file));
        try {
          write(unfinished);
          Files.createLink(file, unfinished);
        } catch (FileAlreadyExistsException _) {
          // Somebody else was quicker, and theirs is as good.
        } finally {
          Files.delete(unfinished);
        }
        force(folder);
      }
      return read();
    } catch (IOException e) {
      throw new NoKeyException("cannot make the key " + file + ": " + e.getMessage(), e);
    } catch (UnsupportedOperationException e) {
      throw new NoKeyException(
          "cannot make the key %s here: set PENSTOCK_SECRET_KEY".formatted(file), e);
    }
  }

  private static FileAttribute<?>[] ownersOnly(Path file) {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  private static void write(Path file) throws IOException {
    var octets = new byte[KEY_OCTETS];
    RANDOM.nextBytes(octets);
    Files.writeString(file, Base64.getEncoder().encodeToString(octets) + '\n');
    force(file);
  }

  private static void force(@Nullable Path path) {
    if (path == null) {
      return;
    }
    try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot force " + path, e);
    }
  }
}
