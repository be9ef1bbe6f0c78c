package io.penstock.intercept;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What is listened on, and how much clients may ask of it.
 *
 * @param requiresLogin whether clients of proxy and SOCKS listeners must say who they are
 * @param requiresJournal whether requests are refused while the journal takes no exchanges
 * @param via the name to add to messages that are forwarded (RFC 9110 §7.6.3); without one nothing
 *     is added
 * @param tenant whose the exchanges of clients without a login are
 */
public record InterceptConfig(
    List<Listener> listeners,
    Limits limits,
    Timeouts timeouts,
    boolean requiresLogin,
    boolean requiresJournal,
    Optional<String> via,
    String tenant) {

  /** Listens on nothing. */
  public static final InterceptConfig DEFAULT =
      new InterceptConfig(
          List.of(), Limits.DEFAULT, Timeouts.DEFAULT, false, false, Optional.empty(), "default");

  public InterceptConfig {
    listeners = List.copyOf(listeners);
    long names = listeners.stream().map(Listener::name).distinct().count();
    if (names < listeners.size()) {
      throw new IllegalArgumentException("two listeners have the same name: " + listeners);
    }
  }

  public InterceptConfig withListeners(List<Listener> listeners) {
    return new InterceptConfig(
        listeners, limits, timeouts, requiresLogin, requiresJournal, via, tenant);
  }

  public InterceptConfig withLimits(Limits limits) {
    return new InterceptConfig(
        listeners, limits, timeouts, requiresLogin, requiresJournal, via, tenant);
  }

  public InterceptConfig withTimeouts(Timeouts timeouts) {
    return new InterceptConfig(
        listeners, limits, timeouts, requiresLogin, requiresJournal, via, tenant);
  }

  public InterceptConfig withRequired(boolean login, boolean journal) {
    return new InterceptConfig(listeners, limits, timeouts, login, journal, via, tenant);
  }

  public InterceptConfig withVia(Optional<String> via) {
    return new InterceptConfig(
        listeners, limits, timeouts, requiresLogin, requiresJournal, via, tenant);
  }

  public InterceptConfig withTenant(String tenant) {
    return new InterceptConfig(
        listeners, limits, timeouts, requiresLogin, requiresJournal, via, tenant);
  }

  /** What a listener is for. */
  public enum Kind {
    /** A forward proxy: absolute targets and CONNECT (RFC 9110 §9.3.6). */
    PROXY,
    /** Clients believe that it is the server: by name in TLS, by Host in plain HTTP. */
    REVERSE,
    /** Everything is answered here. */
    MOCK,
    /** A SOCKS 5 proxy (RFC 1928). */
    SOCKS
  }

  /**
   * One TCP port.
   *
   * @param name as it is called in logs; no two have the same
   * @param address where to bind; port 0 lets the system choose
   * @param host whom requests are for that name nobody; without it they are refused
   * @param towards the port that requests go on to; 0 for the standard port of their scheme
   */
  public record Listener(
      String name, Kind kind, InetSocketAddress address, Optional<String> host, int towards) {

    public static Listener of(String name, Kind kind, InetSocketAddress address) {
      return new Listener(name, kind, address, Optional.empty(), 0);
    }
  }

  /**
   * How much is too much.
   *
   * @param connections of all clients at a time
   * @param connectionsPerAddress of one address at a time
   * @param handshakes TLS handshakes under way at a time
   * @param requestLineBytes longest request line
   * @param headBytes all header lines of a message together
   * @param headLines header lines of a message
   * @param mockBodyBytes longest body of a request that is answered here
   * @param captureBytes how much of each body the journal gets
   * @param streams HTTP/2 streams of a connection at a time
   * @param resets HTTP/2 streams that a client may reset within half a minute
   * @param idleFrames HTTP/2 frames that ask for nothing within half a minute, beyond one for each
   *     piece of an answer
   * @param clientHelloBytes longest first message of TLS
   * @param contexts hosts whose TLS settings are kept ready
   */
  public record Limits(
      int connections,
      int connectionsPerAddress,
      int handshakes,
      int requestLineBytes,
      int headBytes,
      int headLines,
      int mockBodyBytes,
      int captureBytes,
      int streams,
      int resets,
      int idleFrames,
      int clientHelloBytes,
      int contexts) {

    public static final Limits DEFAULT =
        new Limits(
            10_000, 1_000, 1_000, 16 << 10, 64 << 10, 200, 16 << 20, 64 << 10, 100, 200, 1_000,
            32 << 10, 1_000);

    public Limits withConnections(int all, int perAddress, int shaking) {
      return new Limits(
          all,
          perAddress,
          shaking,
          requestLineBytes,
          headBytes,
          headLines,
          mockBodyBytes,
          captureBytes,
          streams,
          resets,
          idleFrames,
          clientHelloBytes,
          contexts);
    }

    public Limits withIdleFrames(int most) {
      return new Limits(
          connections,
          connectionsPerAddress,
          handshakes,
          requestLineBytes,
          headBytes,
          headLines,
          mockBodyBytes,
          captureBytes,
          streams,
          resets,
          most,
          clientHelloBytes,
          contexts);
    }

    public Limits withBodies(int mocked, int captured) {
      return new Limits(
          connections,
          connectionsPerAddress,
          handshakes,
          requestLineBytes,
          headBytes,
          headLines,
          mocked,
          captured,
          streams,
          resets,
          idleFrames,
          clientHelloBytes,
          contexts);
    }
  }

  /**
   * How long is too long.
   *
   * @param head for the head of a request from its first octet, or of the first request from the
   *     beginning of the connection
   * @param idle between requests
   * @param body between two pieces of a body; a body that is answered here may take four times as
   *     long as a whole
   * @param handshake for TLS
   * @param silence of a client in a connection that may be a tunnel, before it is one
   * @param answer for the head of an upstream's response
   * @param tunnel without an octet in either direction
   * @param drain for exchanges under way when everything stops
   */
  public record Timeouts(
      Duration head,
      Duration idle,
      Duration body,
      Duration handshake,
      Duration silence,
      Duration answer,
      Duration tunnel,
      Duration drain) {

    public static final Timeouts DEFAULT =
        new Timeouts(
            Duration.ofSeconds(10),
            Duration.ofSeconds(60),
            Duration.ofSeconds(30),
            Duration.ofSeconds(10),
            Duration.ofMillis(500),
            Duration.ofMinutes(5),
            Duration.ofMinutes(15),
            Duration.ofSeconds(3));

    public Timeouts withHead(Duration head) {
      return new Timeouts(head, idle, body, handshake, silence, answer, tunnel, drain);
    }

    public Timeouts withIdle(Duration idle) {
      return new Timeouts(head, idle, body, handshake, silence, answer, tunnel, drain);
    }

    public Timeouts withBody(Duration body) {
      return new Timeouts(head, idle, body, handshake, silence, answer, tunnel, drain);
    }

    public Timeouts withSilence(Duration silence) {
      return new Timeouts(head, idle, body, handshake, silence, answer, tunnel, drain);
    }

    public Timeouts withTunnel(Duration tunnel) {
      return new Timeouts(head, idle, body, handshake, silence, answer, tunnel, drain);
    }

    public Timeouts withDrain(Duration drain) {
      return new Timeouts(head, idle, body, handshake, silence, answer, tunnel, drain);
    }

    public Timeouts withAnswer(Duration answer) {
      return new Timeouts(head, idle, body, handshake, silence, answer, tunnel, drain);
    }
  }
}
