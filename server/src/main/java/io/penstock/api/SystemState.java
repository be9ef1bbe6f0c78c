package io.penstock.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the parts of the server are, measured when asked.
 *
 * @param queueDepth events that were taken and are not yet durable
 * @param queueMax above how many of them the server says that it is behind
 * @param workers threads that decode what exporters send
 * @param geo the table of places
 * @param as the table of autonomous systems
 * @param threats the table of indicators
 * @param elements the operator's own Information Elements
 * @param udp the datagram listener
 * @param tcp the listener for connections
 * @param idempotencyKeys keys that are remembered
 * @param idempotencyHours for how long
 * @param storage the log and the store, in a word: {@code ok}, or what is wrong
 * @param backlog what waits for the disk and for the store
 * @param deadLetters what sinks' destinations refused
 * @param database the control plane's tables
 * @param limits what a client may send
 * @param listeners the ports that are open
 * @param lastErrors the latest errors, newest first
 */
public record SystemState(
    long queueDepth,
    long queueMax,
    int workers,
    Table geo,
    Table as,
    Table threats,
    Elements elements,
    Udp udp,
    Tcp tcp,
    long idempotencyKeys,
    long idempotencyHours,
    String storage,
    Backlog backlog,
    DeadLetters deadLetters,
    Database database,
    Limits limits,
    List<Listener> listeners,
    List<String> lastErrors) {

  /** From this age of what waits for the store on the server says that it is behind. */
  static final double STORE_LAG_SECONDS_MAX = 300;

  /** From this share of the room for what waits for the disk on, likewise. */
  static final double LOG_SHARE_MAX = 0.8;

  /** A server of which nothing runs. */
  public static final SystemState IDLE =
      new SystemState(
          0,
          5_000,
          0,
          Table.MISSING,
          Table.MISSING,
          Table.MISSING,
          Elements.NONE,
          Udp.STOPPED,
          Tcp.STOPPED,
          0,
          24,
          "ok",
          Backlog.NONE,
          DeadLetters.NONE,
          Database.NONE,
          Limits.NONE,
          List.of(),
          List.of());

  /** Why the server is behind, a word each; empty when it is not. */
  List<String> pressure() {
    var reasons = new ArrayList<String>();
    if (queueDepth > queueMax) {
      reasons.add("queue");
    }
    if (backlog.logShare() >= LOG_SHARE_MAX) {
      reasons.add("log");
    }
    if (backlog.storeLagSeconds() > STORE_LAG_SECONDS_MAX) {
      reasons.add("store");
    }
    return List.copyOf(reasons);
  }

  /**
   * What waits.
   *
   * @param storeLagSeconds age of the oldest event that is durable and not in the store yet
   * @param storeLagPositions how far the store is behind the end of the log
   * @param logBytes octets that the log holds
   * @param logWaitingBytes octets that wait for the disk
   * @param logWaitingMax from how many of them on ingest waits
   */
  public record Backlog(
      double storeLagSeconds,
      long storeLagPositions,
      long logBytes,
      long logWaitingBytes,
      long logWaitingMax) {

    static final Backlog NONE = new Backlog(0, 0, 0, 0, 1);

    /** How full the room for what waits for the disk is. */
    double logShare() {
      return (double) logWaitingBytes / logWaitingMax;
    }
  }

  /** What sinks' destinations refused and is kept, of all tenants. */
  public record DeadLetters(int files, long events, long bytes, long oldestHours) {

    static final DeadLetters NONE = new DeadLetters(0, 0, 0, 0);
  }

  /**
   * The control plane's tables.
   *
   * @param engine {@code sqlite} or {@code postgresql}
   * @param active connections at work
   * @param idle connections at rest
   * @param awaited threads that wait for one
   * @param max connections at most
   */
  public record Database(String engine, int active, int idle, int awaited, int max) {

    static final Database NONE = new Database("none", 0, 0, 0, 0);
  }

  /**
   * What a client may send.
   *
   * @param wireBytes of a post
   * @param inflatedBytes of a post once inflated
   * @param records of a post
   * @param headerBytes of a request
   * @param connections at a time
   * @param bodyBytesInFlight of all posts at a time
   */
  public record Limits(
      long wireBytes,
      long inflatedBytes,
      long records,
      long headerBytes,
      long connections,
      long bodyBytesInFlight) {

    static final Limits NONE = new Limits(0, 0, 0, 0, 0, 0);
  }

  /**
   * An open port.
   *
   * @param protocol {@code udp}, {@code tcp} or {@code http}
   * @param numbers what is counted of it by itself
   */
  public record Listener(
      String name, String protocol, int port, Map<String, @Nullable Object> numbers) {}

  /**
   * A table that is loaded from a file.
   *
   * @param status {@code loaded}, {@code missing} or {@code error}
   * @param vendor who made the data, for a person
   * @param database name of the file
   * @param entries how many entries it has
   * @param sources names of the feeds it was made of
   */
  public record Table(
      String status,
      @Nullable String vendor,
      @Nullable String database,
      long entries,
      List<String> sources) {

    public static final Table MISSING = new Table("missing", null, null, 0, List.of());

    boolean isLoaded() {
      return status.equals("loaded");
    }
  }

  /**
   * The operator's own Information Elements.
   *
   * @param status {@code none}, {@code loaded}, or {@code error} when the newest file was refused
   * @param file where they are read from
   * @param entries how many are in use
   * @param problems why the newest file was refused
   */
  public record Elements(
      String status, @Nullable String file, long entries, List<String> problems) {

    public static final Elements NONE = new Elements("none", null, 0, List.of());
  }

  /**
   * The datagram listener.
   *
   * @param status {@code ready}, {@code stopped} or {@code error}
   * @param port the first port; 0 when stopped
   * @param lastDatagramMillis when the last datagram came, epoch milliseconds; 0 for never
   */
  public record Udp(
      String status,
      int port,
      long bindErrors,
      long datagrams,
      long records,
      long bytes,
      long dropped,
      long lastDatagramMillis) {

    public static final Udp STOPPED = new Udp("stopped", 0, 0, 0, 0, 0, 0, 0);
  }

  /**
   * The listener for connections of IPFIX exporters.
   *
   * @param port the plain port; 0 when there is none
   * @param tlsPort the TLS port; 0 when there is none
   * @param connections open now, each a transport session
   * @param messages received so far
   */
  public record Tcp(int port, int tlsPort, long connections, long messages, long bytes) {

    public static final Tcp STOPPED = new Tcp(0, 0, 0, 0, 0);
  }
}
