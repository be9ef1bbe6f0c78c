package io.penstock.pipeline;

import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Leaves members out of an event's {@link Event#extra}, at any depth: those of certain names, and
 * those whose value is one of certain addresses, however it is written. What it cannot read it does
 * not keep. Immutable; each call works on its own.
 */
final class MemberFilter {

  /** Deeper than events nest; what is deeper is left out. */
  private static final int DEPTH_MAX = 64;

  /** The longest text of an address. */
  private static final int ADDRESS_LENGTH_MAX = 45;

  private final byte[][] names;

  /**
   * @param names with each go the names under which decoding puts what cannot have the name itself
   */
  MemberFilter(Set<String> names) {
    var all = new HashSet<String>();
    for (var name : names) {
      for (var variant : List.of(name, "sent." + name)) {
        all.add(variant);
        all.add(variant + ".hex");
      }
    }
    this.names =
        all.stream().map(name -> name.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
  }

  /** The members without those that must go; the same array when none must. */
  byte[] without(byte[] extra, List<Ip> gone) {
    if (extra.length == 0) {
      return extra;
    }
    var pass = new Pass(extra, gone);
    if (!pass.members((byte) 0, 0) || pass.at != extra.length) {
      return Event.NO_EXTRA;
    }
    return pass.size == extra.length ? extra : Arrays.copyOf(pass.out, pass.size);
  }

  /** One reading of an event's members, writing what is kept. */
  private final class Pass {

    private final byte[] in;
    private final List<Ip> gone;

    /** Never longer than what is read: things are left out and none are added. */
    private final byte[] out;

    private int at;
    private int size;

    Pass(byte[] in, List<Ip> gone) {
      this.in = in;
      this.gone = gone;
      this.out = new byte[in.length];
    }

    /**
     * Reads members up to a closing brace, or to the end where {@code end} is 0.
     *
     * @return false when they cannot be read
     */
    private boolean members(byte end, int depth) {
      int kept = 0;
      boolean isFirst = true;
      while (true) {
        skipBlanks();
        if (isAtEnd(end)) {
          return true;
        }
        if (!isFirst && !skipComma()) {
          return false;
        }
        isFirst = false;
        int nameStart = at;
        if (at >= in.length || in[at] != '"' || !skipString()) {
          return false;
        }
        boolean isWanted = !isNamed(nameStart + 1, at - 1);
        skipBlanks();
        if (at >= in.length || in[at] != ':') {
          return false;
        }
        at++;
        int before = size;
        if (kept > 0) {
          out[size++] = ',';
        }
        copy(nameStart, at);
        if (!value(depth)) {
          return false;
        }
        if (!isWanted || valueIsGone) {
          size = before;
        } else {
          kept++;
        }
      }
    }

    /** Whether the value just read was an address that must go. */
    private boolean valueIsGone;

    private boolean isAtEnd(byte end) {
      if (at >= in.length) {
        return end == 0;
      }
      return end != 0 && in[at] == end;
    }

    /** Reads a value and writes what is kept of it. */
    private boolean value(int depth) {
      skipBlanks();
      valueIsGone = false;
      if (at >= in.length || depth > DEPTH_MAX) {
        return false;
      }
      return switch (in[at]) {
        case '{' -> object(depth);
        case '[' -> array(depth);
        case '"' -> text();
        default -> word();
      };
    }

    private boolean object(int depth) {
      out[size++] = in[at++];
      if (!members((byte) '}', depth + 1) || at >= in.length) {
        return false;
      }
      out[size++] = in[at++];
      valueIsGone = false;
      return true;
    }

    private boolean array(int depth) {
      out[size++] = in[at++];
      int kept = 0;
      boolean isFirst = true;
      while (true) {
        skipBlanks();
        if (at >= in.length) {
          return false;
        }
        if (in[at] == ']') {
          out[size++] = in[at++];
          valueIsGone = false;
          return true;
        }
        if (!isFirst && !skipComma()) {
          return false;
        }
        isFirst = false;
        int before = size;
        if (kept > 0) {
          out[size++] = ',';
        }
        if (!value(depth + 1)) {
          return false;
        }
        if (valueIsGone) {
          size = before;
        } else {
          kept++;
        }
      }
    }

    private boolean text() {
      int start = at;
      if (!skipString()) {
        return false;
      }
      copy(start, at);
      valueIsGone = !gone.isEmpty() && isGone(start + 1, at - 1);
      return true;
    }

    /** A number, true, false or null. */
    private boolean word() {
      int start = at;
      while (at < in.length && ",]} \t\r\n".indexOf(in[at]) < 0) {
        at++;
      }
      copy(start, at);
      return at > start;
    }

    private boolean isGone(int start, int end) {
      if (end - start > ADDRESS_LENGTH_MAX) {
        return false;
      }
      // An address needs no escape, and none of those who send events writes one with an escape.
      return Ip.parse(new String(in, start, end - start, StandardCharsets.ISO_8859_1))
          .filter(gone::contains)
          .isPresent();
    }

    private boolean isNamed(int start, int end) {
      for (int i = start; i < end; i++) {
        if (in[i] == '\\') {
          return isNamedUnescaped(start - 1, end + 1);
        }
      }
      return matches(in, start, end);
    }

    private boolean isNamedUnescaped(int start, int end) {
      try {
        var name = JsonTree.parse(Arrays.copyOfRange(in, start, end));
        var bytes = String.valueOf(name).getBytes(StandardCharsets.UTF_8);
        return matches(bytes, 0, bytes.length);
      } catch (MalformedJsonException e) {
        // Nobody can tell what it is called: it goes.
        return true;
      }
    }

    private boolean matches(byte[] bytes, int start, int end) {
      for (var name : names) {
        if (Arrays.equals(name, 0, name.length, bytes, start, end)) {
          return true;
        }
      }
      return false;
    }

    /** From an opening quote behind the closing one; false when there is none. */
    private boolean skipString() {
      for (int i = at + 1; i < in.length; i++) {
        if (in[i] == '\\') {
          i++;
        } else if (in[i] == '"') {
          at = i + 1;
          return true;
        }
      }
      return false;
    }

    private boolean skipComma() {
      if (at >= in.length || in[at] != ',') {
        return false;
      }
      at++;
      skipBlanks();
      return true;
    }

    private void skipBlanks() {
      while (at < in.length
          && (in[at] == ' ' || in[at] == '\t' || in[at] == '\n' || in[at] == '\r')) {
        at++;
      }
    }

    private void copy(int from, int to) {
      System.arraycopy(in, from, out, size, to - from);
      size += to - from;
    }
  }
}
