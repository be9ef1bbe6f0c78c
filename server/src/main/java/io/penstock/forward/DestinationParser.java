package io.penstock.forward;

import io.penstock.event.Ip;
import io.penstock.prefix.Prefix;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the notation of a destination: {@code host:port}, then {@code ?name=value&name=value}. The
 * names are {@code listener}, {@code exporters} and {@code except}, which may stand more than once,
 * and {@code source}.
 */
final class DestinationParser {

  /** The letters of host names (RFC 1123 §2.1), and the underscore that container networks add. */
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9._-]{0,252})");

  /** What only an address consists of: no name ends in a number (RFC 3696 §2). */
  private static final Pattern DOTTED = Pattern.compile("(.*\\.)?[0-9]+");

  private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

  private final List<String> knownListeners;
  private final Set<String> listeners = new HashSet<>();
  private final List<Prefix> exporters = new ArrayList<>();
  private final List<Prefix> excluded = new ArrayList<>();
  private @Nullable SourceAddress source;

  private DestinationParser(List<String> knownListeners) {
    this.knownListeners = knownListeners;
  }

  /**
   * @param knownListeners what listeners are called
   * @throws IllegalArgumentException with the part that is wrong in its message
   */
  static Destination parse(String text, List<String> knownListeners) {
    return new DestinationParser(knownListeners).read(text);
  }

  private Destination read(String text) {
    int question = text.indexOf('?');
    var place = question < 0 ? text : text.substring(0, question);
    if (question >= 0) {
      for (var option : text.substring(question + 1).split("&", -1)) {
        option(option);
      }
    }
    for (var prefix : excluded) {
      check(!exporters.contains(prefix), "'" + prefix + "' is both wanted and excepted");
    }
    int colon = place.lastIndexOf(':');
    check(colon > 0, "expected host:port, not '" + place + "'");
    return new Destination(
        host(place.substring(0, colon)),
        port(place.substring(colon + 1)),
        listeners,
        exporters,
        excluded,
        source == null ? SourceAddress.OWN : source);
  }

  private static String host(String text) {
    if (text.startsWith("[") && text.endsWith("]")) {
      var inner = text.substring(1, text.length() - 1);
      check(
          Ip.parse(inner).filter(ip -> !ip.isV4()).isPresent(),
          "'" + inner + "' is no IPv6 address");
      return inner;
    }
    check(text.indexOf(':') < 0, "an IPv6 address needs brackets, as in [2001:db8::1]:2055");
    boolean isAddress = DOTTED.matcher(text).matches();
    check(
        isAddress ? Ip.parse(text).isPresent() : HOST.matcher(text).matches(),
        "'" + text + "' is no host name and no address");
    return text.toLowerCase(Locale.ROOT);
  }

  private static int port(String text) {
    int port = PORT.matcher(text).matches() ? Integer.parseInt(text) : 0;
    check(port >= 1 && port <= 65_535, "'" + text + "' is no port from 1 to 65535");
    return port;
  }

  private void option(String text) {
    int equal = text.indexOf('=');
    check(equal > 0, "expected name=value, not '" + text + "'");
    var value = text.substring(equal + 1);
    switch (text.substring(0, equal)) {
      case "listener" -> {
        check(
            knownListeners.contains(value),
            "'" + value + "' is no listener: " + String.join(", ", knownListeners));
        listeners.add(value);
      }
      case "exporters" -> exporters.add(network(value));
      case "except" -> excluded.add(network(value));
      case "source" -> {
        check(source == null, "source is given twice");
        source =
            SourceAddress.of(value)
                .orElseThrow(
                    () ->
                        wrong("source is one of " + SourceAddress.WORDS + ", not '" + value + "'"));
      }
      default ->
          throw wrong(
              "'" + text + "' is not known: there are listener, exporters, except and source");
    }
  }

  private static Prefix network(String text) {
    return Prefix.parse(text)
        .orElseThrow(() -> wrong("'" + text + "' is no address and no network like 10.0.0.0/8"));
  }

  private static void check(boolean holds, String problem) {
    if (!holds) {
      throw wrong(problem);
    }
  }

  private static IllegalArgumentException wrong(String problem) {
    return new IllegalArgumentException(problem);
  }
}
