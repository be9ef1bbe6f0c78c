package io.penstock.destination;

import io.penstock.dial.Dialer;
import io.penstock.dial.ForbiddenAddressException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import org.apache.kafka.clients.producer.GuardedProducer;
import org.apache.kafka.common.network.ChannelState;
import org.jspecify.annotations.Nullable;

/**
 * Asks the dialer for every broker, those that are configured and those that brokers name, and
 * remembers what was last wrong with one: the client only says that time is over.
 */
final class KafkaGuard implements GuardedProducer.Guard {

  private final Dialer dialer;
  private volatile @Nullable Trouble trouble;

  /**
   * Why a broker could not be reached.
   *
   * @param isForbidden whether it is we who do not connect to it
   */
  record Trouble(boolean isForbidden, String text) {}

  KafkaGuard(Dialer dialer) {
    this.dialer = dialer;
  }

  /** What was last wrong with a broker since all was well. */
  Optional<Trouble> trouble() {
    return Optional.ofNullable(trouble);
  }

  /** All is well. */
  void forget() {
    if (trouble != null) {
      trouble = null;
    }
  }

  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    try {
      var allowed = dialer.addresses(host);
      var named = new InetAddress[allowed.size()];
      for (int i = 0; i < named.length; i++) {
        // TLS asks the address for the name that the broker must prove: the one that was asked for,
        // and not one that a reverse look-up would tell.
        named[i] = InetAddress.getByAddress(host, allowed.get(i).getAddress());
      }
      return named;
    } catch (UnknownHostException e) {
      trouble = trouble(e);
      throw e;
    }
  }

  @Override
  public void demandAllowed(InetSocketAddress address) throws IOException {
    try {
      var _ = dialer.addresses(address.getAddress().getHostAddress(), address.getPort());
    } catch (UnknownHostException e) {
      trouble = trouble(e);
      throw e;
    }
  }

  private static Trouble trouble(UnknownHostException e) {
    return new Trouble(e instanceof ForbiddenAddressException, String.valueOf(e.getMessage()));
  }

  @Override
  public void lost(ChannelState state) {
    var text =
        switch (state.state()) {
          case NOT_CONNECTED -> "does not accept connections";
          case AUTHENTICATE -> "ended the connection before it was ready";
          case READY, EXPIRED, FAILED_SEND, LOCAL_CLOSE, AUTHENTICATION_FAILED -> null;
        };
    var present = trouble;
    if (text != null && (present == null || !present.isForbidden())) {
      trouble = new Trouble(false, state.remoteAddress() + " " + text);
    }
  }
}
