package io.penstock.dial;

import io.penstock.event.Ip;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The one way out. A host becomes addresses here, once; those that may not be connected to are left
 * out, and the others are connected to as they are: nobody asks for the name again in between, so
 * that a name which changes its mind gains nothing. Every socket made here also refuses by itself.
 *
 * <p>For any number of threads.
 */
public final class Dialer implements AutoCloseable {

  /** Addresses of a name that are tried; a name may have hundreds. */
  private static final int ADDRESSES_MAX = 8;

  private final DialPolicy policy;
  private final Resolver resolver;
  private final IntPredicate ownPorts;
  private final String userAgent;
  private final Deadlines deadlines = new Deadlines();
  private final LongAdder lookUps = new LongAdder();

  /**
   * @param ownPorts whether this server itself listens on a port: it does not call itself, whatever
   *     the policy allows, since its own interface trusts what comes from this machine
   * @param userAgent what it calls itself in HTTP, such as {@code penstock/1.0}
   */
  public Dialer(DialPolicy policy, Resolver resolver, IntPredicate ownPorts, String userAgent) {
    this.policy = policy;
    this.resolver = resolver;
    this.ownPorts = ownPorts;
    this.userAgent = userAgent;
  }

  /**
   * The addresses of a name, or of an address as text, that may be connected to; at least one.
   *
   * @throws ForbiddenAddressException when there are only others
   */
  public List<InetAddress> addresses(String host) throws UnknownHostException {
    var allowed = new ArrayList<InetAddress>();
    ForbiddenAddressException forbidden = null;
    for (var address : resolved(host)) {
      var why = policy.refusal(Ip.of(address));
      if (why.isEmpty()) {
        allowed.add(address);
      } else {
        forbidden = new ForbiddenAddressException(Hosts.name(host), text(address), why.get());
      }
    }
    if (allowed.isEmpty()) {
      throw forbidden != null ? forbidden : new UnknownHostException(host + " has no address");
    }
    return List.copyOf(allowed);
  }

  /** The same with a port, which must not be one of this server's own. */
  public List<InetSocketAddress> addresses(String host, int port) throws UnknownHostException {
    var allowed = new ArrayList<InetSocketAddress>();
    ForbiddenAddressException forbidden = null;
    for (var address : addresses(host)) {
      if (isOwn(address, port)) {
        forbidden = ownListener(Hosts.name(host), address, port);
      } else if (allowed.size() < ADDRESSES_MAX) {
        allowed.add(new InetSocketAddress(address, port));
      }
    }
    if (allowed.isEmpty() && forbidden != null) {
      throw forbidden;
    }
    return List.copyOf(allowed);
  }

  private static ForbiddenAddressException ownListener(String host, InetAddress address, int port) {
    return new ForbiddenAddressException(
        host, text(address), "port " + port + " there is this server's own");
  }

  private List<InetAddress> resolved(String host) throws UnknownHostException {
    var literal = Hosts.literal(host);
    if (literal.isPresent()) {
      return List.of(literal.get());
    }
    lookUps.increment();
    return List.of(resolver.resolve(Hosts.name(host)));
  }

  /** How often a name was looked up, found or not. */
  public long lookUps() {
    return lookUps.sum();
  }

  private boolean isOwn(InetAddress address, int port) {
    return ownPorts.test(port) && isOfThisMachine(address);
  }

  private static boolean isOfThisMachine(InetAddress address) {
    if (address.isLoopbackAddress() || address.isAnyLocalAddress()) {
      return true;
    }
    try {
      return NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException _) {
      // Not known: better one destination too few than an open door.
      return true;
    }
  }

  private static String text(InetAddress address) {
    return Ip.of(address).toString();
  }

  /**
   * Refuses an address that is about to be connected to. Who connects by other means than the
   * sockets made here, because it must not block, asks before every attempt.
   *
   * @throws ForbiddenAddressException when it may not be connected to
   */
  public void demandAllowed(InetSocketAddress target) throws UnknownHostException {
    var address = target.getAddress();
    if (address == null) {
      throw new UnknownHostException(target.getHostString());
    }
    var why = policy.refusal(Ip.of(address));
    if (why.isPresent()) {
      throw new ForbiddenAddressException(text(address), text(address), why.get());
    }
    if (isOwn(address, target.getPort())) {
      throw ownListener(text(address), address, target.getPort());
    }
  }

  /** A socket that is not connected yet, and refuses to connect to what is not allowed. */
  Socket socket() {
    return new GuardedSocket();
  }

  /** Connects to the first address of a host that answers. */
  public Socket connect(String host, int port, Duration timeout) throws IOException {
    IOException failure = null;
    for (var address : addresses(host, port)) {
      var socket = socket();
      try {
        socket.setTcpNoDelay(true);
        socket.connect(address, (int) timeout.toMillis());
        return socket;
      } catch (IOException e) {
        socket.close();
        failure = e;
      }
    }
    throw unconnected(host, port, failure);
  }

  private static IOException unconnected(String host, int port, @Nullable IOException failure) {
    var target = Hosts.name(host) + " port " + port;
    return switch (failure) {
      case null -> new ConnectException("no address of " + target);
      case SocketTimeoutException e ->
          failed(new SocketTimeoutException(target + ": timed out"), e);
      case ConnectException e -> failed(new ConnectException(target + ": " + e.getMessage()), e);
      case IOException e -> e;
    };
  }

  private static IOException failed(IOException failure, IOException cause) {
    failure.initCause(cause);
    return failure;
  }

  /** Connects and shakes hands, both within a time. */
  public Socket connect(String host, int port, TlsContext tls, Duration timeout)
      throws IOException {
    var socket = connect(host, port, timeout);
    try (var due = deadlines.after(timeout, () -> closeQuietly(socket))) {
      try {
        return tls.over(socket, host, port, timeout);
      } catch (IOException e) {
        throw due.isPast()
            ? failed(new SocketTimeoutException(Hosts.name(host) + ": no TLS in time"), e)
            : e;
      }
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException _) {
      // It is given up either way.
    }
  }

  /** A caller of one destination over HTTP, with connections of its own. */
  public HttpCaller http(TlsContext tls, HttpLimits limits) {
    return new HttpCaller(this, deadlines, tls, limits, userAgent);
  }

  /** Ends what watches over calls; to be closed after all that was made here. */
  @Override
  public void close() {
    deadlines.close();
  }

  private final class GuardedSocket extends Socket {

    // The machine's SOCKS settings would send every name and address elsewhere.
    private GuardedSocket() {
      super(Proxy.NO_PROXY);
    }

    @Override
    public void connect(SocketAddress target) throws IOException {
      connect(target, 0);
    }

    @Override
    public void connect(SocketAddress target, int timeoutMillis) throws IOException {
      if (!(target instanceof InetSocketAddress internet)) {
        throw new ForbiddenAddressException("a local socket", "a local socket", "not an address");
      }
      demandAllowed(internet);
      super.connect(target, timeoutMillis);
    }
  }
}
