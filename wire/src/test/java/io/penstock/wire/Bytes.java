package io.penstock.wire;

import java.io.ByteArrayOutputStream;

/** Builds datagrams by hand, octet by octet or set by set. */
public final class Bytes {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  public Bytes u8(int... values) {
    for (int value : values) {
      out.write(value);
    }
    return this;
  }

  public Bytes u16(int... values) {
    for (int value : values) {
      u8(value >>> 8, value);
    }
    return this;
  }

  public Bytes u32(long... values) {
    for (long value : values) {
      u16((int) (value >>> 16), (int) value);
    }
    return this;
  }

  public Bytes zeros(int count) {
    for (int i = 0; i < count; i++) {
      u8(0);
    }
    return this;
  }

  public Bytes raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  public Bytes append(Bytes other) {
    return raw(other.array());
  }

  public byte[] array() {
    return out.toByteArray();
  }

  public int size() {
    return out.size();
  }

  /** A set whose length is right. */
  public static Bytes set(int id, Bytes... content) {
    var all = join(content);
    return new Bytes().u16(id, 4 + all.size()).append(all);
  }

  /** A template: id, then element and length in turn. */
  public static Bytes template(int id, int... elementsAndLengths) {
    return new Bytes().u16(id, elementsAndLengths.length / 2).u16(elementsAndLengths);
  }

  /** A NetFlow v9 message of source 7 whose count is the number of sets. */
  public static Bytes v9(Bytes... sets) {
    return v9(7, sets);
  }

  public static Bytes v9(long source, Bytes... sets) {
    return new Bytes()
        .u16(9, sets.length)
        .u32(100_000, 1_700_000_000L, 42, source)
        .append(join(sets));
  }

  /** An IPFIX message of domain 7 whose length is right. */
  public static Bytes ipfix(Bytes... sets) {
    return ipfix(7, sets);
  }

  public static Bytes ipfix(long domain, Bytes... sets) {
    var all = join(sets);
    return new Bytes().u16(10, 16 + all.size()).u32(1_700_000_000L, 42, domain).append(all);
  }

  /** A NetFlow v5 message; each record's octets are its number. */
  public static Bytes v5(int statedCount, int records) {
    var bytes =
        new Bytes().u16(5, statedCount).u32(100_000, 1_700_000_000L, 500, 42).u8(1, 2).u16(0x4064);
    for (int i = 1; i <= records; i++) {
      bytes
          .u32(0x0a000001, 0x0a000002, 0x0a0000fe)
          .u16(3, 4)
          .u32(5, i, 90_000, 95_000)
          .u16(1234, 443)
          .u8(0, 0x1b, 6, 0x20)
          .u16(65001, 65002)
          .u8(24, 16)
          .u16(0);
    }
    return bytes;
  }

  private static Bytes join(Bytes... parts) {
    var all = new Bytes();
    for (var part : parts) {
      all.append(part);
    }
    return all;
  }
}
