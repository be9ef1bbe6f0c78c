package io.penstock.enrich;

import io.penstock.prefix.Prefix;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a threat list.
 *
 * @param target what it names
 * @param category the list's word for the threat
 * @param confidence 0 to 100
 * @param feed name of the list
 * @param expires from when on it counts no more; null for never
 */
public record Indicator(
    Target target, String category, int confidence, String feed, @Nullable Instant expires) {

  /** What a list says of an entry when it says nothing. */
  public static final String UNKNOWN_CATEGORY = "unknown";

  /** How sure a list is of an entry when it does not say. */
  public static final int UNKNOWN_CONFIDENCE = 50;

  public Indicator {
    if (confidence < 0 || confidence > 100) {
      throw new IllegalArgumentException("confidence must be 0 to 100, not " + confidence);
    }
  }

  /** An indicator that does not expire. */
  public Indicator(Target target, String category, int confidence, String feed) {
    this(target, category, confidence, feed, null);
  }

  /** What an indicator names. */
  public sealed interface Target {

    /** An address or a prefix. */
    record Network(Prefix prefix) implements Target {
      @Override
      public String text() {
        return prefix.toString();
      }
    }

    /** A domain with all its subdomains, in lower case and without the final dot. */
    record Domain(String name) implements Target {
      @Override
      public String text() {
        return name;
      }
    }

    /** The one form of it: CIDR notation or the domain's name, as {@link #parse} reads them. */
    String text();

    /**
     * Reads an address, a prefix, an address with a port ({@code 192.0.2.1:443}, {@code
     * [2001:db8::1]:443}; the port is not kept) or a domain ({@code domain:evil.example} or bare).
     */
    static Optional<Target> parse(String text) {
      if (text.startsWith("domain:")) {
        return domain(text.substring("domain:".length()));
      }
      return network(withoutPort(text)).or(() -> domain(text));
    }

    /** Reads an address or a prefix; one that covers a whole family names nobody. */
    static Optional<Target> network(String text) {
      return Prefix.parse(text).filter(prefix -> !prefix.isEverything()).map(Network::new);
    }

    /** Reads a domain name; wildcards ({@code *.evil.example}) mean the domain itself. */
    static Optional<Target> domain(String text) {
      return DomainName.of(text.strip()).map(Domain::new);
    }

    private static String withoutPort(String text) {
      int colon = text.lastIndexOf(':');
      if (text.startsWith("[")) {
        int bracket = text.indexOf(']');
        return bracket < 0 ? text : text.substring(1, bracket);
      }
      return colon > 0 && text.indexOf(':') == colon ? text.substring(0, colon) : text;
    }
  }
}
