package io.penstock.stub;

import io.penstock.exchange.Asked;
import io.penstock.json.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was asked of the stubs, as it was at one moment: how often, in which order, and for requests
 * that nothing answered, which stubs came near.
 */
public final class Verification {

  /** Looking at one request is as much work as answering it. */
  private static final int STUBS_COMPARED_MAX = 2_000;

  private final List<AskedJournal.Entry> entries;
  private final List<Slot> slots;
  private final Map<String, String> scenarios;

  Verification(List<AskedJournal.Entry> entries, List<Slot> slots, Map<String, String> scenarios) {
    this.entries = entries;
    this.slots = slots;
    this.scenarios = scenarios;
  }

  /**
   * A request that was asked.
   *
   * @param stub which answered; null when none did
   */
  public record Seen(Instant at, Asked asked, @Nullable String stub) {}

  /** All requests that are remembered, oldest first. */
  public List<Seen> requests() {
    return entries.stream().map(Verification::seen).toList();
  }

  /** Those that no stub answered, oldest first. */
  public List<Seen> unmatched() {
    return entries.stream().filter(e -> e.stub() == null).map(Verification::seen).toList();
  }

  private static Seen seen(AskedJournal.Entry entry) {
    return new Seen(entry.at(), entry.asked(), entry.stub());
  }

  /** How many requests match. */
  public int count(RequestMatcher matcher) {
    return (int) entries.stream().filter(entry -> matcher.matches(entry.asked())).count();
  }

  /**
   * Whether each of the matchers has a request of its own, in this order; others may be between.
   */
  public boolean inOrder(List<RequestMatcher> matchers) {
    int next = 0;
    for (var entry : entries) {
      if (next < matchers.size() && matchers.get(next).matches(entry.asked())) {
        next++;
      }
    }
    return next == matchers.size();
  }

  /**
   * A stub that came near.
   *
   * @param distance 0 when everything holds, 1 when nothing does
   */
  public record NearMiss(String stub, double distance, List<Difference> differences) {

    /** For {@link Json}. */
    public Map<String, @Nullable Object> toJson() {
      return Json.object(
          "stub",
          stub,
          "distance",
          Math.round(distance * 1_000) / 1_000.0,
          "differences",
          differences.stream()
              .map(d -> Json.object("about", d.about, "expected", d.expected, "actual", d.actual))
              .toList());
    }
  }

  /** What a stub asks for and a request does not have. */
  public record Difference(String about, String expected, String actual) {}

  /** The stubs nearest to a request that matched none of them, the nearest first. */
  public List<NearMiss> nearMisses(Asked asked, int max) {
    var subject = new Subject(asked);
    var near = new ArrayList<NearMiss>();
    for (var slot : slots.subList(0, Math.min(slots.size(), STUBS_COMPARED_MAX))) {
      near.add(nearMiss(slot, subject));
    }
    return near.stream()
        .filter(miss -> miss.distance < 1)
        .sorted(Comparator.comparingDouble(NearMiss::distance))
        .limit(max)
        .toList();
  }

  private NearMiss nearMiss(Slot slot, Subject subject) {
    var stub = slot.stub();
    var differences = turns(slot);
    double all = differences.size();
    double failed = differences.size();
    for (var condition : stub.request().conditions()) {
      all += condition.weight();
      if (!condition.holds(subject)) {
        var actual = condition.actual(subject);
        failed += condition.weight() * distance(condition, actual);
        differences.add(new Difference(condition.about(), condition.expected(), actual));
      }
    }
    return new NearMiss(stub.name(), all == 0 ? 0 : failed / all, List.copyOf(differences));
  }

  /** Why it would not be a stub's turn, whatever was asked. */
  private List<Difference> turns(Slot slot) {
    var differences = new ArrayList<Difference>();
    var scenario = slot.stub().scenario();
    if (scenario != null && scenario.requires() != null) {
      var state = scenarios.getOrDefault(scenario.name(), Scenario.STARTED);
      if (!state.equals(scenario.requires())) {
        differences.add(new Difference("scenario " + scenario.name(), scenario.requires(), state));
      }
    }
    var times = slot.stub().times();
    if (times != null && slot.uses().answered.sum() >= times) {
      differences.add(new Difference("times", "at most " + times, "answered as often"));
    }
    return differences;
  }

  /** How far a value is: a path with a slip in it is nearer than another path. */
  private static double distance(Condition condition, String actual) {
    return condition instanceof Condition.Path path
        ? path.paths().stream().mapToDouble(p -> editDistance(p, actual)).min().orElse(1)
        : 1;
  }

  /** Letters to change (Levenshtein), of the letters that there are; long texts are far apart. */
  private static double editDistance(String a, String b) {
    int most = 200;
    if (a.length() > most || b.length() > most) {
      return 1;
    }
    var above = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      above[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = above[0];
      above[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = above[j];
        above[j] = Math.min(change, Math.min(above[j], above[j - 1]) + 1);
      }
    }
    return (double) above[b.length()] / Math.max(1, Math.max(a.length(), b.length()));
  }
}
