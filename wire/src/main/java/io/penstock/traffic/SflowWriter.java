package io.penstock.traffic;

import io.penstock.sflow.SflowDatagram;
import io.penstock.sflow.SflowDecoder;
import io.penstock.sflow.Xdr;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Writes datagrams of sFlow version 5: what an {@link SflowDecoder} reads. One datagram at a time,
 * in a buffer that is used again; not thread-safe.
 *
 * <p>Call {@link #begin}; then for each sample one of {@link #flow}, {@link #flowExpanded}, {@link
 * #counters}, {@link #countersExpanded}, {@link #discarded}, and {@link #record} for each of its
 * records; then {@link #finish}. Counts and lengths are filled in. The caller keeps to {@link
 * #room}.
 */
public final class SflowWriter {

  private static final int NONE = -1;

  private final ByteBuffer buffer;
  private int samplesAt;
  private int samples;
  private int sampleStart = NONE;
  private int recordsAt;
  private int records;
  private int recordStart = NONE;

  /**
   * A writer.
   *
   * @param octetsMax the longest datagram wanted
   */
  public SflowWriter(int octetsMax) {
    this.buffer = ByteBuffer.allocate(octetsMax);
  }

  /**
   * Starts a datagram.
   *
   * @param agent the agent's address: 4 octets, 16, or none
   */
  public void begin(byte[] agent, long subAgent, long sequence, long uptimeMillis) {
    buffer.clear();
    samples = 0;
    sampleStart = NONE;
    recordStart = NONE;
    buffer.putInt(SflowDatagram.VERSION);
    address(agent);
    buffer.putInt((int) subAgent).putInt((int) sequence).putInt((int) uptimeMillis);
    samplesAt = buffer.position();
    buffer.putInt(0);
  }

  /** Starts a sample of any data format; the caller puts what stands before its records. */
  public ByteBuffer sample(int dataFormat) {
    closeSample();
    samples++;
    buffer.putInt(dataFormat).putInt(0);
    sampleStart = buffer.position();
    recordsAt = NONE;
    return buffer;
  }

  /**
   * Starts a flow sample of a random packet.
   *
   * @param source type in 8 bits, index in 24
   * @param input format in 2 bits, value in 30
   * @param output format in 2 bits, value in 30
   */
  public void flow(
      long sequence, int source, long rate, long pool, long drops, int input, int output) {
    sample(1).putInt((int) sequence).putInt(source);
    buffer.putInt((int) rate).putInt((int) pool).putInt((int) drops).putInt(input).putInt(output);
    openRecords();
  }

  /** Starts a flow sample with room for large numbers. */
  public void flowExpanded(
      long sequence,
      Source source,
      long rate,
      long pool,
      long drops,
      Interface input,
      Interface output) {
    sample(3).putInt((int) sequence).putInt(source.type).putInt((int) source.index);
    buffer.putInt((int) rate).putInt((int) pool).putInt((int) drops);
    buffer.putInt(input.format).putInt((int) input.value);
    buffer.putInt(output.format).putInt((int) output.value);
    openRecords();
  }

  /** What was observed. */
  public record Source(int type, long index) {}

  /** An interface, or what stands in its place. */
  public record Interface(int format, long value) {}

  /**
   * Starts a counter sample.
   *
   * @param source type in 8 bits, index in 24
   */
  public void counters(long sequence, int source) {
    sample(2).putInt((int) sequence).putInt(source);
    openRecords();
  }

  /** Starts a counter sample with room for large numbers. */
  public void countersExpanded(long sequence, Source source) {
    sample(4).putInt((int) sequence).putInt(source.type).putInt((int) source.index);
    openRecords();
  }

  /** Starts a sample of a discarded packet. */
  public void discarded(
      long sequence, Source source, long drops, long input, long output, long reason) {
    sample(5).putInt((int) sequence).putInt(source.type).putInt((int) source.index);
    buffer.putInt((int) drops).putInt((int) input).putInt((int) output).putInt((int) reason);
    openRecords();
  }

  private void openRecords() {
    recordsAt = buffer.position();
    records = 0;
    buffer.putInt(0);
  }

  /** Starts a record of standard format; the caller puts its fields into the result. */
  public ByteBuffer record(int format) {
    closeRecord();
    records++;
    buffer.putInt(format).putInt(0);
    recordStart = buffer.position();
    return buffer;
  }

  /** Adds a record with the beginning of a packet. */
  public void header(int protocol, long frameLength, long stripped, byte[] header) {
    record(1).putInt(protocol).putInt((int) frameLength).putInt((int) stripped);
    opaque(header);
  }

  /** Where fields without a method of their own are put. */
  public ByteBuffer buffer() {
    return buffer;
  }

  /** Puts octets, their length before them and padding behind. */
  public SflowWriter opaque(byte[] octets) {
    buffer.putInt(octets.length).put(octets);
    pad();
    return this;
  }

  /** Puts a string. */
  public SflowWriter text(String text) {
    return opaque(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Puts an address of 4 octets, of 16, or none. */
  public SflowWriter address(byte[] address) {
    buffer.putInt(address.length == 0 ? 0 : address.length == 4 ? 1 : 2).put(address);
    return this;
  }

  /** Puts a MAC address from the lower 48 bits. */
  public SflowWriter mac(long mac) {
    buffer.putShort((short) (mac >>> 32)).putInt((int) mac).putShort((short) 0);
    return this;
  }

  /** Puts a count and that many numbers. */
  public SflowWriter numbers(int... numbers) {
    buffer.putInt(numbers.length);
    for (int number : numbers) {
      buffer.putInt(number);
    }
    return this;
  }

  /** Octets that still fit. */
  public int room() {
    return buffer.remaining();
  }

  /** Ends the datagram; its octets are at the beginning of {@link #bytes}. */
  public int finish() {
    closeSample();
    buffer.putInt(samplesAt, samples);
    return buffer.position();
  }

  /** The array that datagrams are written to. */
  public byte[] bytes() {
    return buffer.array();
  }

  private void closeSample() {
    if (sampleStart == NONE) {
      return;
    }
    closeRecord();
    if (recordsAt != NONE) {
      buffer.putInt(recordsAt, records);
    }
    buffer.putInt(sampleStart - Xdr.UNIT, buffer.position() - sampleStart);
    pad();
    sampleStart = NONE;
  }

  private void closeRecord() {
    if (recordStart == NONE) {
      return;
    }
    buffer.putInt(recordStart - Xdr.UNIT, buffer.position() - recordStart);
    pad();
    recordStart = NONE;
  }

  private void pad() {
    while (buffer.position() % Xdr.UNIT != 0) {
      buffer.put((byte) 0);
    }
  }
}
