package io.penstock.profile;

import io.penstock.exchange.Verdict;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the telemetry of one product. Immutable.
 *
 * @param name how operators call it, such as {@code cribl}
 * @param title how its vendor calls it
 * @param verified how far what is said here was checked
 * @param source in which public file or page it was read
 * @param verdict what is done with it when the operator names it without a verdict
 * @param mockCondition what an operator has to know before it is mocked; null when there is nothing
 * @param caveat what else one has to know, such as a host that others use too; null when nothing
 * @param redirect variables and settings that send the telemetry elsewhere
 * @param cadence when and how often it is sent; empty when unknown
 * @param version where its version is found; null when it does not say
 * @param fields what is known of what it sends, see {@link Meanings} for which one holds
 */
public record Profile(
    String name,
    String title,
    String vendor,
    Verified verified,
    String source,
    Verdict verdict,
    @Nullable String mockCondition,
    @Nullable String caveat,
    OptOut optOut,
    List<String> redirect,
    DoNotTrack doNotTrack,
    String cadence,
    @Nullable VersionPlace version,
    List<Endpoint> endpoints,
    List<FieldMeaning> fields) {

  public Profile {
    redirect = List.copyOf(redirect);
    endpoints = List.copyOf(endpoints);
    fields = List.copyOf(fields);
  }

  /** How far a profile was checked. */
  public enum Verified {
    /** Read in the product's own source or the vendor's documentation. */
    VERIFIED,
    /** Read in what others published about it. */
    REPORTED,
    /** Said without a source at hand. */
    UNVERIFIED
  }

  /** Whether the variable {@code DO_NOT_TRACK}, a convention across tools, switches it off. */
  public enum DoNotTrack {
    HONOURED,
    IGNORED,
    UNKNOWN
  }

  /**
   * The vendor's own way to switch it off.
   *
   * @param how the setting or variable
   */
  public record OptOut(String how, Verified verified, String source) {}

  /** Whether a request to any host may be its, so that it holds only where an operator says so. */
  public boolean isForAnyHost() {
    return endpoints.stream().anyMatch(endpoint -> endpoint.hosts().isEmpty());
  }
}
