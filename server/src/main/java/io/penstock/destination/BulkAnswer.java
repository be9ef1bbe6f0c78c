package io.penstock.destination;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the answer to {@code _bulk} while it comes, and keeps nothing of it: each item is told as
 * soon as it is over. Texts are cut at a few hundred bytes, so that memory does not depend on what
 * the other side says. For one thread, once.
 */
final class BulkAnswer {

  /** Enough for the server's own answers, which nest five deep. */
  private static final int DEPTH_MAX = 32;

  private static final int TEXT_MAX = 400;
  private static final int DIGITS_MAX = 9;
  private static final int END = -1;

  private final InputStream in;
  private final Items items;
  private final byte[] buffer = new byte[8 * 1024];
  private final ByteArrayOutputStream text = new ByteArrayOutputStream(64);
  private int at;
  private int end;
  private int next;
  private int count;
  private @Nullable Failure failure;

  /** Is told of each item, in the order in which they were sent. */
  @FunctionalInterface
  interface Items {

    /**
     * @param failureStore what a data stream did with it instead: {@code used}, {@code failed}, or
     *     null for nothing of the kind
     * @return whether to go on
     */
    boolean item(int index, int status, @Nullable Failure failure, @Nullable String failureStore);
  }

  /**
   * Why something failed.
   *
   * @param type the server's word for it, such as {@code mapper_parsing_exception}; empty if it
   *     gave none
   * @param reason what it says about it
   */
  record Failure(String type, String reason) {

    @Override
    public String toString() {
      return type.isEmpty() || reason.isEmpty() ? type + reason : type + ": " + reason;
    }
  }

  /** An answer that is not what the server says to {@code _bulk}. */
  static final class NotAnAnswerException extends IOException {

    private static final long serialVersionUID = 1;

    NotAnAnswerException(String message) {
      super(message);
    }
  }

  BulkAnswer(InputStream in, Items items) {
    this.in = in;
    this.items = items;
  }

  /** Items that the answer was about. */
  int count() {
    return count;
  }

  /** Why the whole request failed; null if the answer does not say that. */
  @Nullable Failure failure() {
    return failure;
  }

  /**
   * Reads to the end, or to where {@link Items#item} wants no more.
   *
   * @throws NotAnAnswerException when it is something else
   */
  void read() throws IOException {
    next = nextByte();
    skipBlanks();
    object(
        name -> {
          switch (name) {
            case "items" -> {
              return items();
            }
            case "error" -> failure = failure(1);
            default -> skip(1);
          }
          return true;
        });
  }

  /** Reads the value of a member, which stands behind its name. */
  @FunctionalInterface
  private interface Member {

    /** Whether to go on. */
    boolean read(String name) throws IOException;
  }

  private boolean items() throws IOException {
    expect('[');
    if (isEnd(']')) {
      return true;
    }
    do {
      var item = new Item();
      object(name -> item(item));
      if (!items.item(count++, item.status, item.failure, item.failureStore)) {
        return false;
      }
    } while (isMore(']'));
    return true;
  }

  private static final class Item {
    private int status;
    private @Nullable Failure failure;
    private @Nullable String failureStore;
  }

  /** What stands behind the name of the action. */
  private boolean item(Item item) throws IOException {
    object(
        name -> {
          switch (name) {
            case "status" -> item.status = number();
            case "error" -> item.failure = failure(3);
            case "failure_store" -> item.failureStore = textOrSkip(3);
            default -> skip(3);
          }
          return true;
        });
    return true;
  }

  /** An error is an object with type, reason and causes; older servers and proxies say a text. */
  private Failure failure(int depth) throws IOException {
    if (next != '{') {
      var reason = textOrSkip(depth);
      return new Failure("", reason == null ? "" : reason);
    }
    if (depth > DEPTH_MAX) {
      throw unexpected("nested too deep");
    }
    var found =
        new Object() {
          String type = "";
          String reason = "";
          @Nullable Failure cause;
        };
    object(
        name -> {
          switch (name) {
            case "type" -> found.type = orEmpty(textOrSkip(depth));
            case "reason" -> found.reason = orEmpty(textOrSkip(depth));
            case "caused_by" -> found.cause = failure(depth + 1);
            default -> skip(depth);
          }
          return true;
        });
    var cause = found.cause;
    return cause == null || cause.reason.isEmpty()
        ? new Failure(found.type, found.reason)
        : new Failure(found.type, found.reason + ": " + cause.reason);
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  private boolean object(Member member) throws IOException {
    expect('{');
    if (isEnd('}')) {
      return true;
    }
    do {
      var name = text();
      skipBlanks();
      expect(':');
      if (!member.read(name)) {
        return false;
      }
    } while (isMore('}'));
    return true;
  }

  /** Whether a list or an object is over before it began. */
  private boolean isEnd(char close) throws IOException {
    if (next != close) {
      return false;
    }
    advance();
    skipBlanks();
    return true;
  }

  private boolean isMore(char close) throws IOException {
    if (next == ',') {
      expect(',');
      return true;
    }
    expect(close);
    return false;
  }

  private void skip(int depth) throws IOException {
    if (depth > DEPTH_MAX) {
      throw unexpected("nested too deep");
    }
    switch (next) {
      case '{' ->
          object(
              name -> {
                skip(depth + 1);
                return true;
              });
      case '[' -> {
        expect('[');
        if (!isEnd(']')) {
          do {
            skip(depth + 1);
          } while (isMore(']'));
        }
      }
      case '"' -> text();
      default -> word();
    }
  }

  /** A number, true, false or null. */
  private void word() throws IOException {
    if (!isOfWord()) {
      throw unexpected("not JSON");
    }
    while (isOfWord()) {
      advance();
    }
    skipBlanks();
  }

  private boolean isOfWord() {
    return next >= '0' && next <= '9'
        || next >= 'a' && next <= 'z'
        || next == '-'
        || next == '+'
        || next == '.'
        || next == 'E';
  }

  private int number() throws IOException {
    int value = 0;
    int digits = 0;
    while (next >= '0' && next <= '9' && digits++ < DIGITS_MAX) {
      value = 10 * value + next - '0';
      advance();
    }
    if (digits == 0) {
      throw unexpected("a status that is no number");
    }
    skipBlanks();
    return value;
  }

  private @Nullable String textOrSkip(int depth) throws IOException {
    if (next == '"') {
      return text();
    }
    skip(depth);
    return null;
  }

  /** A text without what is beyond a few hundred bytes of it. */
  private String text() throws IOException {
    if (next != '"') {
      throw unexpected("not JSON");
    }
    advance();
    text.reset();
    while (next != '"') {
      if (next == '\\') {
        advance();
        escape();
      } else {
        keep(next);
      }
      if (next == END) {
        throw unexpected("cut off");
      }
      advance();
    }
    advance();
    skipBlanks();
    return text.toString(StandardCharsets.UTF_8);
  }

  private void escape() throws IOException {
    switch (next) {
      case 'n', 'r', 't', 'b', 'f' -> keep(' ');
      case 'u' -> {
        int code = 0;
        for (int i = 0; i < 4; i++) {
          advance();
          int digit = Character.digit(next, 16);
          if (digit < 0) {
            throw unexpected("not JSON");
          }
          code = 16 * code + digit;
        }
        // What is not printable ASCII only matters to people, who can do without it.
        keep(code >= ' ' && code < 0x7f ? code : '?');
      }
      default -> keep(next);
    }
  }

  private void keep(int b) {
    if (text.size() < TEXT_MAX) {
      text.write(b < ' ' ? ' ' : b);
    }
  }

  private void expect(char c) throws IOException {
    if (next != c) {
      throw unexpected(next == END ? "cut off" : "not JSON");
    }
    advance();
    skipBlanks();
  }

  private void skipBlanks() throws IOException {
    while (next == ' ' || next == '\n' || next == '\r' || next == '\t') {
      advance();
    }
  }

  private void advance() throws IOException {
    next = nextByte();
  }

  private int nextByte() throws IOException {
    if (at == end) {
      at = 0;
      end = Math.max(0, in.read(buffer));
      if (end == 0) {
        return END;
      }
    }
    return buffer[at++] & 0xff;
  }

  private static NotAnAnswerException unexpected(String why) {
    return new NotAnAnswerException("the answer is not one of _bulk: " + why);
  }
}
