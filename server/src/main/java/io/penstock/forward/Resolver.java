package io.penstock.forward;

import io.penstock.event.Ip;
import io.penstock.receive.SampledWarning;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the addresses of a destination: looks its name up at the start and from time to time, in a
 * thread of its own, because a resolver may take long. A look-up that fails changes nothing: an
 * address that was good is better than none.
 */
final class Resolver {

  private static final Logger LOG = LoggerFactory.getLogger(Resolver.class);

  private final Destination destination;
  private final Names names;
  private final Rhythm rhythm;
  private final SampledWarning warning;
  private final CountDownLatch firstTried = new CountDownLatch(1);
  private final CountDownLatch stopped = new CountDownLatch(1);
  private volatile Addresses addresses = Addresses.NONE;

  /**
   * How often a name is looked up.
   *
   * @param known while it has addresses
   * @param unknown while it has none
   */
  record Rhythm(Duration known, Duration unknown) {
    static final Rhythm DEFAULT = new Rhythm(Duration.ofMinutes(1), Duration.ofSeconds(5));
  }

  Resolver(Destination destination, Names names, Rhythm rhythm, InstantSource clock) {
    this.destination = destination;
    this.names = names;
    this.rhythm = rhythm;
    this.warning = new SampledWarning(clock);
  }

  /**
   * Starts to look the name up. An address in text form is taken at once and for good.
   *
   * @throws IllegalStateException if that is the server itself
   */
  void start(Self self) {
    if (Ip.parse(destination.host()).isEmpty()) {
      Thread.ofVirtual().name("forward-resolve-" + destination.name()).start(() -> run(self));
      return;
    }
    var literal = List.of(InetAddress.ofLiteral(destination.host()));
    if (self.is(literal.getFirst(), destination.port())) {
      throw new IllegalStateException(
          "FORWARD_TO: %s is this server itself, datagrams would come back for ever"
              .formatted(destination.name()));
    }
    addresses = Addresses.of(literal, Addresses.NONE);
    firstTried.countDown();
  }

  /** What the name has now; the same instance until it changes. */
  Addresses addresses() {
    return addresses;
  }

  /** Waits until the name was looked up once, or the end. */
  void awaitFirst() throws InterruptedException {
    firstTried.await();
  }

  void stop() {
    stopped.countDown();
    firstTried.countDown();
  }

  private void run(Self self) {
    try {
      boolean isStopped = false;
      while (!isStopped) {
        lookUp(self);
        firstTried.countDown();
        var pause = addresses.equals(Addresses.NONE) ? rhythm.unknown() : rhythm.known();
        isStopped = stopped.await(pause.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void lookUp(Self self) {
    try {
      var found = names.addresses(destination.host());
      var others = found.stream().filter(address -> !self.is(address, destination.port())).toList();
      if (others.isEmpty()) {
        warn("it is this server itself");
      }
      use(Addresses.of(others, addresses));
    } catch (UnknownHostException _) {
      warn("its name has no address");
    } catch (RuntimeException e) {
      // A resolver's bug; the next look-up may go well.
      warn(e.toString());
    }
  }

  private void use(Addresses found) {
    if (found.equals(addresses)) {
      return;
    }
    addresses = found;
    LOG.atInfo()
        .addKeyValue("destination", destination.name())
        .addKeyValue("address", found.first())
        .log("forwarding to an address");
  }

  private void warn(String why) {
    warning.warn(
        held ->
            LOG.atWarn()
                .addKeyValue("destination", destination.name())
                .addKeyValue("repeated", held)
                .addKeyValue("why", why)
                .log("a destination of forwarded datagrams was not found"));
  }
}
