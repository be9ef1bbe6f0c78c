package io.penstock.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.certificate.Authorities.Kind;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientVariablesTest {

  private static final URI PROXY = URI.create("http://127.0.0.1:8081");

  @TempDir private Path data;

  @Test
  void whatAProgramWasToldBeforeStays() {
    var files = new ClientFiles(data);
    var before = Map.of("NODE_OPTIONS", "--no-warnings", "JAVA_TOOL_OPTIONS", "-Xmx1g");

    var variables = ClientVariables.of(files, PROXY, "localhost", before);

    assertThat(variables.get("NODE_OPTIONS")).startsWith("--no-warnings --require ");
    assertThat(variables.get("JAVA_TOOL_OPTIONS")).startsWith("-Xmx1g -Djavax.net.ssl.trustStore=");
  }

  @Test
  void javaIsToldWhatGoesPastTheProxyInItsOwnWords() {
    var options =
        ClientVariables.of(
                new ClientFiles(data), PROXY, "localhost, ::1,.example.org,10.0.0.1", Map.of())
            .get("JAVA_TOOL_OPTIONS");

    assertThat(options)
        .contains("-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=8081")
        .endsWith("-Dhttp.nonProxyHosts=localhost|[::1]|*.example.org|10.0.0.1");
  }

  @Test
  void nodeAndJavaFindFilesBehindASpace() throws Exception {
    Programs.need("node");
    var folder = Files.createDirectory(data.resolve("a \"b"));
    var files = new ClientFiles(folder);
    Files.writeString(files.nodeProxy(), "console.log('loaded')");

    var variables = ClientVariables.of(files, PROXY, "", Map.of());
    var ran = Programs.run(Map.of("NODE_OPTIONS", options(variables)), List.of("node", "-e", "0"));

    assertThat(ran.said()).isEqualTo("loaded\n");
    assertThat(ClientVariables.of(new ClientFiles(Path.of("/a b")), PROXY, "", Map.of()))
        .extractingByKey("JAVA_TOOL_OPTIONS")
        .asString()
        .startsWith("\"-Djavax.net.ssl.trustStore=/a b/trust.p12\" -D");
  }

  private static String options(Map<String, String> variables) {
    return variables.getOrDefault("NODE_OPTIONS", "");
  }

  @Test
  void filesAreTheOwnersAndGoInTheEnd() throws IOException {
    var trust = Trust.in(Authorities.of(Kind.OWN, data));
    var written = new ArrayList<Path>();

    try (var files = ClientFiles.write(trust, Map.of())) {
      written.addAll(List.of(files.roots(), files.bundle(), files.store(), files.nodeProxy()));

      assertThat(written).allSatisfy(file -> assertThat(file).isNotEmptyFile());
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(files.folder())))
          .isEqualTo("rwx------");
    }

    assertThat(written).allSatisfy(file -> assertThat(file.getParent()).doesNotExist());
  }

  @Test
  void whatNodeWasToldToTrustStaysTrusted() throws IOException {
    var trust = Trust.in(Authorities.of(Kind.OWN, data));
    var extra = Files.writeString(data.resolve("extra.pem"), "# the company's");

    try (var files = ClientFiles.write(trust, Map.of("NODE_EXTRA_CA_CERTS", extra.toString()))) {
      assertThat(files.roots()).hasContent("# the company's\n" + trust.pem());
    }
  }
}
