package io.penstock.enrich;

import io.avaje.json.JsonReader;
import io.avaje.json.stream.JsonStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Walks a threat list in JSON without keeping it: what it holds at a time is one object. An object
 * with lists of others in it is a container and is entered; one without is an entry, and its
 * members are passed on as texts.
 */
final class FeedJson {

  /** Takes what is found. */
  interface Entries {

    /** A text in a list. */
    void text(String text, boolean isDomain);

    /**
     * An object.
     *
     * @param container the member in lower case whose list it stands in; empty outside of any
     * @param fields its members by name in lower case; of a list of texts, the first
     */
    void object(String container, Map<String, String> fields, boolean isDomain);

    /** Something else. */
    void neither();
  }

  private static final int DEPTH_MAX = 32;
  private static final int FIELDS_MAX = 256;
  private static final JsonStream JSON = JsonStream.builder().build();

  /** Members whose lists and objects hold entries, in the formats that publishers use. */
  private static final Set<String> CONTAINERS =
      Set.of(
          "ips",
          "addresses",
          "domains",
          "cidrs",
          "networks",
          "data",
          // OTX
          "indicators",
          "results",
          "pulses",
          // STIX, TAXII
          "objects",
          // MISP
          "response",
          "event",
          "object",
          "attribute");

  private final JsonReader reader;
  private final Entries entries;

  private FeedJson(JsonReader reader, Entries entries) {
    this.reader = reader;
    this.entries = entries;
  }

  /** Walks a document; what came before a mistake in it has been passed on already. */
  static void read(InputStream in, boolean domains, Entries entries) throws IOException {
    try (var reader = JSON.reader(in)) {
      new FeedJson(reader, entries).value("", domains, 0);
    } catch (RuntimeException e) {
      throw malformed(e);
    }
  }

  static void read(String text, boolean domains, Entries entries) throws BadTableException {
    try (var reader = JSON.reader(text)) {
      new FeedJson(reader, entries).value("", domains, 0);
    } catch (RuntimeException e) {
      throw malformed(e);
    }
  }

  /** Whether a line is a JSON value of its own, and not the beginning of one. */
  static boolean isWhole(String line) {
    try (var reader = JSON.reader(line)) {
      new FeedJson(reader, new Ignored()).skip(0);
      return true;
    } catch (RuntimeException e) {
      return false;
    }
  }

  private static BadTableException malformed(RuntimeException e) {
    var message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    return new BadTableException("not JSON: " + message, e);
  }

  private void value(String container, boolean domains, int depth) {
    checkDepth(depth);
    switch (reader.currentToken()) {
      case BEGIN_ARRAY -> {
        reader.beginArray();
        while (reader.hasNextElement()) {
          value(container, domains, depth + 1);
        }
        reader.endArray();
      }
      case BEGIN_OBJECT -> object(container, domains, depth);
      case STRING -> entries.text(reader.readString(), domains);
      case NUMBER, BOOLEAN, NULL -> {
        skip(depth);
        entries.neither();
      }
    }
  }

  private void object(String container, boolean domains, int depth) {
    var fields = new HashMap<String, String>();
    boolean isContainer = false;
    reader.beginObject();
    while (reader.hasNextField()) {
      var name = reader.nextField().toLowerCase(Locale.ROOT);
      if (isContainer(container, name)) {
        value(name, domains || name.equals("domains"), depth + 1);
        isContainer = true;
      } else {
        var text = text(depth + 1);
        if (text != null && fields.size() < FIELDS_MAX) {
          fields.putIfAbsent(name, text);
        }
      }
    }
    reader.endObject();
    if (!isContainer) {
      entries.object(container, fields, domains);
    }
  }

  private boolean isContainer(String container, String name) {
    // An attribute of MISP tells of the event that it stands in.
    if (!CONTAINERS.contains(name) || container.equals("attribute")) {
      return false;
    }
    return switch (reader.currentToken()) {
      case BEGIN_ARRAY, BEGIN_OBJECT -> true;
      case STRING, NUMBER, BOOLEAN, NULL -> false;
    };
  }

  /** A plain value as text; the first text of a list; null for anything else. */
  private @Nullable String text(int depth) {
    checkDepth(depth);
    return switch (reader.currentToken()) {
      case STRING -> reader.readString();
      // Not the plain form: 1e999999999 would be a billion digits.
      case NUMBER -> reader.readDecimal().toString();
      case BOOLEAN -> Boolean.toString(reader.readBoolean());
      case BEGIN_ARRAY -> firstText(depth);
      case BEGIN_OBJECT, NULL -> {
        skip(depth);
        yield null;
      }
    };
  }

  private @Nullable String firstText(int depth) {
    String first = null;
    reader.beginArray();
    while (reader.hasNextElement()) {
      if (first == null && reader.currentToken() == JsonReader.Token.STRING) {
        first = reader.readString();
      } else {
        skip(depth + 1);
      }
    }
    reader.endArray();
    return first;
  }

  private void skip(int depth) {
    checkDepth(depth);
    switch (reader.currentToken()) {
      case BEGIN_ARRAY -> {
        reader.beginArray();
        while (reader.hasNextElement()) {
          skip(depth + 1);
        }
        reader.endArray();
      }
      case BEGIN_OBJECT -> {
        reader.beginObject();
        while (reader.hasNextField()) {
          reader.nextField();
          skip(depth + 1);
        }
        reader.endObject();
      }
      case STRING -> reader.readString();
      case NUMBER -> reader.readDecimal();
      case BOOLEAN -> reader.readBoolean();
      case NULL -> reader.isNullValue();
    }
  }

  private static void checkDepth(int depth) {
    if (depth > DEPTH_MAX) {
      throw new IllegalStateException("nested deeper than " + DEPTH_MAX);
    }
  }

  private static final class Ignored implements Entries {
    @Override
    public void text(String text, boolean isDomain) {}

    @Override
    public void object(String container, Map<String, String> fields, boolean isDomain) {}

    @Override
    public void neither() {}
  }
}
