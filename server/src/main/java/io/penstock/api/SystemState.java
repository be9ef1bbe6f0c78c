package io.penstock.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the parts of the server are, measured when asked.
 *
 * @param queueDepth events that were taken and are not yet durable
 * @param queueMax above how many of them the server says that it is behind
 * @param geo the table of places
 * @param as the table of autonomous systems
 * @param threats the table of indicators
 * @param elements the operator's own Information Elements
 * @param udp the datagram listener
 * @param tcp the listener for connections
 * @param idempotencyKeys keys that are remembered
 * @param idempotencyHours for how long
 * @param storage the log and the store, in a word: {@code ok}, or what is wrong
 * @param lastErrors the latest errors, newest first
 */
public record SystemState(
    long queueDepth,
    long queueMax,
    Table geo,
    Table as,
    Table threats,
    Elements elements,
    Udp udp,
    Tcp tcp,
    long idempotencyKeys,
    long idempotencyHours,
    String storage,
    List<String> lastErrors) {

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
