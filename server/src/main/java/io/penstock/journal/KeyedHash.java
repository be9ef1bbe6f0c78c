package io.penstock.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Stands for a secret without telling it: the same secret has the same hash in one installation, so
 * that what belongs together is found, and another one elsewhere (HMAC-SHA-256, RFC 2104, of which
 * 64 bits are kept). Safe for many threads.
 */
public final class KeyedHash {

  private static final String ALGORITHM = "HmacSHA256";
  private static final int KEY_OCTETS = 32;
  private static final int KEPT_OCTETS = 8;

  private final SecretKeySpec key;

  KeyedHash(byte[] key) {
    this.key = new SecretKeySpec(key, ALGORITHM);
  }

  /** With the key in this file, which is made when it is not there, for its owner alone. */
  public static KeyedHash in(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    try {
      create(file);
    } catch (FileAlreadyExistsException _) {
      // The key of an earlier start.
    }
    var key = Files.readAllBytes(file);
    if (key.length != KEY_OCTETS) {
      throw new IOException(
          "%s is not a key of %d octets: remove it and another one is made"
              .formatted(file, KEY_OCTETS));
    }
    return new KeyedHash(key);
  }

  private static void create(Path file) throws IOException {
    var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    if (Files.exists(file)) {
      return;
    }
    var key = new byte[KEY_OCTETS];
    new SecureRandom().nextBytes(key);
    var written = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(written);
    try (var channel =
        FileChannel.open(
            written, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), owner)) {
      channel.write(ByteBuffer.wrap(key));
      channel.force(true);
    }
    Files.move(written, file);
  }

  /** The key, for others that must not be guessed either; not to be shown. */
  public byte[] key() {
    return key.getEncoded();
  }

  /** Sixteen hexadecimal digits. */
  String of(String secret) {
    try {
      var mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      var hash = mac.doFinal(secret.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, KEPT_OCTETS);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no " + ALGORITHM + " in this JDK", e);
    }
  }
}
