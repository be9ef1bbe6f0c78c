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
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The members of a posted or stored configuration, by type. Gathers every fault instead of stopping
 * at the first: what is at fault reads as if it had not been sent. For one thread.
 */
final class Members {

  private static final int TEXT_LENGTH_MAX = 4_096;
  private static final int PEM_LENGTH_MAX = 64 * 1024;
  private static final int LIST_LENGTH_MAX = 64;

  /** Names of what is secret wherever it stands. */
  private static final Pattern SECRET =
      Pattern.compile(
          "password|secret|token|credential|authorization|jaas|(^|[^a-z])key($|[^a-z])",
          Pattern.CASE_INSENSITIVE);

  private final Map<String, @Nullable Object> members;
  private final List<Fault> faults = new ArrayList<>();
  private final Map<String, @Nullable Object> shown = new LinkedHashMap<>();

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

  /** What was read, in its order, with what holds where nothing was sent, and without secrets. */
  Map<String, @Nullable Object> shown() {
    return new LinkedHashMap<>(shown);
  }

  /** What was sent of it, as it was sent. */
  Map<String, @Nullable Object> known() {
    var known = new LinkedHashMap<String, @Nullable Object>();
    for (var name : shown.keySet()) {
      if (has(name)) {
        known.put(name, members.get(name));
      }
    }
    return known;
  }

  @Nullable String text(String name) {
    return text(name, TEXT_LENGTH_MAX);
  }

  private @Nullable String text(String name, int lengthMax) {
    var text = read(name, lengthMax);
    shown.put(name, text);
    return text;
  }

  private @Nullable String read(String name, int lengthMax) {
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
    shown.put(name, text == null ? otherwise : text);
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
    return secret(name, TEXT_LENGTH_MAX);
  }

  private @Nullable Secret secret(String name, int lengthMax) {
    var text = read(name, lengthMax);
    shown.put(name, text == null ? null : Secret.MASK);
    if (Secret.MASK.equals(text)) {
      fault(name, "is masked, and there is none to keep: send the secret");
    }
    return text == null ? null : new Secret(text);
  }

  Secret requiredSecret(String name) {
    var secret = secret(name);
    if (secret == null) {
      fault(name, "missing");
      return new Secret("");
    }
    return secret;
  }

  int number(String name, int min, int max, int otherwise) {
    int number = read(name, min, max, otherwise);
    shown.put(name, (long) number);
    return number;
  }

  private int read(String name, int min, int max, int otherwise) {
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
    boolean flag = read(name, otherwise);
    shown.put(name, flag);
    return flag;
  }

  private boolean read(String name, boolean otherwise) {
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
    var word = read(name, words, otherwise);
    shown.put(name, lowerCase(word));
    return word;
  }

  private static String lowerCase(Enum<?> word) {
    return word.name().toLowerCase(Locale.ROOT);
  }

  private <E extends Enum<E>> E read(String name, Class<E> words, E otherwise) {
    var text = text(name);
    if (text == null) {
      return otherwise;
    }
    for (var word : words.getEnumConstants()) {
      if (word.name().equalsIgnoreCase(text.replace('-', '_'))) {
        return word;
      }
    }
    var allowed = List.of(words.getEnumConstants()).stream().map(Members::lowerCase).toList();
    fault(name, "should be one of " + String.join(", ", allowed));
    return otherwise;
  }

  /** A list of texts, or a single text. */
  List<String> texts(String name) {
    var texts = readTexts(name);
    shown.put(name, members.get(name) instanceof String ? members.get(name) : texts);
    return texts;
  }

  private List<String> readTexts(String name) {
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

  /** Texts by name. Those whose names say that they are secret are shown masked. */
  Map<String, String> map(String name) {
    return map(name, SECRET.asPredicate());
  }

  /** The same, all of them secret. */
  Map<String, Secret> secrets(String name) {
    var secrets = new LinkedHashMap<String, Secret>();
    map(name, _ -> true).forEach((key, value) -> secrets.put(key, new Secret(value)));
    return secrets;
  }

  private Map<String, String> map(String name, Predicate<String> isSecret) {
    var map = readMap(name);
    var masked = new LinkedHashMap<String, @Nullable Object>();
    map.forEach(
        (key, value) -> {
          boolean isMasked = isSecret.test(key);
          masked.put(key, isMasked ? Secret.MASK : value);
          if (isMasked && value.equals(Secret.MASK)) {
            fault(name, key + " is masked, and there is none to keep: send the secret");
          }
        });
    shown.put(name, masked);
    return map;
  }

  private Map<String, String> readMap(String name) {
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
      show(name, name.equals(names[0]));
    }
    if (urls.isEmpty() && faults.stream().noneMatch(f -> List.of(names).contains(f.field()))) {
      fault(names[0], "missing");
    }
    return List.copyOf(urls);
  }

  /** Without queries, which may hold what only the destination is to know. */
  private void show(String name, boolean isAlways) {
    switch (members.get(name)) {
      case String text -> shown.put(name, withoutQuery(text));
      case List<?> texts ->
          shown.put(name, texts.stream().map(text -> withoutQuery(String.valueOf(text))).toList());
      case null, default -> {
        if (isAlways) {
          shown.put(name, null);
        } else {
          shown.remove(name);
        }
      }
    }
  }

  private static String withoutQuery(String url) {
    int query = url.indexOf('?');
    return query < 0 ? url : url.substring(0, query + 1) + Secret.MASK;
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
    var key = secret("tls_key", PEM_LENGTH_MAX);
    if ((certificate == null) != (key == null)) {
      fault("tls_key", "tls_certificate and tls_key go together");
      return Tls.DEFAULT;
    }
    return new Tls(flag("verify_tls", true), text("tls_ca", PEM_LENGTH_MAX), certificate, key);
  }
}
