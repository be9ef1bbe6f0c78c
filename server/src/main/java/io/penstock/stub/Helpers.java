package io.penstock.stub;

import com.github.jknack.handlebars.Context;
import com.github.jknack.handlebars.Decorator;
import com.github.jknack.handlebars.Handlebars;
import com.github.jknack.handlebars.Helper;
import com.github.jknack.handlebars.HelperRegistry;
import com.github.jknack.handlebars.Options;
import com.github.jknack.handlebars.TagType;
import com.github.jknack.handlebars.ValueResolver;
import io.penstock.json.Json;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/**
 * The helpers that templates have, and no others: those that the library brings can read files,
 * bundles and other templates.
 */
final class Helpers implements HelperRegistry {

  /** What is being filled in: the library hands helpers nothing of ours. */
  static final ScopedValue<Rendering> CURRENT = ScopedValue.newInstance();

  private static final int RANDOM_LENGTH_MAX = 10_000;
  private static final Pattern OFFSET = Pattern.compile("([+-]?[0-9]{1,9})(ms|s|m|h|d)");

  private final Map<String, Helper<?>> helpers = new LinkedHashMap<>();

  Helpers() {
    helper("each", Helpers::each);
    helper("if", (value, options) -> isTrue(value) ? options.fn() : options.inverse());
    helper("unless", (value, options) -> isTrue(value) ? options.inverse() : options.fn());
    helper("with", (value, options) -> isTrue(value) ? options.fn(value) : options.inverse());
    helper("eq", (value, options) -> text(value).equals(text(options.param(0, ""))));
    helper("lookup", Helpers::lookup);
    helper("size", (value, _) -> size(value));
    helper("now", (_, options) -> now(options));
    helper("uuid", (_, _) -> uuid());
    helper("counter", (value, _) -> CURRENT.get().around().state().next(word(value)));
    helper("random", Helpers::random);
    helper("base64", Helpers::base64);
    helper("hex", (value, _) -> HexFormat.of().formatHex(utf8(value)));
    helper("urlEncode", (value, _) -> URLEncoder.encode(text(value), StandardCharsets.UTF_8));
    helper("upper", (value, _) -> text(value).toUpperCase(Locale.ROOT));
    helper("lower", (value, _) -> text(value).toLowerCase(Locale.ROOT));
    helper("json", (value, _) -> Json.text(first(value)));
    helper("jsonPath", Helpers::jsonPath);
    helper("html", (value, _) -> Handlebars.Utils.escapeExpression(text(value)));
    helper("echo", (_, _) -> Json.text(CURRENT.get().echo()));
    helper("metrics", (_, _) -> CURRENT.get().around().metrics().get());
  }

  /** The values of templates: members of maps, each look-up counted; nothing by reflection. */
  static final class Values implements ValueResolver {

    private final Rendering rendering;

    Values(Rendering rendering) {
      this.rendering = rendering;
    }

    @Override
    @NullUnmarked
    public Object resolve(Object context, String name) {
      rendering.spend(1);
      var value = context instanceof Map<?, ?> map ? map.get(name) : null;
      return value == null ? UNRESOLVED : value;
    }

    @Override
    public Object resolve(Object context) {
      rendering.spend(1);
      return context instanceof Map<?, ?> ? context : UNRESOLVED;
    }

    @Override
    @SuppressWarnings("unchecked") // Every map of the model has names as keys.
    public Set<Map.Entry<String, Object>> propertySet(Object context) {
      return context instanceof Map<?, ?> map ? ((Map<String, Object>) map).entrySet() : Set.of();
    }
  }

  /** What a helper does. */
  @FunctionalInterface
  private interface Work {
    @Nullable Object apply(@Nullable Object value, Options options) throws IOException;
  }

  private void helper(String name, Work work) {
    Helper<Object> helper = (value, options) -> work.apply(value, options);
    helpers.put(name, helper);
  }

  private static CharSequence each(@Nullable Object value, Options options) throws IOException {
    var out = new StringBuilder();
    int index = 0;
    if (value instanceof Map<?, ?> map) {
      for (var entry : map.entrySet()) {
        out.append(element(entry.getValue(), index++, String.valueOf(entry.getKey()), options));
      }
    } else if (value instanceof Iterable<?> items) {
      for (var item : items) {
        out.append(element(item, index, Integer.toString(index), options));
        index++;
      }
    }
    return index == 0 ? options.inverse() : out;
  }

  private static CharSequence element(@Nullable Object item, int index, String key, Options options)
      throws IOException {
    var context =
        Context.newBuilder(options.context, item == null ? "" : item)
            .combine("@index", index)
            .combine("@key", key)
            .combine("@first", index == 0)
            .build();
    var text = options.apply(options.fn, context, List.of(item == null ? "" : item, key));
    CURRENT.get().spend(1 + text.length());
    return text;
  }

  private static boolean isTrue(@Nullable Object value) {
    return switch (value) {
      case null -> false;
      case Boolean truth -> truth;
      case Number number -> number.doubleValue() != 0;
      case CharSequence text -> !text.isEmpty();
      case Collection<?> items -> !items.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      default -> true;
    };
  }

  private static @Nullable Object lookup(@Nullable Object value, Options options) {
    var name = text(options.param(0, ""));
    if (value instanceof Map<?, ?> map) {
      return map.get(name);
    }
    boolean isIndex = value instanceof List<?> && name.matches("[0-9]{1,6}");
    int index = isIndex ? Integer.parseInt(name) : 0;
    return isIndex && value instanceof List<?> list && index < list.size() ? list.get(index) : null;
  }

  private static long size(@Nullable Object value) {
    return switch (value) {
      case Map<?, ?> map -> map.size();
      case Collection<?> items -> items.size();
      case CharSequence text -> text.length();
      case null, default -> 0;
    };
  }

  private static Object now(Options options) {
    var zone = ZoneId.of(text(options.hash("zone", "UTC")));
    var time = moved(CURRENT.get().around().clock().instant(), text(options.hash("offset", "")));
    var format = text(options.hash("format", ""));
    return switch (format) {
      case "" -> DateTimeFormatter.ISO_INSTANT.format(time.truncatedTo(ChronoUnit.MILLIS));
      case "epoch" -> time.getEpochSecond();
      case "epochMillis", "unix_ms" -> time.toEpochMilli();
      case "http" -> DateTimeFormatter.RFC_1123_DATE_TIME.format(time.atZone(ZoneId.of("GMT")));
      default -> DateTimeFormatter.ofPattern(format, Locale.ROOT).format(time.atZone(zone));
    };
  }

  private static Instant moved(Instant time, String offset) {
    if (offset.isEmpty()) {
      return time;
    }
    var parts = OFFSET.matcher(offset);
    if (!parts.matches()) {
      throw new IllegalArgumentException("no offset such as -1d or +90s");
    }
    long number = Long.parseLong(parts.group(1));
    return time.plus(
        switch (parts.group(2)) {
          case "ms" -> Duration.ofMillis(number);
          case "s" -> Duration.ofSeconds(number);
          case "m" -> Duration.ofMinutes(number);
          case "h" -> Duration.ofHours(number);
          default -> Duration.ofDays(number);
        });
  }

  /** Version 4 (RFC 9562 §5.4) from our own random numbers. */
  private static String uuid() {
    var random = CURRENT.get().around().random();
    long high = random.nextLong() & ~0xf000L | 0x4000L;
    long low = random.nextLong() & 0x3fffffffffffffffL | 0x8000000000000000L;
    return new UUID(high, low).toString();
  }

  private static Object random(@Nullable Object value, Options options) {
    var random = CURRENT.get().around().random();
    if (options.hash("length") != null) {
      var alphabet =
          switch (text(options.hash("type", "alphanumeric")).toLowerCase(Locale.ROOT)) {
            case "hex", "hexadecimal" -> "0123456789abcdef";
            case "numeric" -> "0123456789";
            case "alphabetic" -> "abcdefghijklmnopqrstuvwxyz";
            default -> "abcdefghijklmnopqrstuvwxyz0123456789";
          };
      int length = (int) number(options.hash("length"), 0, RANDOM_LENGTH_MAX);
      var text = new StringBuilder(length);
      for (int i = 0; i < length; i++) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      return text.toString();
    }
    long least = value instanceof Number ? number(value, Long.MIN_VALUE, Long.MAX_VALUE - 1) : 0;
    long most =
        options.params.length > 0
            ? number(options.param(0, 0), least, Long.MAX_VALUE - 1)
            : Math.max(least, Integer.MAX_VALUE);
    return random.nextLong(least, most + 1);
  }

  private static long number(@Nullable Object value, long least, long most) {
    long number = value instanceof Number given ? given.longValue() : Long.parseLong(text(value));
    if (number < least || number > most) {
      throw new IllegalArgumentException("a number from " + least + " to " + most);
    }
    return number;
  }

  private static String base64(@Nullable Object value, Options options) {
    return isTrue(options.hash("decode", false))
        ? new String(Base64.getDecoder().decode(text(value)), StandardCharsets.UTF_8)
        : Base64.getEncoder().encodeToString(utf8(value));
  }

  /** What a path finds in a JSON value, or in the text of one: texts as they are, else JSON. */
  private static @Nullable Object jsonPath(@Nullable Object value, Options options)
      throws IOException {
    var rendering = CURRENT.get();
    var tree = first(value);
    if (tree instanceof CharSequence text) {
      rendering.spend(text.length());
      try {
        tree = JsonTree.parse(utf8(text), StubLimits.DEPTH_MAX);
      } catch (MalformedJsonException _) {
        // A client may send what it likes: nothing is found in it.
        tree = null;
      }
    }
    if (tree == null) {
      return "";
    }
    var path = BodyMatch.Path.compiled(text(options.param(0, "$")));
    var found = BodyMatch.Path.read(path, tree);
    if (options.tagType == TagType.SECTION) {
      return found == null ? options.inverse() : options.fn(found);
    }
    // As an argument of another helper it stays the value that it is.
    return found instanceof Map<?, ?> || found instanceof List<?>
        ? options.tagType == TagType.SUB_EXPRESSION ? found : Json.text(found)
        : found;
  }

  private static String text(@Nullable Object value) {
    return value == null ? "" : value.toString();
  }

  /** Values of one name stand for the first one where one value is meant. */
  private static @Nullable Object first(@Nullable Object value) {
    return value instanceof Rendering.Values ? value.toString() : value;
  }

  /** A name; a helper without arguments is given the whole model, which is none. */
  private static String word(@Nullable Object value) {
    return value instanceof Map<?, ?> ? "" : text(value);
  }

  private static byte[] utf8(@Nullable Object value) {
    return text(value).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  @SuppressWarnings("unchecked") // Every helper here takes any value.
  public <C> @Nullable Helper<C> helper(String name) {
    return (Helper<C>) helpers.get(name);
  }

  @Override
  public Set<Map.Entry<String, Helper<?>>> helpers() {
    return Set.copyOf(helpers.entrySet());
  }

  @Override
  public @Nullable Decorator decorator(String name) {
    return null;
  }

  @Override
  public <H> HelperRegistry registerHelper(String name, Helper<H> helper) {
    throw closed();
  }

  @Override
  public <H> HelperRegistry registerHelperMissing(Helper<H> helper) {
    throw closed();
  }

  @Override
  public HelperRegistry registerHelpers(Object source) {
    throw closed();
  }

  @Override
  public HelperRegistry registerHelpers(Class<?> source) {
    throw closed();
  }

  @Override
  public HelperRegistry registerHelpers(URI location) {
    throw closed();
  }

  @Override
  public HelperRegistry registerHelpers(File input) {
    throw closed();
  }

  @Override
  public HelperRegistry registerHelpers(String filename, Reader source) {
    throw closed();
  }

  @Override
  public HelperRegistry registerHelpers(String filename, InputStream source) {
    throw closed();
  }

  @Override
  public HelperRegistry registerHelpers(String filename, String source) {
    throw closed();
  }

  @Override
  public HelperRegistry registerDecorator(String name, Decorator decorator) {
    throw closed();
  }

  @Override
  public HelperRegistry setCharset(Charset charset) {
    return this;
  }

  private static UnsupportedOperationException closed() {
    return new UnsupportedOperationException("no more helpers");
  }
}
