package io.penstock.event;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What we know of an event beyond what was sent.
 *
 * @param sourceGeo where the source address is; null when not known
 * @param destinationGeo where the destination address is
 * @param sourceAs the source's autonomous system
 * @param destinationAs the destination's autonomous system
 * @param threats every indicator that matched, source first
 * @param riskScore 0 to 100
 * @param reasons why the score is above its base, in the order of the rules
 * @param direction between inside and outside, ECS {@code network.direction}
 */
public record Enrichment(
    @Nullable Geo sourceGeo,
    @Nullable Geo destinationGeo,
    @Nullable AutonomousSystem sourceAs,
    @Nullable AutonomousSystem destinationAs,
    List<ThreatMatch> threats,
    int riskScore,
    List<String> reasons,
    Direction direction) {

  /** ECS {@code network.direction}, seen from the networks that are ours. */
  public enum Direction {
    INBOUND,
    OUTBOUND,
    INTERNAL,
    EXTERNAL,
    UNKNOWN
  }

  /**
   * A place. Interned by the table that made it.
   *
   * @param country ISO 3166-1 alpha-2
   * @param city English name
   * @param latitude degrees, NaN when not known
   * @param longitude degrees, NaN when not known
   * @param timeZone IANA zone name
   */
  public record Geo(
      String country,
      @Nullable String city,
      double latitude,
      double longitude,
      @Nullable String timeZone) {}

  /** An autonomous system and the organisation that runs it. */
  public record AutonomousSystem(long number, @Nullable String organization) {}

  /**
   * An indicator that matched.
   *
   * @param side which end it matched
   * @param value what matched: the address or the domain name
   * @param indicator the list's entry: an address, a CIDR, a domain
   * @param category the list's word for it
   * @param confidence 0 to 100
   * @param feed name of the list
   */
  public record ThreatMatch(
      Side side, String value, String indicator, String category, int confidence, String feed) {

    /** Which part of an event an indicator matched. */
    public enum Side {
      SOURCE,
      DESTINATION,
      DOMAIN
    }
  }
}
