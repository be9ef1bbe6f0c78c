package io.penstock.certificate;

import io.penstock.certificate.Issuer.Root;
import io.penstock.config.Secret;
import io.penstock.dial.OwnerAlone;
import io.penstock.dial.Pem;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The folder of the installation's own authority: one file with its key and its certificate, so
 * that either both are there or neither, and the certificates alone beside it, for people to copy.
 * Every file appears whole, under its name and with its permissions at once. Processes that start
 * together agree through a lock on one authority.
 */
final class CaFolder {

  private static final String PLAIN = "ca-key.pem";
  private static final String PROTECTED = "ca-key.p12";
  private static final String CERTIFICATE = "ca.pem";
  private static final String PREVIOUS = "previous.pem";
  private static final String NEXT_PLAIN = "next-key.pem";
  private static final String NEXT_PROTECTED = "next-key.p12";
  private static final String UNFINISHED = ".tmp";
  private static final String LOCK = "lock";
  private static final String ALIAS = "ca";

  /** More than a chain of certificates with the largest keys. */
  private static final int FILE_BYTES_MAX = 256 << 10;

  /** Within a process a file lock is held only once. */
  private static final Object HERE = new Object();

  private final Path folder;
  private final @Nullable Secret password;

  CaFolder(Path folder, @Nullable Secret password) {
    this.folder = folder;
    this.password = password;
  }

  /** The file with the key. */
  Path keyFile() {
    return folder.resolve(password == null ? PLAIN : PROTECTED);
  }

  /** The file with the key of the authority that is to be next. */
  private Path nextFile() {
    return folder.resolve(password == null ? NEXT_PLAIN : NEXT_PROTECTED);
  }

  /** The files that matter to a server that runs. */
  List<Path> files() {
    return List.of(keyFile(), nextFile(), folder.resolve(PREVIOUS));
  }

  /** The authority in the folder; empty when there is none. */
  Optional<Root> read() {
    if (Files.notExists(keyFile())) {
      demandNoOther();
      return Optional.empty();
    }
    return read(keyFile());
  }

  /** The authority that is to be next; empty when none was prepared. */
  Optional<Root> next() {
    return Files.notExists(nextFile()) ? Optional.empty() : read(nextFile());
  }

  private Optional<Root> read(Path file) {
    demandPrivate(folder);
    demandPrivate(file);
    try {
      return Optional.of(password == null ? plain(file) : opened(file, password));
    } catch (NoSuchFileException _) {
      return Optional.empty();
    } catch (IOException | GeneralSecurityException e) {
      throw new CaException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** The authority in the folder, made first when there is none. */
  Root readOrMake(Supplier<Root> maker) {
    var found = read();
    if (found.isPresent() && isPublished(found.get())) {
      return found.get();
    }
    return locked(
        () -> {
          var root = read().orElseGet(() -> write(keyFile(), maker.get()));
          publish(root);
          return root;
        });
  }

  /** Keeps another authority beside the one that is there; the one that is kept already, if any. */
  Root prepare(Supplier<Root> maker) {
    return locked(() -> next().orElseGet(() -> write(nextFile(), maker.get())));
  }

  /**
   * Puts the one that was prepared, or else another one, in the place of the authority that is
   * there, whose certificate is kept.
   */
  Root replace(Supplier<Root> maker) {
    return locked(
        () -> {
          var current = current();
          // Who was killed behind the last step but one left what is in use as the next.
          var next = next().filter(root -> !current.equals(Optional.of(root.certificate())));
          current.ifPresent(old -> put(PREVIOUS, PemText.of(old)));
          var root = write(keyFile(), next.orElseGet(maker));
          publish(root);
          delete(folder.resolve(NEXT_PLAIN));
          delete(folder.resolve(NEXT_PROTECTED));
          // The other form of an earlier key: nobody may sign with it any more.
          delete(folder.resolve(password == null ? PROTECTED : PLAIN));
          return root;
        });
  }

  /** The certificate of the authority before this one; empty when there was none. */
  Optional<X509Certificate> previous() {
    return certificate(PREVIOUS);
  }

  /** Forgets the one before; false when there was none. */
  boolean forgetPrevious() {
    return delete(folder.resolve(PREVIOUS));
  }

  /** Read without its key, which may be under a password that nobody knows any more. */
  private Optional<X509Certificate> current() {
    return certificate(CERTIFICATE);
  }

  private Optional<X509Certificate> certificate(String name) {
    var file = folder.resolve(name);
    try {
      return Optional.of(Pem.certificates(new ByteArrayInputStream(octets(file))).getFirst());
    } catch (NoSuchFileException _) {
      return Optional.empty();
    } catch (IOException | GeneralSecurityException e) {
      throw new CaException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private void demandNoOther() {
    var other = folder.resolve(password == null ? PROTECTED : PLAIN);
    if (Files.exists(other)) {
      throw new CaException(
          password == null
              ? "the authority's key " + other + " has a password: set CA_PASSWORD"
              : "the authority's key "
                  + other
                  + " has no password: unset CA_PASSWORD, or make another authority with it"
                  + " (penstock ca rotate)");
    }
  }

  /**
   * @throws CaException when somebody else may read it, or put another in its place
   */
  static void demandPrivate(Path path) {
    try {
      OwnerAlone.problem(path)
          .ifPresent(
              problem -> {
                throw new CaException(problem);
              });
    } catch (IOException e) {
      throw new CaException("cannot read the permissions of " + path + ": " + e.getMessage(), e);
    }
  }

  private static Root plain(Path file) throws IOException, GeneralSecurityException {
    var text = new String(octets(file), StandardCharsets.ISO_8859_1);
    // Behind the key: the reader of certificates wants nothing else in front.
    int begin = Math.max(0, text.indexOf("-----BEGIN CERTIFICATE-----"));
    var certificates = text.substring(begin).getBytes(StandardCharsets.ISO_8859_1);
    var certificate = Pem.certificates(new ByteArrayInputStream(certificates)).getFirst();
    return new Root(certificate, Pem.key(text, certificate));
  }

  private static Root opened(Path file, Secret password)
      throws IOException, GeneralSecurityException {
    var store = KeyStore.getInstance("PKCS12");
    try {
      store.load(new ByteArrayInputStream(octets(file)), password.value().toCharArray());
    } catch (NoSuchFileException e) {
      throw e;
    } catch (IOException e) {
      throw new CaException(file + " does not open: is CA_PASSWORD another one?", e);
    }
    if (store.getKey(ALIAS, password.value().toCharArray()) instanceof PrivateKey key
        && store.getCertificate(ALIAS) instanceof X509Certificate certificate) {
      return new Root(certificate, key);
    }
    throw new CaException("there is no authority in " + file);
  }

  static byte[] octets(Path file) throws IOException {
    if (Files.size(file) > FILE_BYTES_MAX) {
      throw new IOException("larger than any certificate");
    }
    return Files.readAllBytes(file);
  }

  private Root write(Path file, Root root) {
    try {
      put(file, password == null ? plain(root) : sealed(root, password));
    } catch (IOException | GeneralSecurityException e) {
      throw new CaException("cannot write " + file + ": " + e.getMessage(), e);
    }
    return root;
  }

  private static byte[] plain(Root root) {
    var text = PemText.of(root.key()) + PemText.of(root.certificate());
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] sealed(Root root, Secret password)
      throws IOException, GeneralSecurityException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    var word = password.value().toCharArray();
    store.setKeyEntry(ALIAS, root.key(), word, new X509Certificate[] {root.certificate()});
    var octets = new ByteArrayOutputStream();
    store.store(octets, word);
    return octets.toByteArray();
  }

  /** Puts the certificate beside the key, unless it is there. */
  private void publish(Root root) {
    if (!isPublished(root)) {
      put(CERTIFICATE, PemText.of(root.certificate()));
    }
  }

  private boolean isPublished(Root root) {
    return current().map(root.certificate()::equals).orElse(false);
  }

  private void put(String name, String text) {
    try {
      put(folder.resolve(name), text.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new CaException("cannot write " + folder.resolve(name) + ": " + e.getMessage(), e);
    }
  }

  private void put(Path file, byte[] octets) throws IOException {
    var unfinished = Files.createTempFile(folder, "ca", UNFINISHED, owners(folder, "rw-------"));
    try {
      try (var channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
        var rest = ByteBuffer.wrap(octets);
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
        channel.force(true);
      }
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private boolean delete(Path file) {
    try {
      return Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new CaException("cannot remove " + file + ": " + e.getMessage(), e);
    }
  }

  private <T> T locked(Supplier<T> work) {
    makeFolder();
    synchronized (HERE) {
      try (var channel =
              FileChannel.open(
                  folder.resolve(LOCK),
                  Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                  owners(folder, "rw-------"));
          var _ = channel.lock()) {
        sweep();
        return work.get();
      } catch (IOException e) {
        throw new CaException("cannot lock " + folder + ": " + e.getMessage(), e);
      }
    }
  }

  /** Removes what a process left that was killed as it wrote: half a file can be a whole key. */
  private void sweep() throws IOException {
    try (var left = Files.newDirectoryStream(folder, "ca*" + UNFINISHED)) {
      for (var file : left) {
        Files.deleteIfExists(file);
      }
    }
  }

  private void makeFolder() {
    try {
      if (!Files.isDirectory(folder)) {
        var parent = folder.toAbsolutePath().getParent();
        if (parent != null) {
          Files.createDirectories(parent);
        }
        createOrFind();
      }
    } catch (IOException e) {
      throw new CaException("cannot make the folder " + folder + ": " + e.getMessage(), e);
    }
    demandPrivate(folder);
  }

  private void createOrFind() throws IOException {
    try {
      Files.createDirectory(folder, owners(folder.toAbsolutePath(), "rwx------"));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
        throw e;
      }
    }
  }

  private static FileAttribute<?>[] owners(Path path, String permissions) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }
}
