package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.config.Environment;
import io.penstock.dial.Authority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InterceptionConfigTest {

  @TempDir private Path folder;

  private Path client(String name) throws IOException, GeneralSecurityException {
    var issued = new Authority("clients").issue(name);
    var file = folder.resolve(name + ".pem");
    Files.writeString(file, issued.certificatePem() + issued.keyPem());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file;
  }

  private static Environment environment(String clientCertificates) {
    return new Environment(Map.of("UPSTREAM_CLIENT_CERTIFICATES", clientCertificates));
  }

  @Test
  void clientCertificatesBelongToHosts() throws Exception {
    var env = environment("api.example=" + client("one") + ", *.corp.example = " + client("two"));

    var shown = InterceptionConfig.from(env, folder).upstream().shown();

    assertThat(env.problems()).isEmpty();
    assertThat(shown)
        .extracting(one -> one.hosts() + " " + one.identity())
        .containsExactly("api.example CN=one", "*.corp.example CN=two");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          api.example              | expected hosts and files
          *=client.pem             | expected hosts and files
          a b=client.pem           | expected hosts and files
          api.example=absent.pem   | api.example: there is no file absent.pem
          """)
  void aClientCertificateThatCannotBeUsedIsAProblem(String text, String problem) {
    var env = environment(text);

    var shown = InterceptionConfig.from(env, folder).upstream().shown();

    assertThat(shown).isEmpty();
    assertThat(env.problems())
        .singleElement()
        .asString()
        .startsWith("UPSTREAM_CLIENT_CERTIFICATES")
        .contains(problem);
  }
}
