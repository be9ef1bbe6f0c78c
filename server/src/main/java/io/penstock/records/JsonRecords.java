package io.penstock.records;

import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.Origin;
import io.penstock.event.Protocol;
import io.penstock.records.JsonBatch.Fault;
import io.penstock.records.JsonBatch.RecordError;
import io.penstock.records.JsonRecordReader.Required;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Turns a posted body into events. Takes every form that clients of the HTTP API send: an array, an
 * object with {@code records}, a single object, and one object a line (NDJSON). Stateless; safe for
 * many threads.
 */
public final class JsonRecords {

  /** Most errors that {@link JsonBatch.Invalid} lists. */
  public static final int ERRORS_LISTED_MAX = 100;

  /** What a route takes. */
  public enum Expected {
    /** What the body's {@code format} says; without one, what each record looks like. */
    ANY,
    ZEEK,
    NETFLOW,
    /** What the body's {@code type} says; without one, as {@link #ANY}. */
    TYPED
  }

  /**
   * Who posted.
   *
   * @param client address of the HTTP client
   * @param receivedNanos when it came, nanoseconds since 1970 UTC
   * @param collector what the headers say, null when they do not; the body wins
   * @param sourceId what the headers say, null when they do not; the body wins
   * @param requestId trace id of the request
   */
  public record Sender(
      Ip client,
      long receivedNanos,
      @Nullable String collector,
      @Nullable String sourceId,
      String requestId) {}

  private final int recordsMax;

  /**
   * @param recordsMax most records of a batch
   */
  public JsonRecords(int recordsMax) {
    this.recordsMax = recordsMax;
  }

  /** Whether an event has a member of this name, so that no extra member may be called so. */
  public static boolean isReserved(String name) {
    return JsonRecordReader.isReserved(name);
  }

  /** Decodes the first {@code length} bytes of a body. */
  public JsonBatch decode(byte[] body, int length, Expected expected, Sender sender, BatchIds ids) {
    if (!isUtf8(body, length)) {
      return new JsonBatch.Malformed(Fault.ENCODING, "Body is not valid UTF-8");
    }
    int start = startsWithByteOrderMark(body, length) ? 3 : 0;
    var scanner = new JsonScanner(body, start, length);
    try {
      return switch (scanner.peek()) {
        case -1 -> new JsonBatch.Malformed(Fault.EMPTY, "Empty batch");
        case '[' -> array(body, scanner, new Envelope(), expected, sender, ids);
        case '{' -> objects(body, scanner, expected, sender, ids);
        default ->
            new JsonBatch.Malformed(Fault.SHAPE, "Expected a JSON array, object or JSON lines");
      };
    } catch (JsonScanner.SyntaxException e) {
      return new JsonBatch.Malformed(Fault.SYNTAX, describe(body, e));
    }
  }

  private static String describe(byte[] body, JsonScanner.SyntaxException e) {
    int line = 1;
    int lineStart = 0;
    for (int i = 0; i < e.offset(); i++) {
      if (body[i] == '\n') {
        line++;
        lineStart = i + 1;
      }
    }
    return "Invalid JSON on line "
        + line
        + ", column "
        + (e.offset() - lineStart + 1)
        + ": "
        + e.getMessage();
  }

  /** What an object around the records says of them. */
  private static final class Envelope {
    @Nullable String collector;
    @Nullable String sourceId;
    @Nullable String format;
    @Nullable String type;
    int recordsAt = -1;
  }

  private JsonBatch array(
      byte[] body,
      JsonScanner scanner,
      Envelope envelope,
      Expected expected,
      Sender sender,
      BatchIds ids) {
    var batch = new Batch(body, scanner, envelope, expected, sender, ids);
    batch.readArray();
    if (scanner.peek() >= 0) {
      throw scanner.unexpected("extra data after the array");
    }
    return batch.result();
  }

  private JsonBatch objects(
      byte[] body, JsonScanner scanner, Expected expected, Sender sender, BatchIds ids) {
    int start = scanner.position();
    var envelope = envelope(body, scanner);
    if (envelope.recordsAt < 0) {
      scanner.moveTo(start);
      var batch = new Batch(body, scanner, new Envelope(), expected, sender, ids);
      batch.readLines();
      return batch.result();
    }
    if (scanner.peek() >= 0) {
      throw scanner.unexpected("extra data after the object");
    }
    var fault = faultOf(envelope, expected);
    if (fault != null) {
      return fault;
    }
    scanner.moveTo(envelope.recordsAt);
    if (scanner.peek() != '[') {
      return new JsonBatch.Malformed(
          Fault.RECORDS, "Expected JSON array or object with 'records' array");
    }
    var batch = new Batch(body, scanner, envelope, expected, sender, ids);
    batch.readArray();
    return batch.result();
  }

  /**
   * Reads the members of the first object, without the records themselves: what it says of them may
   * come behind them.
   */
  private static Envelope envelope(byte[] body, JsonScanner scanner) {
    var envelope = new Envelope();
    scanner.expect('{');
    if (scanner.take('}')) {
      return envelope;
    }
    do {
      int name = scanner.readName();
      var member = new String(body, name, scanner.nameEnd() - name, StandardCharsets.UTF_8);
      scanner.peek();
      int value = scanner.position();
      scanner.skipValue();
      var text =
          JsonValues.isQuoted(body, value, scanner.position())
              ? JsonValues.string(body, value, scanner.position())
              : null;
      switch (member) {
        case "records" -> envelope.recordsAt = value;
        case "collector_id" -> envelope.collector = text;
        case "source_id" -> envelope.sourceId = text;
        case "format" -> envelope.format = text;
        case "type" -> envelope.type = text;
        default -> {
          // Clients may say more of their batch than we use.
        }
      }
    } while (scanner.take(','));
    scanner.expect('}');
    return envelope;
  }

  private static @Nullable JsonBatch faultOf(Envelope envelope, Expected expected) {
    if (expected == Expected.TYPED && kindOf(envelope.type) == Kind.UNKNOWN) {
      return new JsonBatch.Malformed(Fault.TYPE, "Type must be 'zeek' or 'netflow'");
    }
    boolean formatCounts = expected == Expected.ANY || expected == Expected.TYPED;
    if (formatCounts && kindOf(envelope.format) == Kind.UNKNOWN) {
      return new JsonBatch.Malformed(
          Fault.FORMAT,
          "Unknown format '" + shortened(envelope.format) + "': use flows.v1 or zeek.conn");
    }
    return null;
  }

  private static String shortened(@Nullable String text) {
    String given = String.valueOf(text);
    return given.length() <= 64 ? given : given.substring(0, 64) + "...";
  }

  private enum Kind {
    BY_LOOKS,
    FLOW,
    NETFLOW,
    ZEEK,
    UNKNOWN
  }

  private static Kind kindOf(@Nullable String word) {
    if (word == null || word.isEmpty()) {
      return Kind.BY_LOOKS;
    }
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "flows.v1", "flows", "flow" -> Kind.FLOW;
      case "netflow", "netflow.v1", "goflow2" -> Kind.NETFLOW;
      case "zeek", "zeek.conn", "zeek.conn.v1" -> Kind.ZEEK;
      default -> Kind.UNKNOWN;
    };
  }

  /** The records of one body as they are read. */
  private final class Batch {
    private final JsonScanner scanner;
    private final JsonRecordReader reader;
    private final Kind kind;
    private final boolean isStrict;
    private final List<Event> events = new ArrayList<>();
    private final List<RecordError> errors = new ArrayList<>();
    private int total;
    private int invalid;

    Batch(
        byte[] body,
        JsonScanner scanner,
        Envelope envelope,
        Expected expected,
        Sender sender,
        BatchIds ids) {
      this.scanner = scanner;
      this.isStrict = expected == Expected.ANY;
      this.kind =
          switch (expected) {
            case ZEEK -> Kind.ZEEK;
            case NETFLOW -> Kind.NETFLOW;
            case ANY, TYPED ->
                envelope.format != null && !envelope.format.isEmpty()
                    ? kindOf(envelope.format)
                    : envelope.type == null || kindOf(envelope.type) == Kind.UNKNOWN
                        ? Kind.BY_LOOKS
                        : kindOf(envelope.type);
          };
      this.reader =
          new JsonRecordReader(
              body,
              scanner,
              ids,
              origin(Protocol.FLOW_JSON, envelope, sender),
              origin(Protocol.ZEEK, envelope, sender));
    }

    void readArray() {
      scanner.expect('[');
      if (scanner.take(']')) {
        return;
      }
      do {
        readRecord();
      } while (scanner.take(','));
      scanner.expect(']');
    }

    void readLines() {
      while (scanner.peek() >= 0) {
        readRecord();
      }
    }

    private void readRecord() {
      int index = total++;
      if (total > recordsMax) {
        // Too many: only counted from here on.
        scanner.skipValue();
        return;
      }
      if (scanner.peek() != '{') {
        scanner.skipValue();
        refuse(index, "must be JSON object");
        return;
      }
      boolean zeek = kind == Kind.ZEEK || kind == Kind.BY_LOOKS && reader.isZeekAhead();
      var event = reader.read(index, zeek, required(zeek));
      if (event == null) {
        refuse(index, reader.error());
      } else if (invalid == 0) {
        events.add(event);
      }
    }

    private Required required(boolean zeek) {
      if (zeek) {
        return isStrict ? Required.ZEEK : Required.ZEEK_LENIENT;
      }
      return isStrict ? Required.FLOW : Required.NETFLOW;
    }

    private void refuse(int index, String reason) {
      invalid++;
      if (errors.size() < ERRORS_LISTED_MAX) {
        errors.add(new RecordError(index, reason));
      }
    }

    JsonBatch result() {
      if (total > recordsMax) {
        return new JsonBatch.TooMany(recordsMax, total);
      }
      if (total == 0) {
        return new JsonBatch.Malformed(Fault.EMPTY, "Empty batch");
      }
      return invalid > 0
          ? new JsonBatch.Invalid(total, invalid, List.copyOf(errors))
          : new JsonBatch.Taken(events);
    }
  }

  private static Origin origin(Protocol protocol, Envelope envelope, Sender sender) {
    return new Origin(
        protocol,
        sender.client(),
        0,
        Event.ABSENT,
        Event.ABSENT,
        Event.ABSENT,
        sender.receivedNanos(),
        envelope.collector != null ? envelope.collector : sender.collector(),
        envelope.sourceId != null ? envelope.sourceId : sender.sourceId(),
        sender.requestId());
  }

  private static boolean startsWithByteOrderMark(byte[] body, int length) {
    return length >= 3
        && body[0] == (byte) 0xef
        && body[1] == (byte) 0xbb
        && body[2] == (byte) 0xbf;
  }

  private static boolean isUtf8(byte[] body, int length) {
    boolean ascii = true;
    for (int i = 0; i < length; i++) {
      ascii &= body[i] >= 0;
    }
    return ascii || Utf8.isValid(body, length);
  }
}
