package io.penstock.elements;

import io.penstock.elements.Elements.Problem;
import io.penstock.registry.MappedElement;
import io.penstock.registry.Registry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.events.StreamEndEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads the text of an elements file.
 *
 * <p>Works on the parser's events instead of on a tree of objects: each mistake keeps its place in
 * the file, nothing is built that is not expected, and neither deep nesting nor aliases can make a
 * small file large. For one use.
 */
final class ElementsReader {

  /** Larger than a mapping of every element of every vendor known today. */
  static final int CHARACTERS_MAX = 4 << 20;

  static final int ELEMENTS_MAX = 50_000;

  /** Who made more mistakes than these corrects the first ones first. */
  private static final int PROBLEMS_MAX = 20;

  /** More than any entry needs; the parser's work for each event grows with the depth. */
  private static final int DEPTH_MAX = 16;

  private static final int EXCERPT_MAX = 40;

  /** Ends the reading of a text at a mistake that was noted. */
  private static final class Unreadable extends RuntimeException {

    private static final long serialVersionUID = 1L;

    Unreadable() {
      super("the text cannot be read further", null, false, false);
    }
  }

  /** A value and where it stands. */
  record Scalar(String text, Optional<Mark> mark) {}

  private final String text;
  private final Registry shipped;
  private final List<MappedElement> elements = new ArrayList<>();
  private final List<Problem> problems = new ArrayList<>();
  private final Iterator<Event> events;

  private ElementsReader(String text, Registry shipped) {
    this.text = text;
    this.shipped = shipped;
    var settings = LoadSettings.builder().setCodePointLimit(CHARACTERS_MAX).build();
    this.events = new Parse(settings).parseString(text).iterator();
  }

  /**
   * The elements of the text.
   *
   * @param shipped what names under {@code as} are looked up in
   */
  static Elements read(String text, Registry shipped) {
    if (text.length() > CHARACTERS_MAX) {
      return Elements.unreadable("larger than " + CHARACTERS_MAX + " characters");
    }
    return new ElementsReader(text, shipped).read();
  }

  private Elements read() {
    try {
      stream();
    } catch (Unreadable e) {
      // What stopped the reading is among the problems.
    } catch (MarkedYamlEngineException e) {
      problem(e.getProblemMark(), "not YAML: " + e.getProblem());
    } catch (ReaderException e) {
      var code = "U+%04X".formatted(e.getCodePoint());
      problems.add(at(e.getPosition(), "not YAML: the character " + code + " is not allowed"));
    } catch (YamlEngineException e) {
      problems.add(new Problem(1, 1, "not YAML: " + e.getMessage()));
    }
    return problems.isEmpty()
        ? new Elements(elements, List.of())
        : new Elements(List.of(), problems.subList(0, Math.min(problems.size(), PROBLEMS_MAX)));
  }

  private Problem at(int position, String what) {
    var before = text.substring(0, text.offsetByCodePoints(0, position));
    int line = (int) before.chars().filter(c -> c == '\n').count() + 1;
    return new Problem(line, before.length() - before.lastIndexOf('\n'), what);
  }

  private void stream() {
    var _ = events.next();
    var document = events.next();
    if (document instanceof StreamEndEvent) {
      problem(document.getStartMark(), "expected a mapping with the key 'elements', not nothing");
      return;
    }
    top(events.next());
    var _ = events.next();
    var end = events.next();
    if (!(end instanceof StreamEndEvent)) {
      problem(end.getStartMark(), "expected the end of the file, not a second document");
    }
  }

  private void top(Event node) {
    if (!isMapping(node, "a mapping with the key 'elements'")) {
      return;
    }
    boolean isThere = false;
    for (var key = events.next(); !(key instanceof MappingEndEvent); key = events.next()) {
      var name = scalar(key, "the key 'elements'");
      var value = events.next();
      if (name == null) {
        skip(value);
      } else if (name.text.equals("elements") && !isThere) {
        isThere = true;
        entries(value);
      } else {
        problem(name.mark, "expected the key 'elements' once, not " + quoted(name.text));
        skip(value);
      }
    }
    if (!isThere && problems.isEmpty()) {
      problem(node.getStartMark(), "expected the key 'elements', which is not there");
    }
  }

  private void entries(Event node) {
    if (node instanceof ScalarEvent empty && empty.isPlain() && empty.getValue().isEmpty()) {
      return;
    }
    if (!isMapping(node, "a mapping of 'enterprise number/id' to elements")) {
      return;
    }
    var seen = new HashSet<String>();
    for (var key = events.next(); !(key instanceof MappingEndEvent); key = events.next()) {
      var id = scalar(key, "'enterprise number/id'");
      var value = events.next();
      if (id == null) {
        skip(value);
        continue;
      }
      entry(id, value, seen);
      if (elements.size() > ELEMENTS_MAX) {
        problem(id.mark, "expected at most " + ELEMENTS_MAX + " elements");
        throw new Unreadable();
      }
    }
  }

  private void entry(Scalar key, Event value, Set<String> seen) {
    var id = ElementId.of(key.text);
    if (id.isEmpty()) {
      problem(key.mark, "expected " + ElementId.FORM + ", not " + quoted(key.text));
      skip(value);
      return;
    }
    if (!seen.add(id.get().toString())) {
      problem(key.mark, key.text + " stands in the file twice");
      skip(value);
      return;
    }
    int before = problems.size();
    var entry = new ElementEntry(id.get(), key, this);
    fields(value, entry);
    var element = problems.size() == before ? entry.element(shipped) : null;
    if (element != null) {
      elements.add(element);
    }
  }

  private void fields(Event node, ElementEntry entry) {
    if (!isMapping(node, "a mapping such as {name: appName, type: string}")) {
      return;
    }
    for (var key = events.next(); !(key instanceof MappingEndEvent); key = events.next()) {
      var name = scalar(key, ElementEntry.KEYS);
      var value = events.next();
      if (name == null) {
        skip(value);
      } else if (name.text.equals("versions")) {
        entry.versions(name, words(value));
      } else {
        var word = scalar(value, "a value for '" + excerpt(name.text) + "'");
        if (word != null) {
          entry.set(name, word);
        }
      }
    }
  }

  /** The words of a sequence; empty, with a problem noted, when it is none. */
  private Map<String, Scalar> words(Event node) {
    var words = new LinkedHashMap<String, Scalar>();
    if (!(node instanceof SequenceStartEvent)) {
      problem(node.getStartMark(), "expected a list such as [netflow9], not " + kind(node));
      skip(node);
      return words;
    }
    for (var item = events.next(); !(item instanceof SequenceEndEvent); item = events.next()) {
      var word = scalar(item, ElementEntry.VERSIONS);
      if (word != null) {
        words.put(word.text, word);
      }
    }
    return words;
  }

  private boolean isMapping(Event node, String expected) {
    if (node instanceof MappingStartEvent) {
      return true;
    }
    problem(node.getStartMark(), "expected " + expected + ", not " + kind(node));
    skip(node);
    return false;
  }

  /** The value of a scalar; null, with a problem noted, when the node is another one. */
  private @Nullable Scalar scalar(Event node, String expected) {
    if (node instanceof ScalarEvent scalar) {
      return new Scalar(scalar.getValue(), scalar.getStartMark());
    }
    problem(node.getStartMark(), "expected " + expected + ", not " + kind(node));
    skip(node);
    return null;
  }

  /** Passes over the rest of a node whose first event was taken. */
  private void skip(Event first) {
    int depth = depth(first);
    while (depth > 0) {
      var event = events.next();
      depth += depth(event);
      if (depth > DEPTH_MAX) {
        problem(event.getStartMark(), "nested too deep");
        throw new Unreadable();
      }
    }
  }

  private static int depth(Event event) {
    return switch (event) {
      case MappingStartEvent _, SequenceStartEvent _ -> 1;
      case MappingEndEvent _, SequenceEndEvent _ -> -1;
      default -> 0;
    };
  }

  private static String kind(Event node) {
    return switch (node) {
      case MappingStartEvent _ -> "a mapping";
      case SequenceStartEvent _ -> "a list";
      case AliasEvent _ -> "an alias, which this file must not have";
      case ScalarEvent scalar when scalar.getValue().isEmpty() -> "nothing";
      case ScalarEvent scalar -> quoted(scalar.getValue());
      default -> "this";
    };
  }

  void problem(Optional<Mark> mark, String what) {
    int line = mark.map(Mark::getLine).orElse(0) + 1;
    int column = mark.map(Mark::getColumn).orElse(0) + 1;
    problems.add(new Problem(line, column, what));
  }

  static String quoted(String text) {
    return "'" + excerpt(text) + "'";
  }

  private static String excerpt(String text) {
    var line = text.replaceAll("\\p{Cntrl}", " ");
    return line.length() <= EXCERPT_MAX ? line : line.substring(0, EXCERPT_MAX) + "...";
  }
}
