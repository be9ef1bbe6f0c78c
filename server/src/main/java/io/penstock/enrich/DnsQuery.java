package io.penstock.enrich;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The domain that an event asks a name server for, found among its extra members ({@code
 * "a":1,"b":"x"}) without parsing them all: a scan over the bytes that knows strings and nesting.
 * Members that are not well-formed end the search, they never fail it.
 */
final class DnsQuery {

  private static final byte[] QUERY = "query".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DNS_QUERY = "dns_query".getBytes(StandardCharsets.US_ASCII);
  private static final int NAME_MAX = 1024;

  private DnsQuery() {}

  /** The domain that was asked for ({@code query}, else {@code dns_query}); null when none. */
  static @Nullable String in(byte[] extra) {
    if (extra.length == 0) {
      return null;
    }
    var query = text(extra, QUERY);
    return query != null ? query : text(extra, DNS_QUERY);
  }

  /** The text of a member of the outermost level; null when there is none. */
  private static @Nullable String text(byte[] members, byte[] name) {
    int depth = 0;
    for (int i = 0; i < members.length; i++) {
      switch (members[i]) {
        case '{', '[' -> depth++;
        case '}', ']' -> depth--;
        case '"' -> {
          int end = endOfString(members, i + 1);
          if (end < 0) {
            return null;
          }
          if (depth == 0 && isName(members, i + 1, end, name)) {
            return value(members, end + 1);
          }
          i = end;
        }
        default -> {}
      }
    }
    return null;
  }

  /** Index of the closing quote, -1 when there is none. */
  private static int endOfString(byte[] members, int start) {
    for (int i = start; i < members.length; i++) {
      if (members[i] == '\\') {
        i++;
      } else if (members[i] == '"') {
        return i;
      }
    }
    return -1;
  }

  private static boolean isName(byte[] members, int start, int end, byte[] name) {
    if (end - start != name.length || next(members, end + 1) != ':') {
      return false;
    }
    for (int i = 0; i < name.length; i++) {
      if (members[start + i] != name[i]) {
        return false;
      }
    }
    return true;
  }

  /** The next byte that is not blank, 0 at the end. */
  private static int next(byte[] members, int start) {
    int i = skipBlanks(members, start);
    return i < members.length ? members[i] : 0;
  }

  private static int skipBlanks(byte[] members, int start) {
    int i = start;
    while (i < members.length && members[i] <= ' ' && members[i] >= 0) {
      i++;
    }
    return i;
  }

  private static @Nullable String value(byte[] members, int colon) {
    int quote = skipBlanks(members, skipBlanks(members, colon) + 1);
    if (quote >= members.length || members[quote] != '"') {
      return null;
    }
    int end = endOfString(members, quote + 1);
    // Escapes do not occur in names that can match, so a text with them is as good as none.
    if (end < 0 || end - quote > NAME_MAX) {
      return null;
    }
    return new String(members, quote + 1, end - quote - 1, StandardCharsets.UTF_8);
  }
}
