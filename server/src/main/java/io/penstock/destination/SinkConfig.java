package io.penstock.destination;

import io.penstock.filter.FilterParser;
import io.penstock.shape.Schema;
import io.penstock.shape.Selection;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A sink as it is configured.
 *
 * @param type kind of its destination, a key of {@link Destination#KINDS}
 * @param isEnabled whether it ships; its place in the log is kept either way
 * @param batchEvents most events of a batch; null for what suits the destination
 * @param linger how long the first event of a batch waits for others
 */
public record SinkConfig(
    String type,
    boolean isEnabled,
    Selection selection,
    @Nullable Integer batchEvents,
    @Nullable Integer batchBytes,
    @Nullable Integer requests,
    Duration linger,
    Destination destination) {

  private static final Duration LINGER = Duration.ofSeconds(1);

  /** A configuration, or what is wrong with it. */
  public sealed interface Read {

    /**
     * It can be used.
     *
     * @param known what was sent of what is known, to be kept; it holds secrets
     * @param shown what holds, secrets masked
     */
    record Sound(
        SinkConfig config, Map<String, @Nullable Object> known, Map<String, @Nullable Object> shown)
        implements Read {}

    /**
     * It cannot.
     *
     * @param faults a reason by member
     */
    record Faulty(List<Map.Entry<String, String>> faults) implements Read {}
  }

  /** The types that there are. */
  public static List<String> types() {
    return Destination.KINDS.keySet().stream().sorted().toList();
  }

  /**
   * Reads a configuration.
   *
   * @param type a key of {@link Destination#KINDS}
   * @param posted members as {@link io.penstock.json.JsonTree} reads them; unknown ones are ignored
   */
  public static Read read(String type, Map<String, @Nullable Object> posted) {
    var kind = Destination.KINDS.get(type);
    if (kind == null) {
      return new Read.Faulty(
          List.of(Map.entry("type", "should be one of " + String.join(", ", types()))));
    }
    var members = new Members(posted);
    var config =
        new SinkConfig(
            type,
            members.flag("enabled", true),
            selection(members),
            limit(members, "batch_size", 100_000),
            limit(members, "batch_bytes", 64 << 20),
            limit(members, "requests", 64),
            members.millis("linger_ms", Duration.ZERO, Duration.ofMinutes(1), LINGER),
            kind.apply(members));
    acceptRetries(members);
    if (members.faults().isEmpty()) {
      return new Read.Sound(config, members.known(), members.shown());
    }
    return new Read.Faulty(
        members.faults().stream().map(fault -> Map.entry(fault.field(), fault.reason())).toList());
  }

  /**
   * Members of earlier products' configurations, which are kept and shown: a sink never gives up
   * because it has tried often enough.
   */
  private static void acceptRetries(Members members) {
    for (var name : List.of("max_retries", "backoff_ms")) {
      if (members.has(name)) {
        var _ = members.number(name, 0, Integer.MAX_VALUE, 0);
      }
    }
  }

  private static @Nullable Integer limit(Members members, String name, int max) {
    return members.has(name) ? members.number(name, 1, max, 1) : null;
  }

  /**
   * What was posted, with the secrets of a stored configuration where those were sent back as they
   * are shown.
   *
   * @param stored what {@link Read.Sound#known} was
   * @param shown what {@link Read.Sound#shown} was
   */
  public static Map<String, @Nullable Object> unmasked(
      Map<String, @Nullable Object> posted, Map<?, ?> stored, Map<?, ?> shown) {
    var unmasked = new LinkedHashMap<String, @Nullable Object>();
    posted.forEach(
        (name, value) -> unmasked.put(name, unmasked(value, stored.get(name), shown.get(name))));
    return unmasked;
  }

  private static @Nullable Object unmasked(
      @Nullable Object posted, @Nullable Object stored, @Nullable Object shown) {
    if (stored != null && Objects.equals(posted, shown)) {
      return stored;
    }
    if (posted instanceof Map<?, ?> map
        && stored instanceof Map<?, ?> storedMap
        && shown instanceof Map<?, ?> shownMap) {
      var unmasked = new LinkedHashMap<String, @Nullable Object>();
      map.forEach(
          (name, value) ->
              unmasked.put(
                  String.valueOf(name), unmasked(value, storedMap.get(name), shownMap.get(name))));
      return unmasked;
    }
    return posted;
  }

  private static Selection selection(Members members) {
    var filter = members.text("filter");
    if (filter != null
        && FilterParser.parse(filter) instanceof FilterParser.Parsed.Rejected(var at, var why, _)) {
      members.fault("filter", why + " at character " + at);
    }
    return new Selection(
        members.word("schema", Schema.class, Schema.TELEMETRY),
        filter,
        Set.copyOf(members.texts("fields")),
        Set.copyOf(members.texts("redact")),
        members.number("sampling", 1, 1_000_000, 1));
  }
}
