package io.penstock.api;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds a file in a body of {@code multipart/form-data} (RFC 7578, RFC 2046 §5.1.1) while the body
 * is read, in constant memory. For one body and one thread.
 */
final class FormFile {

  private static final int BUFFER = 64 * 1024;
  private static final int HEADER_BYTES_MAX = 8 * 1024;
  private static final int PARTS_MAX = 100;

  /** RFC 2046 §5.1.1: a boundary has 1 to 70 characters. */
  private static final Pattern BOUNDARY =
      Pattern.compile("(?i)^multipart/form-data\\s*;.*?\\bboundary=\"?([^\";,\\s]{1,70})\"?");

  private static final Pattern NAME = Pattern.compile("(?i);\\s*name=(?:\"([^\"]*)\"|([^;\\s]+))");
  private static final Pattern FILE_NAME =
      Pattern.compile("(?i);\\s*filename=(?:\"([^\"]*)\"|([^;\\s]+))");

  private final InputStream in;
  private final byte[] delimiter;
  private final byte[] buffer = new byte[BUFFER];
  private int position;
  private int limit;
  private String fileName = "";

  private FormFile(InputStream in, String boundary) {
    this.in = in;
    this.delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
    // The first delimiter may stand at the very beginning, where no line ends.
    buffer[0] = '\r';
    buffer[1] = '\n';
    this.limit = 2;
  }

  /**
   * Goes to the file of a field.
   *
   * @param contentType what the request says of its body
   * @return ready to be copied; empty when the body is no form or has no such field
   */
  static Optional<FormFile> find(InputStream in, @Nullable String contentType, String field)
      throws IOException {
    var boundary = BOUNDARY.matcher(contentType == null ? "" : contentType);
    if (!boundary.find()) {
      return Optional.empty();
    }
    var form = new FormFile(in, boundary.group(1));
    return form.seek(field) ? Optional.of(form) : Optional.empty();
  }

  private boolean seek(String field) throws IOException {
    try {
      for (int part = 0; part < PARTS_MAX; part++) {
        copyTo(OutputStream.nullOutputStream());
        var disposition = nextPart();
        if (disposition == null) {
          return false;
        }
        if (field.equals(parameter(NAME, disposition))) {
          var name = parameter(FILE_NAME, disposition);
          fileName = name == null ? "" : name;
          return true;
        }
      }
      return false;
    } catch (EOFException e) {
      return false;
    }
  }

  private static @Nullable String parameter(Pattern pattern, String disposition) {
    var found = pattern.matcher(disposition);
    if (!found.find()) {
      return null;
    }
    return found.group(1) == null ? found.group(2) : found.group(1);
  }

  /** What the client calls the file; empty when it does not say. */
  String fileName() {
    return fileName;
  }

  /**
   * Writes the file.
   *
   * @throws EOFException when the body ends before the file does
   */
  void copyTo(OutputStream out) throws IOException {
    while (true) {
      int at = indexOfDelimiter();
      if (at >= 0) {
        out.write(buffer, position, at - position);
        position = at + delimiter.length;
        return;
      }
      int certain = limit - position - (delimiter.length - 1);
      if (certain > 0) {
        out.write(buffer, position, certain);
        position += certain;
      }
      fill();
    }
  }

  private int indexOfDelimiter() {
    for (int i = position; i <= limit - delimiter.length; i++) {
      if (buffer[i] == '\r' && isDelimiter(i)) {
        return i;
      }
    }
    return -1;
  }

  private boolean isDelimiter(int start) {
    for (int i = 0; i < delimiter.length; i++) {
      if (buffer[start + i] != delimiter[i]) {
        return false;
      }
    }
    return true;
  }

  private void fill() throws IOException {
    System.arraycopy(buffer, position, buffer, 0, limit - position);
    limit -= position;
    position = 0;
    int n = in.read(buffer, limit, buffer.length - limit);
    if (n < 0) {
      throw new EOFException("the form is cut off");
    }
    limit += n;
  }

  /** Reads the headers of a part; its Content-Disposition, or null behind the last part. */
  private @Nullable String nextPart() throws IOException {
    var rest = line();
    if (rest.startsWith("--")) {
      return null;
    }
    var disposition = "";
    int bytes = 0;
    for (var line = line(); !line.isEmpty(); line = line()) {
      bytes += line.length();
      if (bytes > HEADER_BYTES_MAX) {
        throw new EOFException("the headers of a part do not end");
      }
      if (line.toLowerCase(Locale.ROOT).startsWith("content-disposition:")) {
        disposition = line;
      }
    }
    return disposition;
  }

  private String line() throws IOException {
    int at = position;
    while (true) {
      while (at + 1 < limit) {
        if (buffer[at] == '\r' && buffer[at + 1] == '\n') {
          var line = new String(buffer, position, at - position, StandardCharsets.UTF_8);
          position = at + 2;
          return line;
        }
        at++;
      }
      if (limit - position > HEADER_BYTES_MAX) {
        throw new EOFException("a header of a part does not end");
      }
      int read = at - position;
      fill();
      at = position + read;
    }
  }
}
