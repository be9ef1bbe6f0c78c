package io.penstock.traffic;

import io.penstock.wire.FieldSpecifier;
import io.penstock.wire.FlowDecoder;
import io.penstock.wire.MessageHeader;
import io.penstock.wire.ProtocolVersion;
import io.penstock.wire.Template;
import java.nio.ByteBuffer;

/**
 * Writes messages of NetFlow v1, v5, v7, v8, v9 and IPFIX: what a {@link FlowDecoder} reads. One
 * message at a time, in a buffer that is used again; not thread-safe.
 *
 * <p>Call {@link #begin}, then {@link #template} and {@link #record} in any order, then {@link
 * #finish}. The caller keeps to {@link #room}.
 */
public final class MessageWriter {

  private static final int V9_TEMPLATES = 0;
  private static final int V9_OPTIONS_TEMPLATES = 1;
  private static final int IPFIX_TEMPLATES = 2;
  private static final int IPFIX_OPTIONS_TEMPLATES = 3;
  private static final int SET_HEADER = 4;
  private static final int NO_SET = -1;

  private final ProtocolVersion version;
  private final ByteBuffer buffer;
  private int setId = NO_SET;
  private int setStart;
  private int shortestRecord;
  private int records;
  private int templates;

  /**
   * A writer of one protocol.
   *
   * @param octetsMax the longest message wanted, for example what fits a datagram
   */
  public MessageWriter(ProtocolVersion version, int octetsMax) {
    this.version = version;
    this.buffer = ByteBuffer.allocate(octetsMax);
  }

  /**
   * Starts a message. Count and length are not taken from the header but from what follows.
   *
   * @param header the numbers to send; -1 where the protocol has none
   */
  public void begin(MessageHeader header) {
    buffer.clear();
    setId = NO_SET;
    records = 0;
    templates = 0;
    buffer.putShort((short) version.number()).putShort((short) 0);
    if (version == ProtocolVersion.IPFIX) {
      buffer.putInt((int) header.exportSeconds());
      buffer.putInt((int) header.sequence()).putInt((int) header.domain());
      return;
    }
    buffer.putInt((int) header.sysUptimeMillis()).putInt((int) header.exportSeconds());
    switch (version) {
      case NETFLOW_V1 -> buffer.putInt((int) header.exportNanos());
      case NETFLOW_V5 -> {
        buffer.putInt((int) header.exportNanos()).putInt((int) header.sequence());
        buffer.putShort((short) header.domain()).putShort((short) header.sampling());
      }
      case NETFLOW_V7 ->
          buffer.putInt((int) header.exportNanos()).putInt((int) header.sequence()).putInt(0);
      case NETFLOW_V8 -> {
        buffer.putInt((int) header.exportNanos()).putInt((int) header.sequence());
        buffer.putShort((short) header.domain()).putShort((short) header.aggregation()).putInt(0);
      }
      default -> buffer.putInt((int) header.sequence()).putInt((int) header.domain());
    }
  }

  /** Announces a template or an options template (RFC 3954 §5.2, §6.1; RFC 7011 §3.4). */
  public void template(Template template) {
    boolean isIpfix = version == ProtocolVersion.IPFIX;
    int templateSet = isIpfix ? IPFIX_TEMPLATES : V9_TEMPLATES;
    int optionsSet = isIpfix ? IPFIX_OPTIONS_TEMPLATES : V9_OPTIONS_TEMPLATES;
    enter(template.isOptions() ? optionsSet : templateSet, Integer.MAX_VALUE);
    templates++;
    int fields = template.fields().size();
    buffer.putShort((short) template.id());
    if (!template.isOptions()) {
      buffer.putShort((short) fields);
    } else if (isIpfix) {
      buffer.putShort((short) fields).putShort((short) template.scopeCount());
    } else {
      // v9 counts octets of field specifiers, not fields.
      buffer.putShort((short) (4 * template.scopeCount()));
      buffer.putShort((short) (4 * (fields - template.scopeCount())));
    }
    for (var field : template.fields()) {
      specifier(field);
    }
  }

  private void specifier(FieldSpecifier field) {
    boolean isVendors = version == ProtocolVersion.IPFIX && field.enterprise() != 0;
    buffer.putShort((short) (isVendors ? field.id() | 0x8000 : field.id()));
    buffer.putShort((short) field.length());
    if (isVendors) {
      buffer.putInt((int) field.enterprise());
    }
  }

  /**
   * Starts a data record. The caller puts exactly the octets the template asks for into the result;
   * values of variable length through {@link #variable}.
   */
  public ByteBuffer record(Template template) {
    if (hasSets()) {
      enter(template.id(), template.minLength());
    }
    records++;
    return buffer;
  }

  /** Puts a value of variable length, its length before it (RFC 7011 §7). */
  public void variable(byte[] value) {
    if (value.length < 255) {
      buffer.put((byte) value.length);
    } else {
      buffer.put((byte) 255).putShort((short) value.length);
    }
    buffer.put(value);
  }

  /** Octets that still fit, a new set's header and the padding already taken off. */
  public int room() {
    return buffer.remaining() - SET_HEADER - 3;
  }

  /** Data records in the message so far. */
  public int records() {
    return records;
  }

  /** Ends the message; its octets are at the beginning of {@link #bytes}. */
  public int finish() {
    closeSet();
    int length = buffer.position();
    int count = version == ProtocolVersion.IPFIX ? length : records + templates;
    buffer.putShort(2, (short) count);
    return length;
  }

  /** The array that messages are written to. */
  public byte[] bytes() {
    return buffer.array();
  }

  private boolean hasSets() {
    return version == ProtocolVersion.NETFLOW_V9 || version == ProtocolVersion.IPFIX;
  }

  private void enter(int id, int shortest) {
    if (setId == id) {
      return;
    }
    closeSet();
    setId = id;
    setStart = buffer.position();
    shortestRecord = shortest;
    buffer.putShort((short) id).putShort((short) 0);
  }

  private void closeSet() {
    if (setId == NO_SET) {
      return;
    }
    int padding = -buffer.position() & 3;
    // Padding must be shorter than any record, or it would be read as one (RFC 7011 §3.3.1).
    if (padding < shortestRecord) {
      for (int i = 0; i < padding; i++) {
        buffer.put((byte) 0);
      }
    }
    buffer.putShort(setStart + 2, (short) (buffer.position() - setStart));
    setId = NO_SET;
  }
}
