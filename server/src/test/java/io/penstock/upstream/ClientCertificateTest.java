package io.penstock.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.dial.Authority;
import io.penstock.dial.Identity;
import io.penstock.dial.Pem;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.policy.HostPattern;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that want to know who asks. */
@Timeout(30)
@ExtendWith(NoLeaks.class)
class ClientCertificateTest {

  @TempDir private static Path folder;

  private static Authority servers;
  private static Authority clients;

  @BeforeAll
  static void certify() throws GeneralSecurityException {
    servers = new Authority("servers");
    clients = new Authority("clients");
  }

  /** Tells each client the name that it has proved, and serves no other. */
  private static Origin demanding(String version) throws IOException, GeneralSecurityException {
    var issued = servers.issue("origin.test");
    var chain = Pem.certificates(new ByteArrayInputStream(issued.certificate()));
    var context = SSLContext.getInstance("TLS");
    var trusted = Pem.certificates(new ByteArrayInputStream(clients.certificate()));
    context.init(Pem.identity(chain, issued.keys().getPrivate()), Pem.trust(trusted), null);
    var socket =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    socket.setNeedClientAuth(true);
    socket.setEnabledProtocols(new String[] {version});
    return Origin.over(
        socket,
        talk -> {
          while (talk.head() != null) {
            talk.ok(((SSLSocket) talk.socket()).getSession().getPeerPrincipal().getName());
          }
        });
  }

  private static UpstreamConfig.Shown shown(String hosts, String name)
      throws IOException, GeneralSecurityException {
    var issued = clients.issue(name);
    var file = Files.createTempFile(folder, "client", ".pem");
    Files.writeString(file, issued.certificatePem() + issued.keyPem());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return new UpstreamConfig.Shown(
        HostPattern.parse(hosts).orElseThrow(), Identity.read(file, null));
  }

  private static UpstreamConfig showing(UpstreamConfig.Trust trust, UpstreamConfig.Shown... shown) {
    return new UpstreamConfig(
        Optional.empty(),
        Optional.empty(),
        NoProxy.NONE,
        trust,
        List.of(shown),
        UpstreamConfig.Times.DEFAULT,
        UpstreamConfig.Limits.DEFAULT);
  }

  private static UpstreamConfig.Trust trust() {
    return new UpstreamConfig.Trust(servers.certificatePem(), List.of());
  }

  private static Target at(String host, Origin origin) {
    return new Target("https", host, origin.port());
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aServerThatAsksIsShownTheFirstCertificateForItsName(String version) throws Exception {
    try (var origin = demanding(version);
        var caller =
            new Caller(
                showing(
                    trust(),
                    shown("other.test", "not meant"),
                    shown("*.test", "meant"),
                    shown("origin.test", "too late")))) {
      var answer = caller.ask(at("origin.test", origin), Caller.H1, "/");

      assertThat(answer.body()).isEqualTo("CN=meant");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void withoutOneNothingIsSentAndTheAlertIsTold(String version) throws Exception {
    try (var origin = demanding(version);
        var caller = new Caller(showing(trust(), shown("other.test", "not meant")))) {
      assertThatThrownBy(() -> caller.ask(at("origin.test", origin), Caller.H1, "/"))
          .rootCause()
          .isInstanceOfSatisfying(
              UpstreamException.class,
              e -> {
                assertThat(e.reason()).isEqualTo(Cause.UPSTREAM_TLS);
                assertThat(e.detail()).contains("fatal alert");
              });
      assertThat(origin.heads()).isEmpty();
    }
  }

  @Test
  void aServerThatNeedNotProveWhoItIsIsShownOneAsWell() throws Exception {
    var excepted =
        new UpstreamConfig.Trust(null, List.of(HostPattern.parse("*.test").orElseThrow()));
    try (var origin = demanding("TLSv1.3");
        var caller = new Caller(showing(excepted, shown("origin.test", "meant")))) {
      assertThat(caller.ask(at("origin.test", origin), Caller.H1, "/").body())
          .isEqualTo("CN=meant");
    }
  }
}
