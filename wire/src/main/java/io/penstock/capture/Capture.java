package io.penstock.capture;

import io.penstock.wire.Octets;
import io.penstock.wire.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Recorded telemetry, read payload by payload: a pcap or pcapng capture, an IPFIX file (RFC 5655)
 * or recorded stream, or one raw datagram; each of them plain or packed with gzip or bzip2. What it
 * is, the first octets tell.
 *
 * <p>Whatever a file holds, the only exception is {@link CaptureException}; payloads before the
 * fault have been handed out by then. Not thread-safe.
 */
public final class Capture implements AutoCloseable {

  /** The address of a sender or receiver that the file does not tell. */
  public static final InetSocketAddress NOBODY = new InetSocketAddress(unspecified(), 0);

  /** The time of a payload that the file does not tell. */
  public static final long NO_TIME = -1;

  private static final int DATAGRAM_BYTES_MAX = 65_535;

  private final Input input;
  private final CaptureCounts counts = new CaptureCounts();
  private final PayloadSource payloads;

  private Capture(Input input) throws CaptureException {
    this.input = input;
    this.payloads = detect(input, counts);
  }

  /**
   * Opens a file.
   *
   * @throws CaptureException when it cannot be read, or is nothing we know
   */
  public static Capture open(Path file) throws CaptureException {
    InputStream stream;
    try {
      stream = Files.newInputStream(file);
    } catch (NoSuchFileException e) {
      throw new CaptureException("there is no such file", e);
    } catch (IOException e) {
      throw new CaptureException("cannot be opened: " + e.getMessage(), e);
    }
    try {
      return of(stream);
    } catch (CaptureException e) {
      closeAfter(e, stream);
      throw e;
    }
  }

  /**
   * Reads a stream, which the capture closes when it is closed.
   *
   * @throws CaptureException when it cannot be read, or is nothing we know
   */
  public static Capture of(InputStream stream) throws CaptureException {
    return new Capture(inflated(new Input(stream)));
  }

  private static void closeAfter(CaptureException cause, InputStream stream) {
    try {
      stream.close();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /** The next payload, or null at the end. */
  public @Nullable Payload next() throws CaptureException {
    var payload = payloads.next();
    counts.payloads += payload == null ? 0 : 1;
    return payload;
  }

  /** Whether payloads come with the addresses of sender and receiver: whether this is packets. */
  public boolean hasAddresses() {
    return payloads instanceof PacketPayloads;
  }

  /** What became of the packets so far. */
  public CaptureCounts counts() {
    return counts;
  }

  /** Octets read so far, inflated. */
  public long offset() {
    return input.offset();
  }

  @Override
  public void close() throws CaptureException {
    try {
      input.close();
    } catch (IOException e) {
      throw new CaptureException("cannot be closed: " + e.getMessage(), e);
    }
  }

  private static Input inflated(Input input) throws CaptureException {
    var start = input.peek(4);
    if (Bzip2Stream.isBzip2(start)) {
      return new Input(new Bzip2Stream(new InputStreamOf(input)));
    }
    if (start.length < 2 || Octets.u16(start, 0) != 0x1f8b) {
      return input;
    }
    try {
      return new Input(new GZIPInputStream(new InputStreamOf(input)));
    } catch (IOException e) {
      throw new CaptureException("the gzip header is damaged: " + e.getMessage(), e);
    }
  }

  private static PayloadSource detect(Input input, CaptureCounts counts) throws CaptureException {
    var start = input.peek(4);
    if (start.length == 0) {
      throw new CaptureException("the file is empty");
    }
    if (PcapReader.isMagic(start)) {
      return new PacketPayloads(new PcapReader(input), counts);
    }
    if (PcapngReader.isMagic(start)) {
      return new PacketPayloads(new PcapngReader(input), counts);
    }
    int version = start.length < 2 ? -1 : Octets.u16(start, 0);
    if (start.length == 4 && Octets.u32(start, 0) == 5) {
      return datagram(input, counts); // sFlow's version takes 32 bits
    }
    return switch (version) {
      case 10 -> messages(input, counts);
      case 1, 5, 7, 8, 9 -> datagram(input, counts);
      default ->
          throw new CaptureException(
              "begins with "
                  + HexFormat.ofDelimiter(" ").formatHex(start)
                  + ", which is neither pcap, pcapng, gzip, bzip2, IPFIX, NetFlow nor sFlow");
    };
  }

  private static PayloadSource messages(Input input, CaptureCounts counts) throws CaptureException {
    var start = input.peek(DATAGRAM_BYTES_MAX + 1);
    // A datagram may end in something that is no message; a longer file is a stream in any case.
    return start.length <= DATAGRAM_BYTES_MAX && !MessageFile.isSequence(start)
        ? datagram(input, counts)
        : new MessageFile(input, counts);
  }

  private static PayloadSource datagram(Input input, CaptureCounts counts) throws CaptureException {
    var bytes = new byte[DATAGRAM_BYTES_MAX + 1];
    int length = input.read(bytes, 0, bytes.length);
    if (length > DATAGRAM_BYTES_MAX) {
      throw new CaptureException("is longer than one datagram, and not a capture");
    }
    var only = new Payload(Transport.UDP, NOBODY, NOBODY, NO_TIME, bytes, 0, length, false);
    return new PayloadSource() {
      private @Nullable Payload rest = only;

      @Override
      public @Nullable Payload next() {
        var payload = rest;
        counts.packets += payload == null ? 0 : 1;
        rest = null;
        return payload;
      }
    };
  }

  private static InetAddress unspecified() {
    try {
      return InetAddress.getByAddress(new byte[4]);
    } catch (UnknownHostException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** An {@link Input} as the stream that the inflater wants. */
  private static final class InputStreamOf extends InputStream {

    private final Input input;

    InputStreamOf(Input input) {
      this.input = input;
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return input.read(one, 0, 1) == 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int at, int count) throws IOException {
      int got = input.read(into, at, count);
      return got == 0 && count > 0 ? -1 : got;
    }

    @Override
    public void close() throws IOException {
      input.close();
    }
  }
}
