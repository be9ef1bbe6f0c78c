package io.penstock.enrich;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/**
 * Lines of a text file, each cut at a limit, so that a file without line ends (or that is no text
 * at all) cannot fill the memory. Bytes that are not text come as replacement characters.
 */
final class BoundedLines implements AutoCloseable {

  private static final int LENGTH_MAX = 64 * 1024;

  private final BufferedReader in;
  private long number;

  BoundedLines(InputStream in, Charset charset) {
    this.in = new BufferedReader(new InputStreamReader(in, charset), 1 << 16);
  }

  /** The next line without its end, null at the end of the file. */
  @Nullable String next() throws IOException {
    var line = new StringBuilder();
    int c = in.read();
    if (c < 0) {
      return null;
    }
    for (; c >= 0 && c != '\n'; c = in.read()) {
      if (line.length() < LENGTH_MAX) {
        line.append((char) c);
      }
    }
    int end = line.length();
    if (end > 0 && line.charAt(end - 1) == '\r') {
      line.setLength(end - 1);
    }
    boolean byteOrderMark = number == 0 && !line.isEmpty() && line.charAt(0) == '\ufeff';
    number++;
    return byteOrderMark ? line.substring(1) : line.toString();
  }

  /** Number of the line that {@link #next} returned last, from 1. */
  long number() {
    return number;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
