package io.penstock.control;

import io.penstock.json.Json;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who may send, from where, and how fast.
 *
 * @param key whose source it is, and its name
 * @param type how it is meant to send
 * @param displayName for people
 * @param collector what takes it in, for people
 * @param site where it stands, for people
 * @param tags for people
 * @param notes for people
 * @param isEnabled whether it may send at all
 * @param allowedIps the networks it may send from, in CIDR notation
 * @param maxEps records a second; 0 for no limit
 * @param blockOnExceed whether what is beyond the limit is refused
 */
public record Source(
    Key key,
    Type type,
    String displayName,
    String collector,
    @Nullable String site,
    List<String> tags,
    @Nullable String notes,
    boolean isEnabled,
    List<String> allowedIps,
    int maxEps,
    boolean blockOnExceed,
    Instant createdAt,
    Instant updatedAt) {

  public Source {
    tags = List.copyOf(tags);
    allowedIps = List.copyOf(allowedIps);
  }

  /**
   * Names a source.
   *
   * @param tenant whose source it is
   * @param id unique within the tenant
   */
  public record Key(String tenant, String id) {}

  /** How a source sends. */
  public enum Type {
    /** Flow protocols, over UDP or TCP; known by its address. */
    UDP,
    /** Posts, known by the id that they name. */
    HTTP
  }

  public String id() {
    return key.id;
  }

  public String tenant() {
    return key.tenant;
  }

  /** What was chosen of it, for the record of acts. */
  public Map<String, @Nullable Object> facts() {
    return Json.object(
        "type", type.name().toLowerCase(Locale.ROOT),
        "display_name", displayName,
        "collector", collector,
        "site", site,
        "tags", tags,
        "notes", notes,
        "status", isEnabled ? "enabled" : "disabled",
        "allowed_ips", allowedIps,
        "max_eps", maxEps,
        "block_on_exceed", blockOnExceed);
  }

  /** A source of which nothing is known but what it is called. */
  public static Source named(Key key, Type type, boolean blockOnExceed, Instant now) {
    return new Source(
        key, type, key.id, "", null, List.of(), null, true, List.of(), 0, blockOnExceed, now, now);
  }
}
