package io.penstock.capture;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/** Builds packets and capture files, header by header, for tests. */
public final class Packets {

  public static final int EXPORTER = 0xc0000201; // 192.0.2.1
  public static final int COLLECTOR = 0xc0000202; // 192.0.2.2

  private Packets() {}

  public static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }

  public static byte[] join(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (var part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  public static byte[] udp(int from, int to, byte[] payload) {
    var header = ByteBuffer.allocate(8);
    header.putShort((short) from).putShort((short) to).putShort((short) (8 + payload.length));
    return join(header.array(), payload);
  }

  public static byte[] tcp(int from, int to, long sequence, boolean syn, byte[] payload) {
    var header = ByteBuffer.allocate(20);
    header.putShort((short) from).putShort((short) to).putInt((int) sequence).putInt(0);
    header.put((byte) 0x50).put((byte) (syn ? 2 : 16));
    return join(header.array(), payload);
  }

  public static byte[] ipv4(int protocol, byte[] payload) {
    return ipv4(protocol, 1, 0, payload);
  }

  /** With the flags and fragment offset word as sent. */
  public static byte[] ipv4(int protocol, int id, int fragment, byte[] payload) {
    var header = ByteBuffer.allocate(20);
    header.put((byte) 0x45).put((byte) 0).putShort((short) (20 + payload.length));
    header.putShort((short) id).putShort((short) fragment).put((byte) 64).put((byte) protocol);
    header.putShort((short) 0).putInt(EXPORTER).putInt(COLLECTOR);
    return join(header.array(), payload);
  }

  public static byte[] ipv6(int next, byte[] payload) {
    var header = ByteBuffer.allocate(40);
    header.putInt(0x60000000).putShort((short) payload.length).put((byte) next).put((byte) 64);
    header.putLong(0x20010db8_00000000L).putLong(1).putLong(0x20010db8_00000000L).putLong(2);
    return join(header.array(), payload);
  }

  public static byte[] ethernet(byte[] behindMacs) {
    return join(new byte[12], behindMacs);
  }

  public static byte[] pcap(int linkType, byte[]... frames) {
    return pcap(ByteOrder.LITTLE_ENDIAN, 0xa1b2c3d4, linkType, frames);
  }

  /** Packet n is stamped n seconds and n ticks. */
  public static byte[] pcap(ByteOrder order, int magic, int linkType, byte[]... frames) {
    var file = new ByteArrayOutputStream();
    var header = ByteBuffer.allocate(24).order(order);
    header.putInt(magic).putShort((short) 2).putShort((short) 4).putLong(0);
    file.writeBytes(header.putInt(262_144).putInt(linkType).array());
    for (int i = 0; i < frames.length; i++) {
      file.writeBytes(packet(order, i + 1, frames[i], frames[i].length));
    }
    return file.toByteArray();
  }

  public static byte[] packet(ByteOrder order, int time, byte[] frame, int originalLength) {
    var header = ByteBuffer.allocate(16).order(order);
    header.putInt(time).putInt(time).putInt(frame.length).putInt(originalLength);
    return join(header.array(), frame);
  }

  public static byte[] block(ByteOrder order, int type, byte[] body) {
    int padded = body.length + 3 & ~3;
    var block = ByteBuffer.allocate(padded + 12).order(order);
    block.putInt(type).putInt(padded + 12).put(body).position(padded + 8);
    return block.putInt(padded + 12).array();
  }

  public static byte[] section(ByteOrder order) {
    var body = ByteBuffer.allocate(16).order(order);
    body.putInt(0x1a2b3c4d).putShort((short) 1).putShort((short) 0).putLong(-1);
    return block(order, 0x0a0d0d0a, body.array());
  }

  public static byte[] networkInterface(ByteOrder order, int linkType, byte[] options) {
    var body = ByteBuffer.allocate(8).order(order);
    body.putShort((short) linkType).putShort((short) 0).putInt(0);
    return block(order, 1, join(body.array(), options));
  }

  public static byte[] enhanced(ByteOrder order, int number, long ticks, byte[] frame) {
    var body = ByteBuffer.allocate(20).order(order);
    body.putInt(number).putInt((int) (ticks >>> 32)).putInt((int) ticks);
    body.putInt(frame.length).putInt(frame.length);
    return block(order, 6, join(body.array(), frame));
  }

  /** An IPFIX message of this many octets, with nothing but a header that means something. */
  public static byte[] ipfix(int length, int sequence) {
    var message = ByteBuffer.allocate(length);
    message.putShort((short) 10).putShort((short) length).putInt(1_700_000_000).putInt(sequence);
    return message.array();
  }
}
