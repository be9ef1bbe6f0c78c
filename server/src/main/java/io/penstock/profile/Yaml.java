package io.penstock.profile;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
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
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * A YAML text as values that know where they stand, so that each mistake can be named with its
 * line. Takes neither aliases nor tags nor a second document; nothing in it can make it large.
 */
final class Yaml {

  /** Several times the longest profile that ships. */
  static final int CHARACTERS_MAX = 1 << 20;

  /** A profile needs five; the parser's work for each event grows with the depth. */
  private static final int DEPTH_MAX = 12;

  /** A value in the text. */
  sealed interface Value {
    int line();

    int column();
  }

  record Scalar(String text, int line, int column) implements Value {}

  record Items(List<Value> items, int line, int column) implements Value {}

  record Members(Map<String, Value> members, int line, int column) implements Value {}

  /** Ends the reading of a text at a mistake that was noted. */
  private static final class Unreadable extends RuntimeException {

    private static final long serialVersionUID = 1L;

    Unreadable() {
      super("the text cannot be read further", null, false, false);
    }
  }

  private final String file;
  private final Consumer<Problem> problems;
  private final Iterator<Event> events;

  private Yaml(String file, String text, Consumer<Problem> problems) {
    this.file = file;
    this.problems = problems;
    var settings = LoadSettings.builder().setCodePointLimit(CHARACTERS_MAX).build();
    this.events = new Parse(settings).parseString(text).iterator();
  }

  /** The value of a text; null, with a problem noted, when it is not YAML or is nothing. */
  static @Nullable Value read(String file, String text, Consumer<Problem> problems) {
    if (text.length() > CHARACTERS_MAX) {
      problems.accept(new Problem(file, 1, 1, "larger than " + CHARACTERS_MAX + " characters"));
      return null;
    }
    return new Yaml(file, text, problems).document();
  }

  private @Nullable Value document() {
    try {
      var _ = events.next();
      var document = events.next();
      if (document instanceof StreamEndEvent) {
        problem(document.getStartMark(), "there is nothing in the file");
        return null;
      }
      var value = value(events.next(), 0);
      var _ = events.next();
      var end = events.next();
      if (!(end instanceof StreamEndEvent)) {
        problem(end.getStartMark(), "expected the end of the file, not a second document");
      }
      return value;
    } catch (Unreadable e) {
      // What stopped the reading is among the problems.
      return null;
    } catch (MarkedYamlEngineException e) {
      problem(e.getProblemMark(), "not YAML: " + e.getProblem());
      return null;
    } catch (YamlEngineException e) {
      problems.accept(new Problem(file, 1, 1, "not YAML: " + e.getMessage()));
      return null;
    }
  }

  private Value value(Event event, int depth) {
    int line = line(event.getStartMark());
    int column = column(event.getStartMark());
    if (depth > DEPTH_MAX) {
      problem(event.getStartMark(), "nested too deep");
      throw new Unreadable();
    }
    return switch (event) {
      case ScalarEvent scalar -> new Scalar(scalar.getValue(), line, column);
      case SequenceStartEvent _ -> new Items(items(depth), line, column);
      case MappingStartEvent _ -> new Members(members(depth), line, column);
      case AliasEvent _ -> {
        problem(event.getStartMark(), "aliases are not taken here");
        throw new Unreadable();
      }
      default -> throw new Unreadable();
    };
  }

  private List<Value> items(int depth) {
    var items = new ArrayList<Value>();
    for (var event = events.next(); !(event instanceof SequenceEndEvent); event = events.next()) {
      items.add(value(event, depth + 1));
    }
    return items;
  }

  private Map<String, Value> members(int depth) {
    var members = new LinkedHashMap<String, Value>();
    for (var event = events.next(); !(event instanceof MappingEndEvent); event = events.next()) {
      var key = value(event, depth + 1);
      var value = value(events.next(), depth + 1);
      if (!(key instanceof Scalar name)) {
        problem(event.getStartMark(), "expected a name before the colon");
      } else if (members.putIfAbsent(name.text(), value) != null) {
        problem(event.getStartMark(), "'" + name.text() + "' stands here twice");
      }
    }
    return members;
  }

  private void problem(Optional<Mark> mark, String what) {
    problems.accept(new Problem(file, line(mark), column(mark), what));
  }

  private static int line(Optional<Mark> mark) {
    return mark.map(Mark::getLine).orElse(0) + 1;
  }

  private static int column(Optional<Mark> mark) {
    return mark.map(Mark::getColumn).orElse(0) + 1;
  }
}
