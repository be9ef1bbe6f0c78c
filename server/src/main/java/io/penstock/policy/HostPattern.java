package io.penstock.policy;

import io.penstock.exchange.HostName;
import java.util.Optional;

/**
 * Hosts that a rule is about: one host, or with {@code *.} in front every name below it, however
 * many labels; the name itself is not among them. {@code *} alone is every host. Labels are
 * compared whole: {@code cdn.cribl.io} is neither {@code cdn.cribl.io.example} nor {@code
 * xcdn.cribl.io}.
 */
public record HostPattern(Kind kind, String name) {

  /** Every host. */
  public static final HostPattern ANY = new HostPattern(Kind.ANY, "");

  /** How much a pattern says. */
  public enum Kind {
    EXACT,
    BELOW,
    ANY
  }

  /** Reads a pattern; empty when it is none. */
  public static Optional<HostPattern> parse(String text) {
    if (text.equals("*")) {
      return Optional.of(ANY);
    }
    if (text.startsWith("*.")) {
      return HostName.of(text.substring(2)).map(name -> new HostPattern(Kind.BELOW, name));
    }
    return HostName.of(text).map(name -> new HostPattern(Kind.EXACT, name));
  }

  /**
   * @param host as {@link HostName} writes it
   */
  public boolean matches(String host) {
    return switch (kind) {
      case ANY -> true;
      case EXACT -> host.equals(name);
      case BELOW ->
          host.length() > name.length() + 1
              && host.endsWith(name)
              && host.charAt(host.length() - name.length() - 1) == '.';
    };
  }

  @Override
  public String toString() {
    return switch (kind) {
      case ANY -> "*";
      case EXACT -> name;
      case BELOW -> "*." + name;
    };
  }
}
