package io.penstock.dial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.config.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentityTest {

  @TempDir private Path folder;

  private Authority authority;
  private Authority.Issued issued;

  @BeforeEach
  void issue() throws GeneralSecurityException {
    authority = new Authority("who certifies clients");
    issued = authority.issue("penstock.test");
  }

  private Path file(byte[] octets) throws IOException {
    var file = folder.resolve("identity");
    Files.write(file, octets);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file;
  }

  private Path file(String... parts) throws IOException {
    return file(String.join("\n", parts).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
  }

  private byte[] pkcs12(String password) throws IOException, GeneralSecurityException {
    var chain =
        Stream.of(issued.certificate(), authority.certificate())
            .map(IdentityTest::certificate)
            .toArray(Certificate[]::new);
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry("own", issued.keys().getPrivate(), password.toCharArray(), chain);
    var out = new java.io.ByteArrayOutputStream();
    store.store(out, password.toCharArray());
    return out.toByteArray();
  }

  private static Certificate certificate(byte[] der) {
    try {
      return Pem.certificates(new java.io.ByteArrayInputStream(der)).getFirst();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void keyAndChainStandInAnyOrder() throws Exception {
    var certificates = issued.certificatePem() + authority.certificatePem();

    var behind = Identity.read(file(certificates, issued.keyPem()), null);
    var before = Identity.read(file("a comment", issued.keyPem(), certificates), null);

    assertThat(behind).hasToString("CN=penstock.test");
    assertThat(before.certificate()).isEqualTo(behind.certificate());
  }

  @Test
  void aKeyStoreOpensWithItsPassword() throws Exception {
    var file = file(pkcs12("secret word"));

    assertThat(Identity.read(file, new Secret("secret word"))).hasToString("CN=penstock.test");
    refused(file, new Secret("another"), "password");
    refused(file, null, "password");
  }

  @Test
  void whatCannotBeUsedSaysWhy() throws Exception {
    var other = authority.issue("other.test");

    refused(file(issued.certificatePem()), null, "no private key");
    refused(file(issued.keyPem()), null, "no certificate");
    refused(file(issued.certificatePem(), other.keyPem()), null, "does not belong");
    refused(file("nothing"), null, "no certificate");
    refused(file(new byte[300 << 10]), null, "larger than");
    refused(folder.resolve("absent"), null, "there is no file");
  }

  @Test
  void aFileThatOthersMayReadIsRefused() throws Exception {
    var file = file(issued.certificatePem(), issued.keyPem());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));

    refused(file, null, "chmod 600");
  }

  private static void refused(Path file, @Nullable Secret password, String why) {
    assertThatThrownBy(() -> Identity.read(file, password))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining(why);
  }
}
