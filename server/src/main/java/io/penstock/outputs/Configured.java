package io.penstock.outputs;

import io.penstock.config.Secret;
import io.penstock.control.Output;
import io.penstock.destination.SinkConfig;
import io.penstock.destination.SinkConfig.Read;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the configuration of an output says. */
public final class Configured {

  /** Shorter ones are words that a message may well have. */
  private static final int SECRET_LENGTH_MIN = 4;

  private Configured() {}

  /** Reads the configuration of an output. */
  public static Read read(Output output) {
    var members = members(output);
    members.put("enabled", output.isEnabled());
    return SinkConfig.read(output.type(), members);
  }

  /** The members of a configuration, with their secrets; none when it cannot be opened. */
  public static Map<String, @Nullable Object> members(Output output) {
    var members = new LinkedHashMap<String, @Nullable Object>();
    if (output.config() == null) {
      return members;
    }
    try {
      if (JsonTree.parse(output.config().value()) instanceof Map<?, ?> map) {
        map.forEach((name, value) -> members.put(String.valueOf(name), value));
      }
    } catch (MalformedJsonException e) {
      throw new IllegalStateException("the configuration of an output is no JSON", e);
    }
    return members;
  }

  /** What of it may be shown; only its type and problem when it cannot be read. */
  public static Map<String, @Nullable Object> shown(Output output) {
    var shown = new LinkedHashMap<String, @Nullable Object>();
    shown.put("name", output.name());
    shown.put("type", output.type());
    if (read(output) instanceof Read.Sound sound) {
      shown.putAll(sound.shown());
    }
    shown.put("enabled", output.isEnabled());
    return shown;
  }

  /** A text in which the secrets of an output are masked: destinations may repeat them. */
  public static String withoutSecrets(Output output, String text) {
    if (!(read(output) instanceof Read.Sound sound)) {
      return text;
    }
    var masked = text;
    for (var secret : secrets(sound.known(), sound.shown())) {
      masked = masked.replace(secret, Secret.MASK);
    }
    return masked;
  }

  /** Texts that are not shown as they are. */
  private static List<String> secrets(@Nullable Object known, @Nullable Object shown) {
    var secrets = new ArrayList<String>();
    if (known instanceof Map<?, ?> map && shown instanceof Map<?, ?> shownMap) {
      map.forEach((name, value) -> secrets.addAll(secrets(value, shownMap.get(name))));
    } else if (known instanceof String text
        && text.length() >= SECRET_LENGTH_MIN
        && !Objects.equals(known, shown)) {
      secrets.add(text);
      secrets.add(text.strip());
    }
    return secrets;
  }

  static String text(List<Map.Entry<String, String>> faults) {
    return faults.stream()
        .map(fault -> fault.getKey() + ": " + fault.getValue())
        .collect(Collectors.joining("; "));
  }
}
