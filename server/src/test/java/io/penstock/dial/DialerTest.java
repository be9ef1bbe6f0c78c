package io.penstock.dial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.prefix.Prefix;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DialerTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private static Dialer dialer(Resolver resolver, IntPredicate ownPorts) {
    return new Dialer(DialPolicy.DEFAULT, resolver, ownPorts, "penstock/test");
  }

  private static Dialer dialer(Resolver resolver) {
    return dialer(resolver, _ -> false);
  }

  private static Resolver names(Map<String, String> addresses) {
    return name -> {
      var address = addresses.get(name);
      if (address == null) {
        throw new UnknownHostException(name);
      }
      return new InetAddress[] {InetAddress.ofLiteral(address)};
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "169.254.169.254",
        "169.254.169.254.",
        "[::ffff:169.254.169.254]",
        "::ffff:a9fe:a9fe",
        "::FFFF:A9FE:A9FE",
        "64:FF9B::A9FE:A9FE",
        "2002:a9fe:a9fe::",
        "FE80::1",
        "0.0.0.0",
        "::",
        "[::]",
        "224.0.0.251",
        "255.255.255.255",
        "metadata.test",
        "metadata.test."
      })
  void whatMayNotBeConnectedToIsRefused(String host) {
    try (var dialer = dialer(names(Map.of("metadata.test", "169.254.169.254")))) {
      assertThatThrownBy(() -> dialer.addresses(host))
          .isInstanceOf(ForbiddenAddressException.class)
          .hasMessageContaining("may not be connected to");
      assertThatThrownBy(() -> dialer.connect(host, 80, TIMEOUT))
          .isInstanceOf(ForbiddenAddressException.class);
    }
  }

  @Test
  void aZoneHidesNothing() {
    try (var dialer = dialer(names(Map.of()))) {
      assertThatThrownBy(() -> dialer.addresses("fe80::1%1"))
          .isInstanceOf(ForbiddenAddressException.class)
          .hasMessageContaining("link-local");
      assertThatThrownBy(() -> dialer.addresses("fe80::1%nosuchinterface"))
          .isInstanceOf(UnknownHostException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2852039166",
        "0xa9fea9fe",
        "0xA9FEA9FE",
        "0xa9.0xfe.0xa9.0xfe",
        "0251.0376.0251.0376",
        "0251.254.169.254",
        "169.254.43518",
        "169.16689662",
        "0x",
        "1.2.3.4.5",
        "256.1.1.1",
        "2130706433.",
        "127.1",
        "localhost.1",
        "::ffff:0x7f.1",
        "1::2::3",
        "",
        "."
      })
  void anAddressInAnUnusualFormIsNoAddressAndNoName(String host) {
    var asked = new AtomicInteger();
    Resolver resolver =
        _ -> {
          asked.incrementAndGet();
          return new InetAddress[] {InetAddress.getLoopbackAddress()};
        };
    try (var dialer = dialer(resolver)) {
      assertThatThrownBy(() -> dialer.addresses(host)).isInstanceOf(UnknownHostException.class);
      assertThat(asked).hasValue(0);
    }
  }

  @Test
  void ofSeveralAddressesTheForbiddenOnesAreLeftOut() throws IOException {
    Resolver resolver =
        _ ->
            new InetAddress[] {
              InetAddress.ofLiteral("169.254.169.254"), InetAddress.ofLiteral("192.0.2.7")
            };
    try (var dialer = dialer(resolver)) {
      assertThat(dialer.addresses("half.test")).containsExactly(InetAddress.ofLiteral("192.0.2.7"));
    }
  }

  @Test
  void aNameThatChangesItsMindGainsNothing() throws IOException {
    var asked = new AtomicInteger();
    Resolver rebinding =
        _ ->
            new InetAddress[] {
              InetAddress.ofLiteral(asked.getAndIncrement() == 0 ? "127.0.0.1" : "169.254.169.254")
            };
    try (var server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        var dialer = dialer(rebinding);
        var socket = dialer.connect("rebinding.test", server.getLocalPort(), TIMEOUT)) {
      assertThat(socket.getInetAddress()).isEqualTo(InetAddress.ofLiteral("127.0.0.1"));
      assertThat(asked).hasValue(1);
      assertThatThrownBy(() -> dialer.connect("rebinding.test", server.getLocalPort(), TIMEOUT))
          .isInstanceOf(ForbiddenAddressException.class)
          .hasMessage(
              "rebinding.test is 169.254.169.254, which may not be connected to:"
                  + " a cloud's metadata address");
    }
  }

  @Test
  void aSocketRefusesByItself() throws IOException {
    try (var dialer = dialer(Resolver.SYSTEM, port -> port == 8080);
        var socket = dialer.socket()) {
      var metadata = new InetSocketAddress(InetAddress.ofLiteral("169.254.169.254"), 80);
      var own = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 8080);

      assertThatThrownBy(() -> socket.connect(metadata, 100))
          .isInstanceOf(ForbiddenAddressException.class);
      assertThatThrownBy(() -> socket.connect(metadata))
          .isInstanceOf(ForbiddenAddressException.class);
      assertThatThrownBy(() -> socket.connect(own, 100))
          .isInstanceOf(ForbiddenAddressException.class);
    }
  }

  @Test
  void theServersOwnPortIsRefusedOnEveryAddressOfTheMachine() throws IOException {
    try (var own = new ServerSocket(0);
        var dialer =
            new Dialer(
                new DialPolicy(List.of(Prefix.parse("0.0.0.0/0").orElseThrow()), List.of()),
                Resolver.SYSTEM,
                port -> port == own.getLocalPort(),
                "penstock/test")) {
      int port = own.getLocalPort();
      for (var network : NetworkInterface.networkInterfaces().toList()) {
        for (var address : Collections.list(network.getInetAddresses())) {
          if (address.isLinkLocalAddress()) {
            continue;
          }
          assertThatThrownBy(() -> dialer.addresses(address.getHostAddress(), port))
              .isInstanceOf(ForbiddenAddressException.class)
              .hasMessageContaining("this server's own");
        }
      }
      assertThatThrownBy(() -> dialer.connect("127.9.9.9", port, TIMEOUT))
          .isInstanceOf(ForbiddenAddressException.class);
      assertThatThrownBy(() -> dialer.connect("0.0.0.0", port, TIMEOUT))
          .isInstanceOf(ForbiddenAddressException.class);
      assertThat(dialer.addresses("127.0.0.1", port + 1)).hasSize(1);
      assertThat(dialer.addresses("192.0.2.1", port)).hasSize(1);
    }
  }

  @Test
  void theNextAddressIsTriedWhenOneDoesNotAnswer() throws IOException {
    try (var server = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"))) {
      Resolver resolver =
          _ ->
              new InetAddress[] {
                InetAddress.ofLiteral("127.0.0.2"), InetAddress.ofLiteral("127.0.0.1")
              };
      try (var dialer = dialer(resolver);
          var socket = dialer.connect("two.test", server.getLocalPort(), TIMEOUT)) {
        assertThat(socket.getInetAddress()).isEqualTo(InetAddress.ofLiteral("127.0.0.1"));
      }
    }
  }
}
