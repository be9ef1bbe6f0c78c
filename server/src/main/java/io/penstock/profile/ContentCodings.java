package io.penstock.profile;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.penstock.exchange.Headers;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.brotli.dec.BrotliInputStream;

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

  /** RFC 9659 §3: 8 MiB is the largest window that a client may use over HTTP. */
  private static final int ZSTD_WINDOW_LOG_MAX = 23;

  private ContentCodings() {}

  /** The body without its codings, or as it was where one is unknown. */
  static byte[] undo(byte[] body, Headers headers, Tree tree) {
    var codings = codings(headers);
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

  private static List<String> codings(Headers headers) {
    var codings = new ArrayList<String>();
    for (var line : headers.all("Content-Encoding")) {
      for (var coding : line.split(",", CODINGS_MAX + 2)) {
        var name = coding.strip().toLowerCase(Locale.ROOT);
        if (!name.isEmpty() && !name.equals("identity")) {
          codings.add(name);
        }
      }
    }
    return codings;
  }

  static byte[] undo(byte[] octets, String coding, Tree tree) {
    if (octets.length == 0) {
      return octets;
    }
    return switch (coding) {
      case "gzip", "x-gzip" -> copied(coding, octets, GZIPInputStream::new, tree);
      case "deflate" -> inflated(octets, tree);
      case "br" -> copied(coding, octets, BrotliInputStream::new, tree);
      case "zstd" ->
          copied(
              coding,
              octets,
              in -> new ZstdInputStreamNoFinalizer(in).setLongMax(ZSTD_WINDOW_LOG_MAX),
              tree);
      default -> {
        tree.note("the content coding '" + tree.name(coding) + "' is not known");
        yield octets;
      }
    };
  }

  /** The word "deflate" stands for zlib's format, but some clients send bare deflate. */
  private static byte[] inflated(byte[] octets, Tree tree) {
    boolean isZlib =
        octets.length >= 2
            && (octets[0] & 0x0f) == 8
            && ((octets[0] & 0xff) << 8 | octets[1] & 0xff) % 31 == 0;
    var inflater = new Inflater(!isZlib);
    try {
      return copied("deflate", octets, in -> new InflaterInputStream(in, inflater), tree);
    } finally {
      inflater.end();
    }
  }

  /** Opens the reader of a coding. */
  private interface Opening {
    InputStream of(InputStream in) throws IOException;
  }

  private static byte[] copied(String coding, byte[] octets, Opening opening, Tree tree) {
    long most = Math.min(OCTETS_MAX, Math.max(SMALL, (long) octets.length * RATIO_MAX));
    var out = new ByteArrayOutputStream(Math.min(SMALL, octets.length * 4));
    try (var in = opening.of(new ByteArrayInputStream(octets))) {
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
