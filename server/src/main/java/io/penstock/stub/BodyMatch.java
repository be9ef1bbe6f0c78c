package io.penstock.stub;

import com.jayway.jsonpath.Configuration;
import com.jayway.jsonpath.InvalidPathException;
import com.jayway.jsonpath.JsonPath;
import com.jayway.jsonpath.JsonPathException;
import com.jayway.jsonpath.Option;
import com.jayway.jsonpath.PathNotFoundException;
import com.jayway.jsonpath.spi.json.JsonSmartJsonProvider;
import com.jayway.jsonpath.spi.mapper.JsonSmartMappingProvider;
import io.penstock.json.Json;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A question about a body whose content coding is undone. */
sealed interface BodyMatch {

  boolean holds(Subject subject);

  /** What it asks for, for people. */
  String expected();

  /** The body as UTF-8. */
  record Text(TextMatch test) implements BodyMatch {

    @Override
    public boolean holds(Subject subject) {
      return test.holds(subject.bodyText(), subject.effort());
    }

    @Override
    public String expected() {
      return test.expected();
    }
  }

  /** The very octets. */
  record Octets(byte[] bytes) implements BodyMatch {

    @Override
    public boolean holds(Subject subject) {
      return Arrays.equals(subject.body(), bytes);
    }

    @Override
    public String expected() {
      return "exactly " + bytes.length + " octets";
    }
  }

  /** The same JSON value. */
  record SameJson(@Nullable Object tree, JsonEquality equality) implements BodyMatch {

    @Override
    public boolean holds(Subject subject) {
      var json = subject.json();
      return json != null && equality.holds(tree, json.tree(), subject.effort());
    }

    @Override
    public String expected() {
      return "the JSON " + Problem.excerpt(Json.text(tree));
    }
  }

  /**
   * What a JSON path finds.
   *
   * @param test null when anything that is found will do
   */
  record Path(JsonPath path, @Nullable TextMatch test) implements BodyMatch {

    /** Each one looks at the whole tree below each value that the one before found. */
    private static final int DESCENTS_MAX = 2;

    private static final int LENGTH_MAX = 500;

    private static final Configuration CONFIGURATION =
        Configuration.builder()
            .jsonProvider(new JsonSmartJsonProvider())
            .mappingProvider(new JsonSmartMappingProvider())
            .options(Option.SUPPRESS_EXCEPTIONS)
            .build();

    /**
     * Compiles a path.
     *
     * @throws InvalidPathException when it is none, or one that may take too long
     */
    static JsonPath compiled(String path) {
      if (path.length() > LENGTH_MAX) {
        throw new InvalidPathException("longer than " + LENGTH_MAX);
      }
      if (path.contains("=~")) {
        // Its matcher cannot be bounded.
        throw new InvalidPathException("regular expressions are not allowed in a path");
      }
      if (descents(path) > DESCENTS_MAX) {
        throw new InvalidPathException("more than " + DESCENTS_MAX + " times '..'");
      }
      return JsonPath.compile(path);
    }

    /** What a path finds; null when it finds nothing. */
    static @Nullable Object read(JsonPath path, Object tree) {
      try {
        return path.read(tree, CONFIGURATION);
      } catch (PathNotFoundException _) {
        return null;
      } catch (JsonPathException | ClassCastException | IllegalArgumentException _) {
        // Its functions throw over values that they do not expect.
        return null;
      }
    }

    @Override
    public boolean holds(Subject subject) {
      var json = subject.json();
      if (json == null || json.tree() == null || !subject.effort().take(cost(subject))) {
        return false;
      }
      var found = read(path, json.tree());
      if (found == null) {
        return false;
      }
      if (found instanceof List<?> list && !path.isDefinite()) {
        return list.stream().anyMatch(each -> passes(each, subject.effort()));
      }
      return passes(found, subject.effort());
    }

    /** A descent looks at every value; one below another at every value once for each level. */
    private long cost(Subject subject) {
      long length = subject.body().length;
      return switch (descents(path.getPath())) {
        case 0 -> length;
        case 1 -> length * 4;
        default -> length * StubLimits.DEPTH_MAX;
      };
    }

    private static int descents(String path) {
      return path.split("\\.\\.", -1).length - 1;
    }

    private boolean passes(@Nullable Object found, Effort effort) {
      if (test == null) {
        return true;
      }
      var text = found instanceof String string ? string : Json.text(found);
      return test.holds(text, effort);
    }

    @Override
    public String expected() {
      return "JSON with " + path.getPath() + (test == null ? "" : " that is " + test.expected());
    }
  }

  /** JSON after a schema. */
  record Schema(JsonShape shape) implements BodyMatch {

    @Override
    public boolean holds(Subject subject) {
      return subject.json() != null && shape.holds(subject.bodyText(), subject.effort());
    }

    @Override
    public String expected() {
      return "JSON after the schema";
    }
  }

  /** The opposite. */
  record Not(BodyMatch test) implements BodyMatch {

    @Override
    public boolean holds(Subject subject) {
      return !test.holds(subject) && !subject.effort().isSpent();
    }

    @Override
    public String expected() {
      return "not " + test.expected();
    }
  }
}
