package io.penstock.imports;

import io.penstock.stub.Problem;
import io.penstock.stub.Stub;
import io.penstock.stub.StubLimits;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Stubs made from what another program wrote.
 *
 * @param notes what could not be taken over, each with its name: nothing is dropped in silence
 */
public record Imported(List<Stub> stubs, List<Problem> notes) {

  public Imported {
    stubs = List.copyOf(stubs);
    notes = List.copyOf(notes);
  }

  /** Nothing but the reason why there is nothing. */
  static Imported refused(String why) {
    return new Imported(List.of(), List.of(new Problem("", 0, "", why)));
  }

  /** Collects them; names that repeat get a number. */
  static final class Collector {

    private final List<Stub> stubs = new ArrayList<>();
    private final List<Problem> notes = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    /** Reads a document as any other one is read; false, with notes, when that cannot be. */
    boolean add(String place, Map<String, @Nullable Object> document) {
      if (stubs.size() >= StubLimits.STUBS_MAX) {
        note(place, "left out: more than " + StubLimits.STUBS_MAX + " stubs");
        return false;
      }
      var parsed = Stub.parse(document);
      for (var problem : parsed.problems()) {
        note(place, "left out: " + problem);
      }
      stubs.addAll(parsed.stubs());
      return parsed.isValid();
    }

    /** A name that no stub has yet. */
    String name(String wished) {
      int max = 150;
      var base = wished.length() <= max ? wished : wished.substring(0, max);
      var name = base.isBlank() ? "stub" : base;
      for (int i = 2; !names.add(name); i++) {
        name = base + " (" + i + ")";
      }
      return name;
    }

    void note(String place, String what) {
      if (notes.size() < StubLimits.STUBS_MAX) {
        notes.add(new Problem("", 0, place, what));
      }
    }

    Imported imported() {
      return new Imported(stubs, notes);
    }
  }
}
