package io.penstock.exchange;

import com.github.luben.zstd.ZstdInputStream;
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
import org.jspecify.annotations.Nullable;

/** Undoes content codings (RFC 9110 §8.4), within bounds. */
public final class ContentCoding {

  /** Nobody codes twice on purpose; each round costs memory. */
  private static final int CODINGS_MAX = 3;

  /** 8 MiB, what RFC 8878 §3.1.1.1.2 asks decoders to accept. */
  private static final int ZSTD_WINDOW_LOG_MAX = 23;

  private ContentCoding() {}

  /**
   * A body without its codings; null when a coding is unknown, the body is broken or more than
   * {@code max} octets come out.
   */
  public static byte @Nullable [] undo(Headers headers, byte[] body, int max) {
    var codings = codings(headers);
    if (codings.isEmpty()) {
      return body;
    }
    if (codings.size() > CODINGS_MAX) {
      return null;
    }
    var bytes = body;
    for (var coding : codings.reversed()) {
      try (var in = decoder(coding, bytes)) {
        bytes = in == null ? null : in.readNBytes(max + 1);
      } catch (IOException | RuntimeException _) {
        // Brotli's decoder also throws unchecked over hostile input; either way it is not readable.
        return null;
      }
      if (bytes == null || bytes.length > max) {
        return null;
      }
    }
    return bytes;
  }

  /**
   * What comes out of the beginning of a body, as far as it decodes and at most {@code max} octets;
   * null when a coding is unknown or nothing comes out.
   */
  public static byte @Nullable [] undoBeginning(Headers headers, byte[] body, int max) {
    var codings = codings(headers);
    if (codings.size() > CODINGS_MAX) {
      return null;
    }
    var bytes = body;
    for (var coding : codings.reversed()) {
      var out = new ByteArrayOutputStream();
      try (var in = decoder(coding, bytes)) {
        if (in != null) {
          beginning(in, max, out);
        }
      } catch (IOException | RuntimeException _) {
        // Here is where the beginning ends.
      }
      bytes = out.toByteArray();
    }
    return bytes.length == 0 ? null : bytes;
  }

  private static void beginning(InputStream in, int max, ByteArrayOutputStream out)
      throws IOException {
    for (int octet = in.read(); octet >= 0 && out.size() < max; octet = in.read()) {
      out.write(octet);
    }
  }

  /** The codings of a message in the order in which they were applied, in lower case. */
  public static List<String> codings(Headers headers) {
    var codings = new ArrayList<String>();
    for (var line : headers.lines()) {
      if (line.is("content-encoding")) {
        for (var coding : line.value().split(",")) {
          var name = coding.strip().toLowerCase(Locale.ROOT);
          if (!name.isEmpty() && !name.equals("identity")) {
            codings.add(name);
          }
        }
      }
    }
    return codings;
  }

  /**
   * The body without one coding; null when the coding is unknown. Reading throws {@link
   * IOException} over what is damaged, and Brotli's also {@link RuntimeException}.
   */
  public static @Nullable InputStream decoder(String coding, byte[] bytes) throws IOException {
    var in = new ByteArrayInputStream(bytes);
    return switch (coding) {
      case "gzip", "x-gzip" -> new GZIPInputStream(in);
      case "deflate" -> inflating(in, new Inflater(!hasZlibHeader(bytes)));
      case "br" -> new BrotliInputStream(in);
      case "zstd" -> new ZstdInputStream(in).setLongMax(ZSTD_WINDOW_LOG_MAX);
      default -> null;
    };
  }

  /** Ends an inflater of our own with its stream, which alone would leave it to the collector. */
  private static InputStream inflating(InputStream in, Inflater inflater) {
    return new InflaterInputStream(in, inflater) {
      @Override
      public void close() throws IOException {
        super.close();
        inflater.end();
      }
    };
  }

  /** RFC 1950 §2.2; some clients leave the header out and send RFC 1951 alone. */
  private static boolean hasZlibHeader(byte[] bytes) {
    return bytes.length >= 2
        && (bytes[0] & 0x0f) == 8
        && ((bytes[0] & 0xff) << 8 | bytes[1] & 0xff) % 31 == 0;
  }
}
