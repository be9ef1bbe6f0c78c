package io.penstock.profile;

import io.penstock.exchange.ContentCoding;
import io.penstock.exchange.Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/**
 * Undoes the content codings of a body (RFC 9110 §8.4). What does not decompress to the end is kept
 * as far as it did; what grows beyond {@link #OCTETS_MAX} or {@link #RATIO_MAX} times its size is
 * stopped there. Both are noted.
 */
final class ContentCodings {

  static final int OCTETS_MAX = 16 << 20;

  /** The best that deflate can do is about 1,030; telemetry rarely passes 20. */
  static final int RATIO_MAX = 200;

  /** Up to here no ratio is looked at: small bodies of zeros compress well and harm nobody. */
  private static final int SMALL = 1 << 20;

  private static final int CODINGS_MAX = 3;

  private ContentCodings() {}

  /** The body without its codings, or as it was where one is unknown. */
  static byte[] undo(byte[] body, Headers headers, Tree tree) {
    var codings = ContentCoding.codings(headers);
    if (codings.size() > CODINGS_MAX) {
      tree.note("more than " + CODINGS_MAX + " content codings");
      return body;
    }
    var octets = body;
    for (var coding : codings.reversed()) {
      octets = undo(octets, coding, tree);
    }
    if (codings.isEmpty() && Octets.startsWith(octets, 0x1f, 0x8b)) {
      tree.note("gzip without a Content-Encoding");
      return undo(octets, "gzip", tree);
    }
    return octets;
  }

  static byte[] undo(byte[] octets, String coding, Tree tree) {
    if (octets.length == 0) {
      return octets;
    }
    long most = Math.min(OCTETS_MAX, Math.max(SMALL, (long) octets.length * RATIO_MAX));
    var out = new ByteArrayOutputStream(Math.min(SMALL, octets.length * 4));
    try (var in = ContentCoding.decoder(coding, octets)) {
      if (in == null) {
        tree.note("the content coding '" + tree.name(coding) + "' is not known");
        return octets;
      }
      var chunk = new byte[16 << 10];
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        if (out.size() + read > most) {
          out.write(chunk, 0, (int) (most - out.size()));
          tree.note(coding + ": stopped at " + most + " octets");
          return out.toByteArray();
        }
        out.write(chunk, 0, read);
      }
    } catch (IOException | RuntimeException e) {
      // Two of the decompressors answer bad input with an unchecked exception, too.
      tree.note(coding + ": does not decompress beyond octet " + out.size());
      return out.size() == 0 ? octets : out.toByteArray();
    }
    return out.toByteArray();
  }
}
