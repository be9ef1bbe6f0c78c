package io.penstock.destination;

import io.penstock.destination.SyslogConfig.Confirmation;
import io.penstock.destination.SyslogConfig.Framing;
import io.penstock.dial.Dialer;
import io.penstock.dial.ForbiddenAddressException;
import io.penstock.dial.TlsContext;
import io.penstock.shape.Selection;
import io.penstock.shape.Shape;
import io.penstock.sink.Batch;
import io.penstock.sink.Delivery;
import io.penstock.sink.Delivery.Answer;
import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Later;
import io.penstock.sink.Delivery.Refusal;
import io.penstock.sink.Delivery.Split;
import io.penstock.sink.Delivery.Taken;
import io.penstock.sink.Sink;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A syslog receiver over TCP (RFC 6587) or TLS (RFC 5425), for JSON documents, LEEF or CEF.
 *
 * <p>Syslog acknowledges nothing, and a write that succeeds only says that the kernel of this
 * machine has the octets. So by default each batch has a connection of its own, which is ended
 * behind it: the receiver sees the end behind the last message and ends its side, which it can only
 * do once it has read all of them; a receiver that dies before resets the connection instead.
 * {@link Confirmation#OPEN_CONNECTION} is for receivers that do not bear that, and weaker.
 */
public final class SyslogSink implements Sink {

  private static final Limits LIMITS = new Limits(5_000, 4 << 20, 4);

  /** Between machines of one site a reset is there by then. */
  private static final Duration SETTLED = Duration.ofMillis(20);

  /** Firewalls forget connections without telling; after this they are not used again. */
  private static final Duration IDLE_MAX = Duration.ofSeconds(30);

  /** Alerts of TLS by which a receiver says that it wants another certificate of ours. */
  private static final Pattern CREDENTIALS =
      Pattern.compile(
          "alert: (bad_certificate|certificate_\\w+|unsupported_certificate|unknown_ca"
              + "|access_denied)");

  private final SyslogConfig config;
  private final String version;
  private final Kept kept;
  private final Supplier<Shape> documents;
  private final Dialer dialer;
  private final @Nullable TlsContext tls;
  private final Times times;
  private final Deque<SyslogConnection> unused = new ArrayDeque<>();

  /**
   * How long things may take.
   *
   * @param connect to connect, and for the handshake of TLS
   * @param batch to write a batch and have it confirmed
   */
  record Times(Duration connect, Duration batch) {

    static final Times DEFAULT = new Times(Duration.ofSeconds(10), Duration.ofSeconds(60));
  }

  /**
   * @param selection what of an event may be told
   * @param version of this server, which LEEF and CEF name
   * @param documents makes the writers of documents of that selection, which are JSON
   * @throws GeneralSecurityException when certificates or key cannot be used
   */
  public SyslogSink(
      SyslogConfig config,
      Selection selection,
      String version,
      Supplier<Shape> documents,
      Dialer dialer)
      throws GeneralSecurityException {
    this(config, selection, version, documents, dialer, Times.DEFAULT);
  }

  SyslogSink(
      SyslogConfig config,
      Selection selection,
      String version,
      Supplier<Shape> documents,
      Dialer dialer,
      Times times)
      throws GeneralSecurityException {
    this.config = config;
    this.version = version;
    this.kept = new Kept(selection);
    this.documents = documents;
    this.dialer = dialer;
    this.tls = config.tls() == null ? null : TlsContext.of(config.tls());
    this.times = times;
  }

  @Override
  public Shape items() {
    return new SyslogItems(config, version, kept, documents);
  }

  @Override
  public Limits limits() {
    return LIMITS;
  }

  @Override
  public Delivery send(Batch batch) throws InterruptedException {
    var refused = tooLarge(batch);
    var without = new BitSet();
    refused.forEach(refusal -> without.set(refusal.index()));
    if (refused.size() == batch.size()) {
      return taken(refused.getFirst().answer(), refused);
    }
    try {
      return taken(new Answer(null, deliver(batch, without)), refused);
    } catch (IOException e) {
      if (Thread.interrupted()) {
        var interrupted = new InterruptedException("interrupted while sending to a receiver");
        interrupted.initCause(e);
        throw interrupted;
      }
      return later(e);
    }
  }

  private static Taken taken(Answer answer, List<Refusal> refused) {
    return new Taken(answer, 0, 0, new BitSet(), null, refused, false);
  }

  private List<Refusal> tooLarge(Batch batch) {
    var refused = new ArrayList<Refusal>();
    for (int i = 0; i < batch.size(); i++) {
      int bytes = messageBytes(batch, i);
      if (bytes > config.messageBytes()) {
        var text =
            "%d bytes, of which the receiver may take %d".formatted(bytes, config.messageBytes());
        refused.add(new Refusal(i, Split.TOO_LARGE, new Answer(null, text)));
      }
    }
    return refused;
  }

  /** Length of a message without its frame. */
  private int messageBytes(Batch batch, int index) {
    int start = batch.start(index);
    if (config.framing() == Framing.LINES) {
      return batch.end(index) - start - 1;
    }
    while (batch.bytes()[start] != ' ') {
      start++;
    }
    return batch.end(index) - start - 1;
  }

  private static Later later(IOException e) {
    var message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    var cause =
        switch (e) {
          case ForbiddenAddressException _ -> Cause.FORBIDDEN;
          case SSLException _ when CREDENTIALS.matcher(message).find() -> Cause.CREDENTIALS;
          default -> Cause.UNREACHABLE;
        };
    return new Later(cause, new Answer(null, message), null);
  }

  /** What can be said of a batch that arrived. */
  private String deliver(Batch batch, BitSet without) throws IOException {
    boolean endsIt = config.confirmation() == Confirmation.END_OF_STREAM;
    var connection = endsIt ? open() : unused();
    boolean isConfirmed = false;
    try (var watch = new Watch(connection, times.batch())) {
      try {
        connection.write(batch, without);
        if (endsIt) {
          connection.end();
          isConfirmed = true;
          return "read to the end by the receiver";
        }
        if (connection.isEnded(SETTLED)) {
          throw new SocketException("the receiver has ended the connection");
        }
        isConfirmed = true;
        return "written, and the receiver has not ended the connection";
      } catch (IOException e) {
        throw watch.isOver() ? unread(e) : e;
      }
    } finally {
      if (!isConfirmed) {
        connection.abort();
      } else if (endsIt) {
        connection.close();
      } else {
        giveBack(connection);
      }
    }
  }

  private IOException unread(IOException cause) {
    var text = config.confirmation().name().toLowerCase(Locale.ROOT);
    var failure =
        new SocketTimeoutException(
            "not confirmed after %d ms (%s)".formatted(times.batch().toMillis(), text));
    failure.initCause(cause);
    return failure;
  }

  private SyslogConnection open() throws IOException {
    Socket socket =
        tls == null
            ? dialer.connect(config.host(), config.port(), times.connect())
            : dialer.connect(config.host(), config.port(), tls, times.connect());
    return new SyslogConnection(socket);
  }

  /** A connection that the receiver has not ended; a new one where there is none. */
  private SyslogConnection unused() throws IOException {
    while (true) {
      SyslogConnection connection;
      synchronized (unused) {
        connection = unused.poll();
      }
      if (connection == null) {
        return open();
      }
      if (connection.idle().compareTo(IDLE_MAX) < 0 && !connection.isEnded(Duration.ZERO)) {
        return connection;
      }
      connection.close();
    }
  }

  private void giveBack(SyslogConnection connection) {
    synchronized (unused) {
      unused.push(connection);
    }
  }

  @Override
  public void close() {
    synchronized (unused) {
      unused.forEach(SyslogConnection::close);
      unused.clear();
    }
  }

  /** Gives a connection up after a while: no timeout of a socket ends a write that blocks. */
  private static final class Watch implements AutoCloseable {

    private final Thread thread;
    private volatile boolean isOver;

    Watch(SyslogConnection connection, Duration limit) {
      thread =
          Thread.ofVirtual()
              .name("syslog-watch")
              .start(
                  () -> {
                    try {
                      Thread.sleep(limit);
                      isOver = true;
                      connection.abort();
                    } catch (InterruptedException e) {
                      // The batch came to its end before.
                      Thread.currentThread().interrupt();
                    }
                  });
    }

    boolean isOver() {
      return isOver;
    }

    @Override
    public void close() {
      thread.interrupt();
    }
  }
}
