package io.penstock.profile;

import io.penstock.config.NearMiss;
import io.penstock.exchange.Verdict;
import io.penstock.policy.HostPattern;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which profiles an operator wants and what is done with them, as in {@code
 * cribl=mock,grafana=observe,all=observe}. A name alone takes the profile's own verdict; {@code
 * all} stands for every profile that is not named itself and has hosts; {@code
 * otlp@collector.example} for a profile at a host, which those for any host need.
 *
 * @param problems a sentence for each part that was not understood, and was left out
 */
public record ProfileChoice(List<Entry> entries, List<String> problems) {

  public static final ProfileChoice NONE = new ProfileChoice(List.of(), List.of());

  private static final String ALL = "all";

  /** More than anybody lists by hand. */
  private static final int PARTS_MAX = 500;

  public ProfileChoice {
    entries = List.copyOf(entries);
    problems = List.copyOf(problems);
  }

  /**
   * One profile with its verdict.
   *
   * @param host instead of those of the profile; null for those
   */
  public record Entry(String profile, @Nullable HostPattern host, Verdict verdict) {}

  /** Reads a choice; parts are separated by commas, spaces around them do not matter. */
  public static ProfileChoice parse(String text, Profiles profiles) {
    var reading = new Reading(profiles);
    var parts = text.split(",", PARTS_MAX + 1);
    if (parts.length > PARTS_MAX) {
      return new ProfileChoice(List.of(), List.of("more than " + PARTS_MAX + " parts"));
    }
    for (var part : parts) {
      if (!part.isBlank()) {
        reading.part(part.strip());
      }
    }
    return reading.choice();
  }

  private static final class Reading {

    private final Profiles profiles;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();
    private boolean hasAll;
    private @Nullable Verdict verdictOfAll;

    Reading(Profiles profiles) {
      this.profiles = profiles;
    }

    void part(String part) {
      int equals = part.indexOf('=');
      var left = (equals < 0 ? part : part.substring(0, equals)).strip();
      @Nullable Verdict verdict = null;
      if (equals >= 0) {
        var word = part.substring(equals + 1).strip();
        verdict = verdict(word).orElse(null);
        if (verdict == null) {
          problems.add(
              "'" + part + "': expected mock, observe, block or tunnel, not '" + word + "'");
          return;
        }
      }
      if (left.equals(ALL)) {
        if (hasAll) {
          problems.add("'all' stands here twice");
        }
        hasAll = true;
        verdictOfAll = verdict;
        return;
      }
      named(left, verdict);
    }

    private static Optional<Verdict> verdict(String word) {
      for (var verdict : Verdict.values()) {
        if (verdict.name().toLowerCase(Locale.ROOT).equals(word.toLowerCase(Locale.ROOT))) {
          return Optional.of(verdict);
        }
      }
      return Optional.empty();
    }

    private void named(String left, @Nullable Verdict verdict) {
      int at = left.indexOf('@');
      var name = at < 0 ? left : left.substring(0, at);
      var profile = profiles.get(name).orElse(null);
      if (profile == null) {
        problems.add("there is no profile '" + name + "'" + meant(name));
        return;
      }
      @Nullable HostPattern host = null;
      if (at >= 0) {
        host = HostPattern.parse(left.substring(at + 1)).orElse(null);
        if (host == null) {
          problems.add("'" + left + "': expected a host behind the @");
          return;
        }
      } else if (profile.isForAnyHost()) {
        problems.add("'" + name + "' may be at any host: say which, as in " + name + "@host");
        return;
      }
      var entry = new Entry(name, host, verdict == null ? profile.verdict() : verdict);
      if (entries.putIfAbsent(left, entry) != null) {
        problems.add("'" + left + "' stands here twice");
      }
    }

    private String meant(String name) {
      return NearMiss.of(name, profiles.names())
          .map(known -> ": did you mean '" + known + "'?")
          .orElse("; there are " + String.join(", ", new TreeSet<>(profiles.names())));
    }

    ProfileChoice choice() {
      var all = new ArrayList<>(entries.values());
      if (hasAll) {
        for (var profile : profiles.all()) {
          boolean isNamed =
              entries.values().stream().anyMatch(e -> e.profile().equals(profile.name()));
          if (!isNamed && !profile.isForAnyHost()) {
            var verdict = verdictOfAll;
            all.add(new Entry(profile.name(), null, verdict == null ? profile.verdict() : verdict));
          }
        }
      }
      return new ProfileChoice(all, problems);
    }
  }
}
