package io.penstock.stub;

import io.penstock.exchange.Asked;
import io.penstock.exchange.Headers;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The stubs in use. Requests read an immutable index through one volatile field; whoever changes
 * stubs takes the lock and swaps it. For any number of threads; never blocks a request but for the
 * steps of scenarios.
 */
public final class Stubs {

  /** Where stubs come from; later ones go before earlier ones of the same priority. */
  public enum Layer {
    BUILT_IN,
    FILES,
    API
  }

  private static final byte[] FAILED =
      "{\"detail\":\"Internal Server Error\"}".getBytes(StandardCharsets.UTF_8);

  private record Key(Layer layer, String name) {}

  private final StubMetrics metrics;
  private final StubState state = new StubState();
  private final Surroundings around;
  private final AskedJournal journal;
  private final Map<Layer, List<Stub>> layers = new EnumMap<>(Layer.class);

  private volatile StubIndex index = StubIndex.EMPTY;

  /**
   * @param random for any number of threads
   * @param shownMetrics what the template helper {@code metrics} shows
   */
  public Stubs(
      StubConfig config,
      PrometheusRegistry registry,
      InstantSource clock,
      RandomGenerator random,
      Supplier<String> shownMetrics) {
    this.metrics = new StubMetrics(registry);
    this.around = new Surroundings(clock, random, state, shownMetrics);
    this.journal = new AskedJournal(config, clock, metrics);
    StubMetrics.gauge(registry, () -> index.slots().size());
  }

  /**
   * The answer of the first stub that matches: the lowest priority first, and among those the one
   * added last. Null when none does. Blocks for nothing, but bodies are read on the caller's
   * thread: for the largest ones that takes tens of milliseconds.
   *
   * @param product the profile that the request belongs to; null when none knows it
   */
  public @Nullable Answer answer(Asked asked, @Nullable String product) {
    var subject = new Subject(asked);
    var slot = match(subject, product);
    if (subject.effort().isSpent()) {
      metrics.stopped.inc();
    }
    journal.add(asked, product, slot == null ? null : slot.stub().name());
    if (slot == null) {
      metrics.count(StubMetrics.Result.UNMATCHED);
      return null;
    }
    slot.uses().answered.increment();
    return answer(slot.stub(), subject);
  }

  private @Nullable Slot match(Subject subject, @Nullable String product) {
    var candidates = index.candidates(subject.asked().host(), subject.path());
    for (var slot = candidates.next(); slot != null; slot = candidates.next()) {
      var stub = slot.stub();
      if (stub.isFor(product)
          && stub.request().holds(subject)
          && (!stub.hasTurns() || state.claim(slot))) {
        return slot;
      }
    }
    return null;
  }

  private Answer answer(Stub stub, Subject subject) {
    try {
      var drawn = stub.answer().answer(stub.name(), subject, around);
      metrics.count(drawn.isFault() ? StubMetrics.Result.FAULT : StubMetrics.Result.MATCHED);
      return drawn.answer();
    } catch (TemplateFailedException e) {
      metrics.count(StubMetrics.Result.MATCHED);
      metrics.templatesFailed.inc();
      return new Answer(stub.name(), 500, Headers.of("content-type", "application/json"), FAILED);
    }
  }

  /** Puts stubs in the place of all those of a layer. */
  public synchronized List<Problem> replace(Layer layer, List<Stub> stubs) {
    int others = 0;
    for (var entry : layers.entrySet()) {
      others += entry.getKey() == layer ? 0 : entry.getValue().size();
    }
    if (others + stubs.size() > StubLimits.STUBS_MAX) {
      return List.of(
          new Problem("", 0, "", "more than " + StubLimits.STUBS_MAX + " stubs together"));
    }
    layers.put(layer, List.copyOf(stubs));
    rebuild();
    return List.of();
  }

  /** Puts a stub in the place of the one of its name in a layer, or behind all others. */
  public synchronized List<Problem> put(Layer layer, Stub stub) {
    var stubs = new ArrayList<>(layers.getOrDefault(layer, List.of()));
    int at = -1;
    for (int i = 0; i < stubs.size(); i++) {
      at = stubs.get(i).name().equals(stub.name()) ? i : at;
    }
    if (at < 0) {
      stubs.add(stub);
    } else {
      stubs.set(at, stub);
    }
    return replace(layer, stubs);
  }

  /** Takes a stub out of a layer; false when it is not there. */
  public synchronized boolean remove(Layer layer, String name) {
    var stubs = new ArrayList<>(layers.getOrDefault(layer, List.of()));
    boolean isThere = stubs.removeIf(stub -> stub.name().equals(name));
    if (isThere) {
      var _ = replace(layer, stubs);
    }
    return isThere;
  }

  private void rebuild() {
    var uses = new HashMap<Key, Slot.Uses>();
    index.slots().forEach(slot -> uses.put(new Key(slot.layer(), slot.stub().name()), slot.uses()));
    var entries = new ArrayList<StubIndex.Entry>();
    var scenarios = new HashSet<String>();
    layers.forEach(
        (layer, stubs) -> {
          for (var stub : stubs) {
            if (stub.enabled()) {
              entries.add(new StubIndex.Entry(stub, layer, entries.size()));
              if (stub.scenario() != null) {
                scenarios.add(stub.scenario().name());
              }
            }
          }
        });
    entries.sort(StubIndex.ORDER);
    var slots = new ArrayList<Slot>(entries.size());
    for (var entry : entries) {
      var used = uses.getOrDefault(new Key(entry.layer(), entry.stub().name()), new Slot.Uses());
      slots.add(new Slot(entry.stub(), entry.layer(), slots.size(), used));
    }
    state.keep(scenarios);
    index = new StubIndex(slots);
  }

  /**
   * A stub in use.
   *
   * @param answered how often it answered since the server started, or since a reset
   */
  public record InUse(Stub stub, Layer layer, long answered) {}

  /** The stubs in use, in the order in which they are asked. */
  public List<InUse> inUse() {
    return index.slots().stream()
        .map(slot -> new InUse(slot.stub(), slot.layer(), slot.uses().answered.sum()))
        .toList();
  }

  /** All stubs of a layer, disabled ones as well, in the order of their document. */
  public synchronized List<Stub> of(Layer layer) {
    return layers.getOrDefault(layer, List.of());
  }

  public synchronized Optional<Stub> find(Layer layer, String name) {
    return of(layer).stream().filter(stub -> stub.name().equals(name)).findFirst();
  }

  /** The states of the scenarios that have begun. */
  public Map<String, String> scenarios() {
    return state.scenarios();
  }

  /** Puts a scenario in a state; false when no stub has it. */
  public boolean setScenario(String name, String to) {
    boolean isKnown =
        index.slots().stream()
            .map(slot -> slot.stub().scenario())
            .anyMatch(scenario -> scenario != null && scenario.name().equals(name));
    if (isKnown) {
      state.set(name, to);
    }
    return isKnown;
  }

  /** Begins anew: scenarios, counters, numbers of uses and the journal. */
  public synchronized void reset() {
    state.reset();
    var fresh = new ArrayList<Slot>();
    for (var slot : index.slots()) {
      fresh.add(new Slot(slot.stub(), slot.layer(), slot.rank(), new Slot.Uses()));
    }
    index = new StubIndex(fresh);
    journal.clear();
  }

  /** What was asked of the stubs lately. */
  public Verification verification() {
    return new Verification(journal.entries(), index.slots(), state.scenarios());
  }

  StubMetrics metrics() {
    return metrics;
  }
}
