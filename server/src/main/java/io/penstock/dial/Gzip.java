package io.penstock.dial;

import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * A body as one gzip member (RFC 1952), at the level that costs least. It is made as a whole, so
 * that its length is known: not every receiver takes chunks.
 *
 * <p>Of bulk bodies of the corpus's events a MiB costs about 7 ms of a core and shrinks to a
 * quarter; levels 2, 3 and 6 cost 8.5, 9 and 19 ms for 6, 10 and 25 % less. Writing it plain to a
 * socket costs 0.4 ms, so compression is for networks that are slower or dearer than a core.
 */
final class Gzip {

  /** Magic, deflate, no flags, no time, fastest, unknown system. */
  private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 4, (byte) 0xff};

  private static final int TRAILER_BYTES = 8;

  /** More room is made where a body does not shrink as much as events do. */
  private static final int EXPECTED_RATIO = 4;

  private byte[] out;
  private int size;

  private Gzip(int room) {
    this.out = new byte[room];
  }

  static Body of(Body body) {
    var gzip = new Gzip((int) Math.min(body.length() / EXPECTED_RATIO, 1 << 28) + 1024);
    gzip.write(body);
    return new Body().add(gzip.out, 0, gzip.size);
  }

  private void write(Body body) {
    System.arraycopy(HEADER, 0, out, 0, HEADER.length);
    size = HEADER.length;
    var checksum = new CRC32();
    var deflater = new Deflater(Deflater.BEST_SPEED, true);
    try {
      for (int i = 0; i < body.slices(); i++) {
        int length = body.end(i) - body.start(i);
        checksum.update(body.array(i), body.start(i), length);
        deflater.setInput(body.array(i), body.start(i), length);
        while (!deflater.needsInput()) {
          deflate(deflater);
        }
      }
      deflater.finish();
      while (!deflater.finished()) {
        deflate(deflater);
      }
    } finally {
      deflater.end();
    }
    ensureRoom(TRAILER_BYTES);
    littleEndian((int) checksum.getValue());
    littleEndian((int) body.length());
  }

  private void deflate(Deflater deflater) {
    ensureRoom(1);
    size += deflater.deflate(out, size, out.length - size);
  }

  private void ensureRoom(int bytes) {
    if (out.length - size < bytes) {
      out = Arrays.copyOf(out, 2 * out.length);
    }
  }

  private void littleEndian(int value) {
    for (int shift = 0; shift < 32; shift += 8) {
      out[size++] = (byte) (value >>> shift);
    }
  }
}
