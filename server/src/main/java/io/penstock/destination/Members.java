package io.penstock.destination;

import io.penstock.config.Secret;
import io.penstock.dial.Tls;
import io.penstock.shape.Schema;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The members of a posted or stored configuration, by type. Gathers every fault instead of stopping
 * at the first: what is at fault reads as if it had not been sent. For one thread.
 */
final class Members {

  private static final int TEXT_LENGTH_MAX = 4_096;
  private static final int PEM_LENGTH_MAX = 64 * 1024;
  private static final int LIST_LENGTH_MAX = 64;

  private final Map<String, @Nullable Object> members;
  private final List<Fault> faults = new ArrayList<>();

  /**
   * @param members as {@link io.penstock.json.JsonTree} reads them
   */
  Members(Map<String, @Nullable Object> members) {
    this.members = members;
  }

  /**
   * Why a configuration cannot be taken.
   *
   * @param field the member at fault
   */
  record Fault(String field, String reason) {}

  List<Fault> faults() {
    return List.copyOf(faults);
  }

  void fault(String name, String reason) {
    faults.add(new Fault(name, reason));
  }

  /** Finds fault with a schema whose documents are not text. */
  void demandText() {
    if (members.get("schema") instanceof String text
        && text.strip().equalsIgnoreCase(Schema.GOFLOW2.name())) {
      fault("schema", "is binary, which this destination does not take");
    }
  }

  boolean has(String name) {
    return members.get(name) != null;
  }

  @Nullable String text(String name) {
    return text(name, TEXT_LENGTH_MAX);
  }

  private @Nullable String text(String name, int lengthMax) {
    return switch (members.get(name)) {
      case null -> null;
      case String text when text.length() <= lengthMax -> text.isBlank() ? null : text.strip();
      case Object _ -> {
        fault(name, "should be a text of at most " + lengthMax + " characters");
        yield null;
      }
    };
  }

  String text(String name, String otherwise) {
    var text = text(name);
    return text == null ? otherwise : text;
  }

  /** A text that must be there. */
  String required(String name) {
    var text = text(name);
    if (text == null) {
      fault(name, "missing");
      return "";
    }
    return text;
  }

  @Nullable Secret secret(String name) {
    var text = text(name);
    return text == null ? null : new Secret(text);
  }

  Secret requiredSecret(String name) {
    return new Secret(required(name));
  }

  int number(String name, int min, int max, int otherwise) {
    return switch (members.get(name)) {
      case null -> otherwise;
      case Long number when number >= min && number <= max -> number.intValue();
      case Object _ -> {
        fault(name, "should be a whole number from " + min + " to " + max);
        yield otherwise;
      }
    };
  }

  boolean flag(String name, boolean otherwise) {
    return switch (members.get(name)) {
      case null -> otherwise;
      case Boolean flag -> flag;
      case Object _ -> {
        fault(name, "should be true or false");
        yield otherwise;
      }
    };
  }

  /** Milliseconds. */
  Duration millis(String name, Duration min, Duration max, Duration otherwise) {
    return Duration.ofMillis(
        number(name, (int) min.toMillis(), (int) max.toMillis(), (int) otherwise.toMillis()));
  }

  <E extends Enum<E>> E word(String name, Class<E> words, E otherwise) {
    var text = text(name);
    if (text == null) {
      return otherwise;
    }
    for (var word : words.getEnumConstants()) {
      if (word.name().equalsIgnoreCase(text.replace('-', '_'))) {
        return word;
      }
    }
    var allowed =
        List.of(words.getEnumConstants()).stream()
            .map(word -> word.name().toLowerCase(Locale.ROOT))
            .toList();
    fault(name, "should be one of " + String.join(", ", allowed));
    return otherwise;
  }

  /** A list of texts, or a single text. */
  List<String> texts(String name) {
    return switch (members.get(name)) {
      case null -> List.of();
      case String text -> List.of(text);
      case List<?> items when items.size() <= LIST_LENGTH_MAX -> {
        var texts = new ArrayList<String>();
        for (var item : items) {
          if (item instanceof String text && text.length() <= TEXT_LENGTH_MAX) {
            texts.add(text);
          } else {
            fault(name, "should be a list of texts");
          }
        }
        yield List.copyOf(texts);
      }
      case Object _ -> {
        fault(name, "should be a list of at most " + LIST_LENGTH_MAX + " texts");
        yield List.of();
      }
    };
  }

  /** Texts by name. */
  Map<String, String> map(String name) {
    if (members.get(name) == null) {
      return Map.of();
    }
    var found = new LinkedHashMap<String, String>();
    if (members.get(name) instanceof Map<?, ?> map && map.size() <= LIST_LENGTH_MAX) {
      map.forEach(
          (key, value) -> {
            if (value != null && !(value instanceof Map) && !(value instanceof List)) {
              found.put(String.valueOf(key), String.valueOf(value));
            } else {
              fault(name, "should hold texts by name");
            }
          });
    } else {
      fault(name, "should be an object of at most " + LIST_LENGTH_MAX + " texts");
    }
    return found;
  }

  /** An {@code http} or {@code https} address with a host and without user, query and fragment. */
  List<URI> urls(String... names) {
    var urls = new ArrayList<URI>();
    for (var name : names) {
      for (var text : texts(name)) {
        var url = url(name, text);
        if (url != null) {
          urls.add(url);
        }
      }
    }
    if (urls.isEmpty() && faults.stream().noneMatch(f -> List.of(names).contains(f.field()))) {
      fault(names[0], "missing");
    }
    return List.copyOf(urls);
  }

  private @Nullable URI url(String name, String text) {
    try {
      var url = new URI(text.strip());
      boolean isHttp = "http".equalsIgnoreCase(url.getScheme()) || isHttps(url);
      if (isHttp
          && url.getHost() != null
          && url.getUserInfo() == null
          && url.getFragment() == null) {
        return url;
      }
    } catch (URISyntaxException e) {
      // Said below: the text itself may hold a password and is not repeated.
    }
    fault(name, "should be an http or https URL with a host and without credentials");
    return null;
  }

  private static boolean isHttps(URI url) {
    return "https".equalsIgnoreCase(url.getScheme());
  }

  /** {@code verify_tls}, {@code tls_ca}, {@code tls_certificate} and {@code tls_key}. */
  Tls tls() {
    var certificate = text("tls_certificate", PEM_LENGTH_MAX);
    var key = text("tls_key", PEM_LENGTH_MAX);
    if ((certificate == null) != (key == null)) {
      fault("tls_key", "tls_certificate and tls_key go together");
      return Tls.DEFAULT;
    }
    return new Tls(
        flag("verify_tls", true),
        text("tls_ca", PEM_LENGTH_MAX),
        certificate,
        key == null ? null : new Secret(key));
  }
}
