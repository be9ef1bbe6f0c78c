package io.penstock.admit;

import io.penstock.control.Source;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import io.penstock.prefix.Prefix;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What somebody wants a source to be, as members of a JSON object: those that are there change the
 * source, the others leave it as it is. Members that it does not know are ignored, so that a source
 * can be sent back as it was read.
 */
public final class SourceForm {

  public static final int NETWORKS_MAX = 128;
  public static final int NETWORKS_OF_TENANT_MAX = 2_048;
  public static final int EPS_MAX = 1_000_000;

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final int NAME_LENGTH_MAX = 128;
  private static final int WORD_LENGTH_MAX = 64;
  private static final int NOTES_LENGTH_MAX = 4_000;
  private static final int TAGS_MAX = 64;

  private final Map<String, @Nullable Object> members;
  private final List<Fault> faults = new ArrayList<>();

  /**
   * @param members as {@link JsonTree} reads them
   */
  public SourceForm(Map<String, @Nullable Object> members) {
    this.members = members;
  }

  /**
   * Why a source cannot be as it is wanted.
   *
   * @param field the member that is at fault
   */
  public record Fault(String field, String message, @Nullable Object input) {}

  /** Whether it can name a source. */
  public static boolean isId(String text) {
    return ID.matcher(text).matches();
  }

  /** Empty when the source can be as it is wanted. */
  public List<Fault> faults() {
    return List.copyOf(faults);
  }

  /** The source as it is wanted; what is at fault stays as it was. */
  public Source applyTo(Source before, Instant now) {
    return new Source(
        before.key(),
        type(before.type()),
        text("display_name", NAME_LENGTH_MAX, before.displayName()),
        Objects.requireNonNullElse(clearable("collector", WORD_LENGTH_MAX, before.collector()), ""),
        clearable("site", WORD_LENGTH_MAX, before.site()),
        tags(before.tags()),
        clearable("notes", NOTES_LENGTH_MAX, before.notes()),
        isEnabled(before.isEnabled()),
        networks(before.allowedIps()),
        maxEps(before.maxEps()),
        flag("block_on_exceed", before.blockOnExceed()),
        before.createdAt(),
        now);
  }

  /**
   * Finds fault with a source that would give its tenant too many networks.
   *
   * @param others the tenant's other sources
   */
  public void measure(Source wanted, Iterable<Source> others) {
    int networks = wanted.allowedIps().size();
    for (var other : others) {
      networks += other.key().equals(wanted.key()) ? 0 : other.allowedIps().size();
    }
    if (networks > NETWORKS_OF_TENANT_MAX) {
      badNetworks("Too many CIDRs (max " + NETWORKS_OF_TENANT_MAX + " over all sources)");
    }
  }

  private void fault(String field, String message) {
    faults.add(new Fault(field, message, members.get(field)));
  }

  private Source.Type type(Source.Type before) {
    var sent = members.get("type");
    if (sent == null || "udp".equals(sent)) {
      return sent == null ? before : Source.Type.UDP;
    }
    if ("http".equals(sent) || "api".equals(sent)) {
      return Source.Type.HTTP;
    }
    fault("type", "type must be udp or http");
    return before;
  }

  private String text(String name, int lengthMax, String before) {
    return switch (members.get(name)) {
      case null -> before;
      case String text when !text.isBlank() && text.strip().length() <= lengthMax -> text.strip();
      case Object _ -> {
        fault(name, name + " must be a text of 1 to " + lengthMax + " characters");
        yield before;
      }
    };
  }

  /** A text that null and blanks take away. */
  private @Nullable String clearable(String name, int lengthMax, @Nullable String before) {
    if (!members.containsKey(name)) {
      return before;
    }
    return switch (members.get(name)) {
      case null -> null;
      case String text when text.isBlank() -> null;
      case String text when text.strip().length() <= lengthMax -> text.strip();
      case Object _ -> {
        fault(name, name + " must be a text of at most " + lengthMax + " characters");
        yield before;
      }
    };
  }

  private List<String> tags(List<String> before) {
    var sent = members.get("tags");
    if (sent == null) {
      return before;
    }
    var tags = texts(sent);
    if (tags == null
        || tags.size() > TAGS_MAX
        || tags.stream().anyMatch(tag -> tag.isBlank() || tag.length() > WORD_LENGTH_MAX)) {
      fault(
          "tags",
          "tags must be a list of at most %d texts of 1 to %d characters"
              .formatted(TAGS_MAX, WORD_LENGTH_MAX));
      return before;
    }
    return tags;
  }

  /**
   * Two members say the same. A client that changes one of them may send the other as it was read:
   * whichever differs from what was is meant.
   */
  private boolean isEnabled(boolean before) {
    boolean byFlag = flag("enabled", before);
    return byFlag != before ? byFlag : isEnabledByStatus(before);
  }

  private boolean isEnabledByStatus(boolean before) {
    var sent = members.get("status");
    if (sent == null || "enabled".equals(sent)) {
      return sent == null ? before : true;
    }
    if (!"disabled".equals(sent)) {
      fault("status", "status must be enabled or disabled");
      return before;
    }
    return false;
  }

  private boolean flag(String name, boolean before) {
    return switch (members.get(name)) {
      case null -> before;
      case Boolean flag -> flag;
      case Object _ -> {
        fault(name, name + " must be a boolean");
        yield before;
      }
    };
  }

  private int maxEps(int before) {
    return switch (members.get("max_eps")) {
      case null -> before;
      case Long number when number > EPS_MAX -> {
        fault("max_eps", "max_eps cannot exceed %,d".formatted(EPS_MAX));
        yield before;
      }
      case Long number when number >= 0 -> number.intValue();
      case Object _ -> {
        fault("max_eps", "max_eps must be a non-negative integer");
        yield before;
      }
    };
  }

  private List<String> networks(List<String> before) {
    var sent = members.get("allowed_ips");
    if (sent == null) {
      return before;
    }
    var texts = texts(sent);
    if (texts == null) {
      fault(
          "allowed_ips",
          sent instanceof String
              ? "Invalid allowed_ips JSON format"
              : "allowed_ips must be a list of CIDRs");
      return before;
    }
    if (texts.size() > NETWORKS_MAX) {
      badNetworks("Too many CIDRs (max " + NETWORKS_MAX + " per source)");
      return before;
    }
    var networks = new LinkedHashSet<String>();
    for (int i = 0; i < texts.size(); i++) {
      var network = Prefix.parse(texts.get(i).strip());
      if (network.isEmpty()) {
        badNetworks("Invalid CIDR at index " + i + ": '" + texts.get(i) + "'");
        return before;
      }
      networks.add(network.get().toString());
    }
    return List.copyOf(networks);
  }

  private void badNetworks(String why) {
    fault("allowed_ips", "allowed_ips validation failed: " + why);
  }

  /** A list of texts, or a text that is such a list in JSON; else null. */
  private static @Nullable List<String> texts(Object sent) {
    if (sent instanceof String json) {
      try {
        return json.isBlank() ? List.of() : listed(JsonTree.parse(json));
      } catch (MalformedJsonException _) {
        return null;
      }
    }
    return listed(sent);
  }

  private static @Nullable List<String> listed(@Nullable Object value) {
    if (!(value instanceof List<?> items)) {
      return null;
    }
    var texts = new ArrayList<String>();
    for (var item : items) {
      if (!(item instanceof String text)) {
        return null;
      }
      texts.add(text);
    }
    return texts;
  }
}
