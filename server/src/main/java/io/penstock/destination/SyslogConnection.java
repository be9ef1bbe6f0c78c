package io.penstock.destination;

import io.penstock.sink.Batch;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.BitSet;

/** A connection to a syslog receiver, which reads and says nothing. For one thread at a time. */
final class SyslogConnection implements AutoCloseable {

  private static final int PIECE_BYTES = 64 * 1024;

  /** A receiver that talks gets this many hearings at a time. */
  private static final int CHATTER_MAX = 16;

  private final Socket socket;
  private final OutputStream out;
  private final InputStream in;
  private final byte[] unwanted = new byte[1_024];
  private long usedAt = System.nanoTime();

  SyslogConnection(Socket socket) throws IOException {
    this.socket = socket;
    socket.setKeepAlive(true);
    this.out = socket.getOutputStream();
    this.in = socket.getInputStream();
  }

  /**
   * Writes the items of a batch.
   *
   * @param without indexes of the items that are left out
   */
  void write(Batch batch, BitSet without) throws IOException {
    int from = 0;
    int to = 0;
    for (int i = 0; i < batch.size(); i++) {
      if (without.get(i)) {
        continue;
      }
      if (batch.start(i) != to) {
        write(batch.bytes(), from, to);
        from = batch.start(i);
      }
      to = batch.end(i);
    }
    write(batch.bytes(), from, to);
    out.flush();
    usedAt = System.nanoTime();
  }

  private void write(byte[] bytes, int from, int to) throws IOException {
    for (int at = from; at < to; at += PIECE_BYTES) {
      out.write(bytes, at, Math.min(PIECE_BYTES, to - at));
    }
  }

  /** Whether the receiver ends the connection, or resets it, within a time. */
  boolean isEnded(Duration within) {
    try {
      socket.setSoTimeout((int) Math.max(1, within.toMillis()));
      for (int i = 0; i < CHATTER_MAX; i++) {
        if (in.read(unwanted) < 0) {
          return true;
        }
      }
      return false;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  /** Ends our side, and waits until the receiver, which has then read everything, ends its own. */
  void end() throws IOException {
    socket.setSoTimeout(0);
    socket.shutdownOutput();
    while (in.read(unwanted) >= 0) {
      // Whatever it says, it is no acknowledgement.
    }
  }

  /** How long it has not been written to. */
  Duration idle() {
    return Duration.ofNanos(System.nanoTime() - usedAt);
  }

  /** Gives it up at once, from any thread: what is not sent yet will not be. */
  void abort() {
    try {
      // So that closing neither waits for a write that blocks nor for what is not acknowledged.
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      // It is closed already, or about to be.
    }
    close();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // It is given up either way.
    }
  }
}
