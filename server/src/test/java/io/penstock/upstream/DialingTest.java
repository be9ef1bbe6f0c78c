package io.penstock.upstream;

import static io.penstock.upstream.UpstreamsTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.dial.DialPolicy;
import io.penstock.dial.Dialer;
import io.penstock.dial.Resolver;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.prefix.Prefix;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
@ExtendWith(NoLeaks.class)
class DialingTest {

  private static Resolver to(String... addresses) {
    var found = new InetAddress[addresses.length];
    for (int i = 0; i < addresses.length; i++) {
      found[i] = InetAddress.ofLiteral(addresses[i]);
    }
    return _ -> found;
  }

  private static Caller caller(DialPolicy policy, Resolver resolver, IntPredicate ownPorts) {
    var dialer = new Dialer(policy, resolver, ownPorts, "penstock/test");
    return new Caller(UpstreamConfig.DEFAULT, new Open(dialer, dialer));
  }

  private static Caller strict(Resolver resolver) {
    return caller(DialPolicy.DEFAULT.publicOnly(), resolver, _ -> false);
  }

  @Test
  void sealedNothingIsLookedUpOrConnectedTo() throws IOException {
    try (var trap = Origin.plain(Origin::echo);
        var caller = new Caller(UpstreamConfig.DEFAULT, new Sealed())) {
      for (var host : List.of("origin.test", "127.0.0.1", "localhost")) {
        var target = new Target("http", host, trap.port());
        assertFails(Cause.SEALED, () -> caller.ask(target, Caller.H1, "/"));
        assertFails(Cause.SEALED, () -> Caller.await(caller.upstreams.raw(target, caller.loop)));
      }

      assertThat(trap.connections()).isZero();
      assertThat(caller.dialing.lookUps()).isZero();
      assertThat(caller.dialing.connects()).isZero();
      assertThat(caller.dialing.refusals()).isEqualTo(6);
      assertThat(caller.metric("intercept_sealed_refusals")).isEqualTo(6);
      assertThat(caller.metric("intercept_upstream_connections")).isZero();
    }
  }

  @Test
  void sealedNoProxyIsConnectedToEither() throws IOException {
    try (var trap = Origin.plain(Origin::echo)) {
      var proxy = ParentProxy.parse("http://127.0.0.1:" + trap.port());
      var config =
          new UpstreamConfig(
              proxy,
              proxy,
              NoProxy.NONE,
              UpstreamConfig.Trust.DEFAULT,
              List.of(),
              UpstreamConfig.Times.DEFAULT,
              UpstreamConfig.Limits.DEFAULT);
      try (var caller = new Caller(config, new Sealed())) {
        for (var scheme : List.of("http", "https")) {
          assertFails(
              Cause.SEALED,
              () -> caller.ask(new Target(scheme, "origin.test", 80), Caller.H1, "/"));
        }

        assertThat(trap.connections()).isZero();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "127.0.0.1",
        "::ffff:127.0.0.1",
        "::1",
        "10.0.0.1",
        "::ffff:10.0.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "fd00::1",
        "64:ff9b::10.0.0.1",
        "0.0.0.0"
      })
  void aClientReachesNothingThatIsNotPublicByAddressOrByName(String address) throws IOException {
    try (var trap = Origin.plain(Origin::echo);
        var caller = strict(to(address))) {
      for (var host : List.of(address, "innocent.test")) {
        assertFails(
            Cause.UPSTREAM_FORBIDDEN,
            () -> caller.ask(new Target("http", host, trap.port()), Caller.H1, "/"));
      }

      assertThat(caller.dialing.connects()).isZero();
      assertThat(trap.connections()).isZero();
    }
  }

  @Test
  void whatTheOperatorAllowsIsReached() throws IOException {
    var policy =
        new DialPolicy(List.of(Prefix.parse("127.0.0.0/8").orElseThrow()), List.of(), true);
    try (var origin = Origin.plain(Origin::echo);
        var caller = caller(policy, to("10.0.0.1", "127.0.0.1"), _ -> false)) {
      var answer = caller.ask(new Target("http", "mixed.test", origin.port()), Caller.H1, "/");

      assertThat(answer.status()).isEqualTo(200);
      assertThat(caller.dialing.connects()).isEqualTo(1);
    }
  }

  @Test
  void aPortOfOurOwnIsNotConnectedTo() throws IOException {
    try (var own = Origin.plain(Origin::echo);
        var caller = caller(DialPolicy.DEFAULT, Caller.HERE, port -> port == own.port())) {
      assertFails(
          Cause.UPSTREAM_FORBIDDEN,
          () -> caller.ask(new Target("http", "ourselves.test", own.port()), Caller.H1, "/"));

      assertThat(own.connections()).isZero();
    }
  }

  @Test
  void aNameThatChangesItsMindGainsNothing() throws IOException {
    var asked = new AtomicInteger();
    Resolver rebinding =
        _ ->
            new InetAddress[] {
              InetAddress.ofLiteral(asked.getAndIncrement() == 0 ? "127.0.0.1" : "10.0.0.1")
            };
    var policy =
        new DialPolicy(List.of(Prefix.parse("127.0.0.0/8").orElseThrow()), List.of(), true);
    try (var origin =
            Origin.plain(
                talk -> {
                  talk.head();
                  talk.say("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
                });
        var caller = caller(policy, rebinding, _ -> false)) {
      var target = new Target("http", "rebinding.test", origin.port());

      assertThat(caller.ask(target, Caller.H1, "/").link().facts().address())
          .isEqualTo("127.0.0.1:" + origin.port());
      assertThat(asked).hasValue(1);
      assertFails(Cause.UPSTREAM_FORBIDDEN, () -> caller.ask(target, Caller.H1, "/"));
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  @Test
  void aNameWithoutAnAddressIsAFailure() {
    try (var caller =
        strict(
            name -> {
              throw new UnknownHostException(name);
            })) {
      assertFails(
          Cause.UPSTREAM_NAME,
          () -> caller.ask(new Target("http", "nowhere.test", 80), Caller.H1, "/"));
      assertThat(caller.dialing.lookUps()).isEqualTo(1);
      assertThat(caller.dialing.connects()).isZero();
    }
  }

  @Test
  void aLookUpThatTakesTooLongIsAFailure() {
    var released = new CountDownLatch(1);
    Resolver slow =
        _ -> {
          try {
            released.await();
          } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
          }
          return new InetAddress[] {InetAddress.getLoopbackAddress()};
        };
    var dialer = Caller.dialer(slow);
    var config = Caller.config(Caller.times(Duration.ofMillis(100)), UpstreamConfig.Limits.DEFAULT);
    try (var caller = new Caller(config, new Open(dialer, dialer))) {
      assertFails(
          Cause.UPSTREAM_NAME,
          () -> caller.ask(new Target("http", "slow.test", 80), Caller.H1, "/"));
      assertThat(caller.dialing.connects()).isZero();
    } finally {
      released.countDown();
    }
  }

  @Test
  void anAddressThatDoesNotAnswerHoldsUpTheNextOnlyForAMoment() throws IOException {
    var silent = InetAddress.ofLiteral("127.0.0.77");
    try (var origin = Origin.plain(Origin::echo);
        // Its queue is full, and the kernel says nothing to who comes then.
        var full = new ServerSocket(origin.port(), 1, silent);
        var first = new Socket(silent, full.getLocalPort());
        var second = new Socket(silent, full.getLocalPort());
        var caller = caller(DialPolicy.DEFAULT, to("127.0.0.77", "127.0.0.1"), _ -> false)) {
      var answer = caller.ask(new Target("http", "two.test", origin.port()), Caller.H1, "/");

      assertThat(first.isConnected() && second.isConnected()).isTrue();
      assertThat(answer.link().facts().address()).isEqualTo("127.0.0.1:" + origin.port());
      assertThat(answer.link().facts().connectNanos())
          .isBetween(Duration.ofMillis(200).toNanos(), Duration.ofSeconds(5).toNanos());
    }
  }

  @Test
  void whereNoAddressAnswersIsAFailureInTime() throws IOException {
    var silent = InetAddress.ofLiteral("127.0.0.77");
    var dialer = Caller.dialer(to("127.0.0.77"));
    var config = Caller.config(Caller.times(Duration.ofMillis(300)), UpstreamConfig.Limits.DEFAULT);
    try (var full = new ServerSocket(0, 1, silent);
        var first = new Socket(silent, full.getLocalPort());
        var second = new Socket(silent, full.getLocalPort());
        var caller = new Caller(config, new Open(dialer, dialer))) {
      assertThat(first.isConnected() && second.isConnected()).isTrue();
      assertFails(
          Cause.UPSTREAM_CONNECT,
          () -> caller.ask(new Target("http", "silent.test", full.getLocalPort()), Caller.H1, "/"));
    }
  }

  @Test
  void anAddressThatRefusesIsFollowedByTheNext() throws IOException {
    // The first refuses at once: nobody listens on the port of that address of this machine.
    try (var origin = Origin.plain(Origin::echo);
        var caller = caller(DialPolicy.DEFAULT, to("127.0.0.77", "127.0.0.1"), _ -> false)) {
      var answer = caller.ask(new Target("http", "two.test", origin.port()), Caller.H1, "/");

      assertThat(answer.link().facts().address()).isEqualTo("127.0.0.1:" + origin.port());
      assertThat(caller.dialing.connects()).isEqualTo(2);
    }
  }

  @Test
  void aParentMayBeWhereClientsMayNotGo() throws IOException {
    try (var proxy = Origin.plain(Origin::echo)) {
      var parent = ParentProxy.parse("http://proxy.test:" + proxy.port());
      var config =
          new UpstreamConfig(
              parent,
              Optional.empty(),
              NoProxy.NONE,
              UpstreamConfig.Trust.DEFAULT,
              List.of(),
              UpstreamConfig.Times.DEFAULT,
              UpstreamConfig.Limits.DEFAULT);
      var targets =
          new Dialer(DialPolicy.DEFAULT.publicOnly(), Caller.HERE, _ -> false, "penstock/test");
      try (var caller = new Caller(config, new Open(targets, Caller.dialer(Caller.HERE)))) {
        assertThat(caller.ask(new Target("http", "origin.test", 80), Caller.H1, "/").status())
            .isEqualTo(200);
        assertFails(
            Cause.UPSTREAM_FORBIDDEN,
            () -> caller.ask(new Target("https", "origin.test", 443), Caller.H1, "/"));
      }
    }
  }
}
