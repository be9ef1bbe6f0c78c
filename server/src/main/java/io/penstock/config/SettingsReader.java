package io.penstock.config;

import io.penstock.config.SettingsFile.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
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
 * Reads the text of a settings file, from the parser's events: so each mistake keeps its place, and
 * no alias can make a small file large. For one use.
 */
final class SettingsReader {

  /** Settings are three mappings deep at most; the parser's work for each event grows with it. */
  private static final int DEPTH_MAX = 16;

  private static final int EXCERPT_MAX = 40;

  /** Ends the reading of a text at a mistake that was noted. */
  private static final class Unreadable extends RuntimeException {

    private static final long serialVersionUID = 1L;

    Unreadable() {
      super("the text cannot be read further", null, false, false);
    }
  }

  private final String file;
  private final Iterator<Event> events;
  private final Map<String, Value> values = new HashMap<>();
  private final Map<String, Integer> lines = new HashMap<>();
  private final List<String> problems = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  private SettingsReader(String file, String text) {
    this.file = file;
    this.events =
        new Parse(LoadSettings.builder().setLabel(file).build()).parseString(text).iterator();
  }

  /**
   * The settings of a text.
   *
   * @param file its name, for the places of mistakes
   */
  static SettingsFile read(String file, String text) {
    return new SettingsReader(file, text).read();
  }

  private SettingsFile read() {
    try {
      stream();
    } catch (Unreadable _) {
      // What stopped the reading is among the problems.
    } catch (MarkedYamlEngineException e) {
      problem(e.getProblemMark(), "not YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      var message = String.valueOf(e.getMessage());
      problems.add(file + ": not YAML: " + message.lines().findFirst().orElse(""));
    }
    return new SettingsFile(values, problems, warnings);
  }

  private void stream() {
    var _ = events.next();
    var document = events.next();
    if (document instanceof StreamEndEvent) {
      return; // nothing is set, which is allowed
    }
    var top = events.next();
    if (top instanceof MappingStartEvent) {
      mapping("");
    } else if (!(top instanceof ScalarEvent scalar && scalar.getValue().isEmpty())) {
      problem(top.getStartMark(), "expected a mapping such as {http: {port: 8080}}");
      return;
    }
    var _ = events.next();
    var end = events.next();
    if (!(end instanceof StreamEndEvent)) {
      problem(end.getStartMark(), "expected the end of the file, not a second document");
    }
  }

  /**
   * @param prefix the mapping's own key with a dot behind it; empty at the top
   */
  private void mapping(String prefix) {
    for (var key = events.next(); !(key instanceof MappingEndEvent); key = events.next()) {
      if (!(key instanceof ScalarEvent name)) {
        problem(key.getStartMark(), "expected the name of a setting");
        throw new Unreadable();
      }
      entry(prefix + name.getValue(), key.getStartMark(), events.next());
    }
  }

  private void entry(String key, Optional<Mark> mark, Event value) {
    if (value instanceof MappingStartEvent && Settings.isSection(key)) {
      mapping(key + ".");
      return;
    }
    var name = Settings.nameOf(key);
    if (name.isPresent()) {
      var text = text(key, value);
      if (text != null) {
        set(name.get(), key, value, text);
      }
      return;
    }
    skip(value);
    var ignored = Settings.ignored(key);
    if (ignored.isPresent()) {
      warnings.add(place(mark) + ": " + key + " is ignored: " + ignored.get().why());
      return;
    }
    if (Settings.isSection(key)) {
      problem(mark, "expected settings under '" + key + "', not a value");
      return;
    }
    var meant = Settings.nearest(key).map(known -> ": did you mean '" + known + "'?").orElse("");
    problem(mark, "unknown key '" + excerpt(key) + "'" + meant);
  }

  private void set(String name, String key, Event value, String text) {
    var mark = value.getStartMark();
    int line = mark.map(Mark::getLine).orElse(0) + 1;
    // One setting has several names: whichever are used, it must stand in the file once.
    var before = lines.putIfAbsent(Settings.identity(name), line);
    if (before != null) {
      problem(mark, "'" + excerpt(key) + "' is set twice, first in line " + before);
      return;
    }
    if (!text.isBlank()) {
      values.put(name, new Value(text.strip(), new Origin.Line(key, place(mark))));
    }
  }

  /** A scalar, or the items of a list; null, with a problem noted, for anything else. */
  private @Nullable String text(String key, Event value) {
    if (value instanceof ScalarEvent scalar) {
      return isNull(scalar) ? "" : scalar.getValue();
    }
    if (!(value instanceof SequenceStartEvent)) {
      problem(value.getStartMark(), "expected a value or a list for '" + excerpt(key) + "'");
      skip(value);
      return null;
    }
    var items = new ArrayList<String>();
    for (var item = events.next(); !(item instanceof SequenceEndEvent); item = events.next()) {
      if (item instanceof ScalarEvent scalar) {
        items.add(scalar.getValue());
      } else {
        problem(item.getStartMark(), "expected a list of values for '" + excerpt(key) + "'");
        skip(item);
      }
    }
    return String.join(",", items);
  }

  private static boolean isNull(ScalarEvent scalar) {
    return scalar.isPlain() && scalar.getValue().matches("~|null|Null|NULL");
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

  private void problem(Optional<Mark> mark, String what) {
    problems.add(place(mark) + ": " + what);
  }

  private String place(Optional<Mark> mark) {
    int line = mark.map(Mark::getLine).orElse(0) + 1;
    int column = mark.map(Mark::getColumn).orElse(0) + 1;
    return file + ":" + line + ":" + column;
  }

  private static String excerpt(String text) {
    var line = text.replaceAll("\\p{Cntrl}", " ");
    return line.length() <= EXCERPT_MAX ? line : line.substring(0, EXCERPT_MAX) + "...";
  }
}
