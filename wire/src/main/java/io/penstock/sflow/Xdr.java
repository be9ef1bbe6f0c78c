package io.penstock.sflow;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Reads the numbers of XDR (RFC 4506): big-endian, in units of four octets. */
public final class Xdr {

  public static final int UNIT = 4;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private Xdr() {}

  /** 32 bits, for codes and bit fields. */
  public static int bits(byte[] bytes, int at) {
    return (int) INT.get(bytes, at);
  }

  /** An unsigned integer. */
  public static long unsigned(byte[] bytes, int at) {
    return (int) INT.get(bytes, at) & 0xffff_ffffL;
  }

  /** A hyper integer, 64 bits. */
  public static long hyper(byte[] bytes, int at) {
    return (long) LONG.get(bytes, at);
  }

  /** Octets that a value of this length takes with its padding. */
  static long padded(long length) {
    return length + UNIT - 1 & -UNIT;
  }
}
