package io.penstock.exchange;

import java.net.IDN;
import java.util.Locale;
import java.util.Optional;

/**
 * How a host is written everywhere inside: lower case, without the dot of the root,
 * internationalised labels as A-labels (RFC 5890 §2.3.2.1), IPv6 addresses without brackets.
 */
public final class HostName {

  /** Of a name in text (RFC 1035 §2.3.4). */
  private static final int LENGTH_MAX = 253;

  private static final int LABEL_MAX = 63;

  private HostName() {}

  /** The name or address in that form; empty for what no host can be called. */
  public static Optional<String> of(String written) {
    if (written.startsWith("[") && written.endsWith("]")) {
      return address(written.substring(1, written.length() - 1));
    }
    if (written.indexOf(':') >= 0) {
      return address(written);
    }
    var name = written.endsWith(".") ? written.substring(0, written.length() - 1) : written;
    if (name.isEmpty() || name.length() > LENGTH_MAX) {
      return Optional.empty();
    }
    try {
      var ascii = IDN.toASCII(name, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
      return isName(ascii) ? Optional.of(ascii) : Optional.empty();
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private static Optional<String> address(String text) {
    boolean isAddress =
        text.length() <= 45
            && text.indexOf(':') >= 0
            && text.chars().allMatch(c -> Character.digit(c, 16) >= 0 || c == ':' || c == '.');
    return isAddress ? Optional.of(text.toLowerCase(Locale.ROOT)) : Optional.empty();
  }

  /** Letters, digits, hyphens and the underscores that some name machines with. */
  private static boolean isName(String ascii) {
    if (ascii.isEmpty() || ascii.length() > LENGTH_MAX) {
      return false;
    }
    for (var label : ascii.split("\\.", -1)) {
      boolean isLabel =
          !label.isEmpty()
              && label.length() <= LABEL_MAX
              && label.chars().allMatch(HostName::isLabelCharacter);
      if (!isLabel) {
        return false;
      }
    }
    return true;
  }

  private static boolean isLabelCharacter(int c) {
    return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_';
  }
}
