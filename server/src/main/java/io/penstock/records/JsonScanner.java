package io.penstock.records;

/**
 * Walks over JSON text (RFC 8259) in place, without making objects: a value is the range of bytes
 * that it fills. Strict about grammar, and bounded in depth. The bytes must be valid UTF-8.
 */
final class JsonScanner {

  private static final int DEPTH_MAX = 64;

  /** The text is not JSON; caught by {@link JsonRecords}, so it carries no stack. */
  static final class SyntaxException extends RuntimeException {
    private final int offset;

    SyntaxException(String what, int offset) {
      super(what, null, false, false);
      this.offset = offset;
    }

    int offset() {
      return offset;
    }
  }

  private final byte[] in;
  private final int end;
  private int pos;
  private int nameEnd;
  private int nameHash;
  private boolean escaped;

  JsonScanner(byte[] in, int start, int end) {
    this.in = in;
    this.pos = start;
    this.end = end;
  }

  int position() {
    return pos;
  }

  void moveTo(int position) {
    pos = position;
  }

  /** Hash of the string last read by {@link #readName}, see {@link FieldNames#hash}. */
  int nameHash() {
    return nameHash;
  }

  /** Whether the string last read had a backslash in it. */
  boolean wasEscaped() {
    return escaped;
  }

  /** The next byte that is not white space, without taking it; -1 at the end. */
  int peek() {
    while (pos < end) {
      byte b = in[pos];
      if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
        return b;
      }
      pos++;
    }
    return -1;
  }

  /** Takes the next byte that is not white space if it is {@code wanted}. */
  boolean take(int wanted) {
    if (peek() != wanted) {
      return false;
    }
    pos++;
    return true;
  }

  void expect(int wanted) {
    if (!take(wanted)) {
      throw unexpected("expected '" + (char) wanted + "'");
    }
  }

  SyntaxException unexpected(String what) {
    return new SyntaxException(pos >= end ? "unexpected end of input" : what, pos);
  }

  /** Takes a member's name and the colon; returns where its text starts, after the quote. */
  int readName() {
    if (peek() != '"') {
      throw unexpected("expected a name in double quotes");
    }
    int start = ++pos;
    int hash = 0;
    while (pos < end) {
      byte b = in[pos];
      if (b == '"') {
        nameHash = hash;
        escaped = false;
        nameEnd = pos++;
        expect(':');
        return start;
      }
      if (b == '\\') {
        skipStringFrom(start);
        nameHash = 0;
        escaped = true;
        nameEnd = pos - 1;
        expect(':');
        return start;
      }
      if (b >= 0 && b < 0x20) {
        throw unexpected("control character in a string");
      }
      hash = hash * 31 + b;
      pos++;
    }
    throw unexpected("unterminated string");
  }

  /** Where the text of the name last read ends, before the quote. */
  int nameEnd() {
    return nameEnd;
  }

  /** Takes a whole value, whatever it is; it then fills the bytes up to {@link #position}. */
  void skipValue() {
    skipValue(0);
  }

  private void skipValue(int depth) {
    switch (peek()) {
      case '"' -> {
        pos++;
        skipStringFrom(pos);
      }
      case '{' -> skipObject(depth + 1);
      case '[' -> skipArray(depth + 1);
      case 't' -> skipWord("true");
      case 'f' -> skipWord("false");
      case 'n' -> skipWord("null");
      default -> skipNumber();
    }
  }

  private void skipObject(int depth) {
    checkDepth(depth);
    pos++;
    if (take('}')) {
      return;
    }
    do {
      readName();
      skipValue(depth);
    } while (take(','));
    expect('}');
  }

  private void skipArray(int depth) {
    checkDepth(depth);
    pos++;
    if (take(']')) {
      return;
    }
    do {
      skipValue(depth);
    } while (take(','));
    expect(']');
  }

  private void checkDepth(int depth) {
    if (depth > DEPTH_MAX) {
      throw new SyntaxException("nested deeper than " + DEPTH_MAX, pos);
    }
  }

  private void skipWord(String word) {
    for (int i = 0; i < word.length(); i++) {
      if (pos + i >= end || in[pos + i] != word.charAt(i)) {
        throw unexpected("expected a value");
      }
    }
    pos += word.length();
  }

  private void skipStringFrom(int start) {
    pos = start;
    escaped = false;
    while (pos < end) {
      byte b = in[pos++];
      if (b == '"') {
        return;
      }
      if (b == '\\') {
        escaped = true;
        skipEscape();
      } else if (b >= 0 && b < 0x20) {
        pos--;
        throw unexpected("control character in a string");
      }
    }
    throw unexpected("unterminated string");
  }

  private void skipEscape() {
    if (pos >= end) {
      throw unexpected("unterminated string");
    }
    byte b = in[pos++];
    switch (b) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {}
      case 'u' -> {
        for (int i = 0; i < 4; i++, pos++) {
          if (pos >= end || Character.digit(in[pos], 16) < 0) {
            throw unexpected("malformed \\u escape");
          }
        }
      }
      default -> {
        pos--;
        throw unexpected("unknown escape");
      }
    }
  }

  private void skipNumber() {
    if (pos < end && in[pos] == '-') {
      pos++;
    }
    if (pos < end && in[pos] == '0') {
      pos++;
    } else {
      skipDigits();
    }
    if (pos < end && in[pos] == '.') {
      pos++;
      skipDigits();
    }
    if (pos < end && (in[pos] | 0x20) == 'e') {
      pos++;
      if (pos < end && (in[pos] == '+' || in[pos] == '-')) {
        pos++;
      }
      skipDigits();
    }
  }

  private void skipDigits() {
    int start = pos;
    while (pos < end && in[pos] >= '0' && in[pos] <= '9') {
      pos++;
    }
    if (pos == start) {
      throw unexpected("expected a value");
    }
  }
}
