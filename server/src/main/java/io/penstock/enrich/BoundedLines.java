package io.penstock.enrich;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/**
 * Lines of a text file, each cut at a limit, so that a file without line ends (or that is no text
 * at all) cannot fill the memory. Bytes that are not text come as replacement characters.
 */
final class BoundedLines implements AutoCloseable {

  private static final int LENGTH_MAX = 64 * 1024;

  private final Reader in;
  private final char[] buffer = new char[1 << 16];
  private int position;
  private int limit;
  private long number;

  BoundedLines(InputStream in, Charset charset) {
    this.in = new InputStreamReader(in, charset);
  }

  /** The next line without its end, null at the end of the file. */
  @Nullable String next() throws IOException {
    if (!fill()) {
      return null;
    }
    var line = new StringBuilder();
    do {
      int start = position;
      while (position < limit && buffer[position] != '\n') {
        position++;
      }
      line.append(buffer, start, Math.min(position - start, LENGTH_MAX - line.length()));
    } while (position == limit && fill());
    position++;
    int end = line.length();
    if (end > 0 && line.charAt(end - 1) == '\r') {
      line.setLength(end - 1);
    }
    boolean byteOrderMark = number == 0 && !line.isEmpty() && line.charAt(0) == '\ufeff';
    number++;
    return byteOrderMark ? line.substring(1) : line.toString();
  }

  /** Makes sure that a character is there; false at the end of the file. */
  private boolean fill() throws IOException {
    while (position >= limit) {
      position = 0;
      limit = in.read(buffer, 0, buffer.length);
      if (limit < 0) {
        limit = 0;
        return false;
      }
    }
    return true;
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
