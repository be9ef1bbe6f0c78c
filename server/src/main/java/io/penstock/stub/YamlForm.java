package io.penstock.stub;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
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
 * Reads YAML, and with it JSON, into {@link Form forms}. Works on the parser's events, so that each
 * value keeps its line and neither nesting nor aliases make a small file large. For one use.
 */
final class YamlForm {

  /** A recording with bodies in it. */
  static final int CHARACTERS_MAX = 32 << 20;

  /** Plain scalars that are numbers: JSON's form (RFC 8259 §6). */
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?");

  /** Ends the reading of a text at a mistake that was noted. */
  private static final class Unreadable extends RuntimeException {

    private static final long serialVersionUID = 1L;

    Unreadable() {
      super("the text cannot be read further", null, false, false);
    }
  }

  private final Iterator<Event> events;
  private final List<Problem> problems;

  private YamlForm(String text, List<Problem> problems) {
    var settings = LoadSettings.builder().setCodePointLimit(CHARACTERS_MAX).build();
    this.events = new Parse(settings).parseString(text).iterator();
    this.problems = problems;
  }

  /** The value of a text; empty, with the problem noted, when it is not YAML. */
  static Optional<Form> read(String text, List<Problem> problems) {
    if (text.length() > CHARACTERS_MAX) {
      problems.add(new Problem("", 0, "", "larger than " + CHARACTERS_MAX + " characters"));
      return Optional.empty();
    }
    try {
      return new YamlForm(text, problems).document();
    } catch (Unreadable e) {
      // What stopped the reading is among the problems.
      return Optional.empty();
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0);
      problems.add(new Problem("", line, "", "not YAML: " + e.getProblem()));
      return Optional.empty();
    } catch (YamlEngineException e) {
      var first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      problems.add(new Problem("", 0, "", "not YAML: " + first));
      return Optional.empty();
    }
  }

  private Optional<Form> document() {
    var _ = events.next();
    var document = events.next();
    if (document instanceof StreamEndEvent) {
      throw unreadable(document.getStartMark(), "", "expected a document, not nothing");
    }
    var form = form(events.next(), "", StubLimits.DEPTH_MAX);
    var _ = events.next();
    var end = events.next();
    if (!(end instanceof StreamEndEvent)) {
      throw unreadable(end.getStartMark(), "", "expected the end, not a second document");
    }
    return Optional.of(form);
  }

  private Form form(Event event, String place, int depth) {
    if (depth < 0) {
      throw unreadable(event.getStartMark(), place, "nested too deep");
    }
    return switch (event) {
      case MappingStartEvent _ -> mapping(event, place, depth);
      case SequenceStartEvent _ -> sequence(event, place, depth);
      case ScalarEvent scalar ->
          new Form(value(scalar), scalar.getValue(), place, line(event.getStartMark()));
      case AliasEvent _ ->
          throw unreadable(event.getStartMark(), place, "aliases are not allowed here");
      default -> throw new IllegalStateException("event " + event);
    };
  }

  private Form mapping(Event start, String place, int depth) {
    var members = new LinkedHashMap<String, Form>();
    for (var key = events.next(); !(key instanceof MappingEndEvent); key = events.next()) {
      if (!(key instanceof ScalarEvent name)) {
        throw unreadable(key.getStartMark(), place, "expected a name as key");
      }
      var at = Form.below(place, name.getValue());
      if (members.put(name.getValue(), form(events.next(), at, depth - 1)) != null) {
        problems.add(new Problem("", line(key.getStartMark()), at, "stands here twice"));
      }
    }
    return new Form(members, "", place, line(start.getStartMark()));
  }

  private Form sequence(Event start, String place, int depth) {
    var elements = new ArrayList<Form>();
    for (var item = events.next(); !(item instanceof SequenceEndEvent); item = events.next()) {
      elements.add(form(item, place + "[" + elements.size() + "]", depth - 1));
    }
    return new Form(elements, "", place, line(start.getStartMark()));
  }

  private static @Nullable Object value(ScalarEvent scalar) {
    var text = scalar.getValue();
    if (!scalar.isPlain()) {
      return text;
    }
    return switch (text) {
      case "", "~", "null" -> null;
      case "true" -> true;
      case "false" -> false;
      default -> NUMBER.matcher(text).matches() ? number(text) : text;
    };
  }

  private static Object number(String text) {
    var number = new BigDecimal(text);
    return number.scale() == 0 && number.precision() <= 18 ? (Object) number.longValue() : number;
  }

  private Unreadable unreadable(Optional<Mark> mark, String place, String what) {
    problems.add(new Problem("", line(mark), place, what));
    return new Unreadable();
  }

  private static int line(Optional<Mark> mark) {
    return mark.map(at -> at.getLine() + 1).orElse(0);
  }
}
