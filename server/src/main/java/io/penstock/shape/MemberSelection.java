package io.penstock.shape;

import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which members of a document stay, by their names, dotted where they are nested. A name stands for
 * everything beneath it, and reaches into the objects of an array. What senders named themselves is
 * among the members and obeys as the others do.
 *
 * <p>Works in place on the bytes of a written document: what stays moves up over what goes. Only
 * objects on the way to a name are looked into; everything else is stepped over. Immutable; safe
 * for many threads.
 */
final class MemberSelection {

  /** More segments than documents have levels; a longer name is taken by its first ones. */
  private static final int SEGMENTS_MAX = 8;

  /** Arrays within arrays are looked into this deep; what is deeper does not stay. */
  private static final int ARRAYS_MAX = 16;

  /** On the way of none of the names. */
  private static final Node NOTHING = new Node();

  private final @Nullable Node kept;
  private final Node dropped;

  /**
   * @param fields to keep; empty for all
   * @param redact to leave out, with the names under which decoding puts what cannot have the name
   *     itself
   */
  MemberSelection(Set<String> fields, Set<String> redact) {
    kept = fields.isEmpty() ? null : tree(fields);
    var gone = tree(redact);
    for (var name : redact) {
      for (var variant : List.of("sent." + name, name + ".hex", "sent." + name + ".hex")) {
        gone.insert(variant, SEGMENTS_MAX);
      }
    }
    dropped = gone;
  }

  private static Node tree(Set<String> names) {
    var root = new Node();
    for (var name : names) {
      root.insert(name, SEGMENTS_MAX);
    }
    return root;
  }

  /**
   * Keeps what stays of the document in {@code array} from {@code start} to {@code end}.
   *
   * @return where it now ends. A document that cannot be read ends before what is odd in it.
   */
  int keep(byte[] array, int start, int end) {
    var pass = new Pass(array, start, end);
    pass.object(kept, dropped);
    if (pass.isMalformed) {
      // Only whole members of the outermost object are sure to be what they seem.
      pass.size = pass.sure;
      array[pass.size++] = '}';
    }
    return pass.size;
  }

  /** A name's segment, and the segments that may follow it. */
  private static final class Node {

    /** Children by the length of their names: few share one. */
    private Child[][] byLength = {};

    /** Whether a name ends here. */
    private boolean isNamed;

    private record Child(byte[] name, Node node) {}

    /** Takes the name as one segment, and split at each of its dots: keys may have dots as well. */
    private void insert(String name, int segments) {
      child(name).isNamed = true;
      for (int dot = name.indexOf('.'); dot > 0 && segments > 1; dot = name.indexOf('.', dot + 1)) {
        child(name.substring(0, dot)).insert(name.substring(dot + 1), segments - 1);
      }
    }

    private Node child(String name) {
      var bytes = name.getBytes(StandardCharsets.UTF_8);
      var known = find(bytes, 0, bytes.length);
      if (known != null) {
        return known;
      }
      if (byLength.length <= bytes.length) {
        int length = byLength.length;
        byLength = Arrays.copyOf(byLength, bytes.length + 1);
        Arrays.fill(byLength, length, byLength.length, new Child[0]);
      }
      var siblings = byLength[bytes.length];
      var added = Arrays.copyOf(siblings, siblings.length + 1);
      added[siblings.length] = new Child(bytes, new Node());
      byLength[bytes.length] = added;
      return added[siblings.length].node();
    }

    private @Nullable Node find(byte[] array, int start, int end) {
      int length = end - start;
      if (length >= byLength.length) {
        return null;
      }
      for (var child : byLength[length]) {
        if (Arrays.equals(child.name(), 0, length, array, start, end)) {
          return child.node();
        }
      }
      return null;
    }

    private boolean isEmpty() {
      return byLength.length == 0;
    }
  }

  /** One reading of a document, writing what stays. */
  private static final class Pass {

    private final byte[] array;
    private final int end;
    private int at;
    private int size;

    /** Where the last whole member of the outermost object ends. */
    private int sure;

    private int depth;
    private boolean isMalformed;

    private Pass(byte[] array, int start, int end) {
      this.array = array;
      this.end = end;
      at = start;
      size = start;
    }

    /**
     * Reads an object from its opening brace behind its closing one.
     *
     * @param kept null when all of it stays
     * @return whether a member stays
     */
    private boolean object(@Nullable Node kept, Node dropped) {
      array[size++] = '{';
      at++;
      if (depth == 0) {
        sure = size;
      }
      depth++;
      boolean isAny = false;
      skipBlanks();
      while (!isMalformed && at < end && array[at] != '}') {
        int before = size;
        if (isAny) {
          array[size++] = ',';
        }
        if (member(kept, dropped)) {
          isAny = true;
        } else {
          size = before;
        }
        if (depth == 1 && !isMalformed) {
          sure = size;
        }
        skipComma();
      }
      depth--;
      close((byte) '}');
      return isAny;
    }

    /** Reads a member; whether it stays, and is written. */
    private boolean member(@Nullable Node kept, Node dropped) {
      int nameStart = at;
      if (array[at] != '"' || !skipText()) {
        isMalformed = true;
        return false;
      }
      int nameEnd = at;
      skipBlanks();
      if (at >= end || array[at] != ':') {
        isMalformed = true;
        return false;
      }
      at++;
      skipBlanks();
      var keptBelow = kept == null ? null : find(kept, nameStart, nameEnd);
      var gone = dropped.isEmpty() ? null : find(dropped, nameStart, nameEnd);
      boolean isOut = kept != null && keptBelow == null || gone != null && gone.isNamed;
      if (isOut) {
        skipValue();
        return false;
      }
      move(nameStart, nameEnd);
      array[size++] = ':';
      return value(
          keptBelow == null || keptBelow.isNamed ? null : keptBelow, gone == null ? NOTHING : gone);
    }

    /** A name as it is written, with its quotes; one with escapes is read first. */
    private @Nullable Node find(Node node, int start, int nameEnd) {
      for (int i = start; i < nameEnd; i++) {
        if (array[i] == '\\') {
          var name = unescaped(start, nameEnd);
          return node.find(name, 0, name.length);
        }
      }
      return node.find(array, start + 1, nameEnd - 1);
    }

    private byte[] unescaped(int start, int nameEnd) {
      try {
        var name = JsonTree.parse(Arrays.copyOfRange(array, start, nameEnd));
        return String.valueOf(name).getBytes(StandardCharsets.UTF_8);
      } catch (MalformedJsonException e) {
        isMalformed = true;
        return new byte[0];
      }
    }

    /** Reads a value; whether something of it stays, and is written. */
    private boolean value(@Nullable Node kept, Node dropped) {
      if (at >= end) {
        isMalformed = true;
        return false;
      }
      if (kept == null && dropped.isEmpty()) {
        int start = at;
        skipValue();
        move(start, at);
        return true;
      }
      return switch (array[at]) {
        case '{' -> object(kept, dropped);
        case '[' -> array(kept, dropped);
        default -> {
          int start = at;
          skipValue();
          move(start, at);
          yield kept == null;
        }
      };
    }

    private boolean array(@Nullable Node kept, Node dropped) {
      if (depth > ARRAYS_MAX) {
        skipValue();
        return false;
      }
      array[size++] = '[';
      at++;
      depth++;
      boolean isAny = false;
      skipBlanks();
      while (!isMalformed && at < end && array[at] != ']') {
        int before = size;
        if (isAny) {
          array[size++] = ',';
        }
        if (value(kept, dropped)) {
          isAny = true;
        } else {
          size = before;
        }
        skipComma();
      }
      depth--;
      close((byte) ']');
      return isAny;
    }

    private void close(byte bracket) {
      if (at >= end || isMalformed) {
        isMalformed = true;
        return;
      }
      array[size++] = bracket;
      at++;
    }

    private void move(int from, int to) {
      System.arraycopy(array, from, array, size, to - from);
      size += to - from;
    }

    /** Steps over a value of any depth. */
    private void skipValue() {
      int nested = 0;
      do {
        if (at >= end) {
          isMalformed = true;
          return;
        }
        switch (array[at]) {
          case '"' -> {
            if (!skipText()) {
              isMalformed = true;
              return;
            }
          }
          case '{', '[' -> {
            nested++;
            at++;
          }
          case '}', ']' -> {
            nested--;
            at++;
          }
          case ',', ':', ' ', '\t', '\r', '\n' -> at++;
          default -> skipWord();
        }
      } while (nested > 0);
      isMalformed |= nested < 0;
    }

    /** A number, true, false or null. */
    private void skipWord() {
      int start = at;
      while (at < end && isOfWord(array[at])) {
        at++;
      }
      if (at == start) {
        // A byte that is in no JSON outside of texts: over it, so that every turn gets on.
        isMalformed = true;
        at++;
      }
    }

    private static boolean isOfWord(byte b) {
      return b > ' ' && b != ',' && b != '}' && b != ']';
    }

    /** From an opening quote behind the closing one; false when there is none. */
    private boolean skipText() {
      for (int i = at + 1; i < end; i++) {
        if (array[i] == '\\') {
          i++;
        } else if (array[i] == '"') {
          at = i + 1;
          return true;
        }
      }
      return false;
    }

    private void skipComma() {
      skipBlanks();
      if (at < end && array[at] == ',') {
        at++;
        skipBlanks();
      }
    }

    private void skipBlanks() {
      while (at < end
          && (array[at] == ' ' || array[at] == '\t' || array[at] == '\n' || array[at] == '\r')) {
        at++;
      }
    }
  }
}
