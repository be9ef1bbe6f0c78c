package io.penstock.destination;

import io.penstock.event.ByteOutput;
import io.penstock.event.Event;
import io.penstock.event.Nanos;
import java.util.stream.Stream;

/**
 * Makes documents acceptable: members that have the name of one of the server's own fields are
 * renamed, because the server refuses such documents whole ({@code "Field [_source] is a metadata
 * field and cannot be added inside a document"}), and documents of a data stream get the timestamp
 * that it demands. Documents are compact JSON, as shapes write them. For any thread.
 */
final class BulkDocuments {

  private static final byte[] TIMESTAMP = BulkItems.ascii("\"@timestamp\":");

  /** Of Elasticsearch 7 to 9 and OpenSearch 1 to 3, without the underscore. */
  private static final byte[][] METADATA =
      Stream.of(
              "id",
              "index",
              "source",
              "type",
              "routing",
              "version",
              "seq_no",
              "primary_term",
              "field_names",
              "ignored",
              "ignored_source",
              "nested_path",
              "doc_count",
              "tier",
              "tsid",
              "ts_routing_hash",
              "feature",
              "size",
              "parent",
              "inference_fields",
              "data_stream_timestamp")
          .map(BulkItems::ascii)
          .toArray(byte[][]::new);

  private final boolean wantsTimestamp;

  BulkDocuments(boolean wantsTimestamp) {
    this.wantsTimestamp = wantsTimestamp;
  }

  void fit(Event event, ByteOutput out, int start) {
    if (hasMetadata(out.array(), start, out.size())) {
      rename(out.array(), start, out.size());
    }
    if (wantsTimestamp && !hasTimestamp(out.array(), start, out.size())) {
      addTimestamp(event, out, start);
    }
  }

  /** Whether such a name stands anywhere: seldom, so that looking closer may cost more. */
  private static boolean hasMetadata(byte[] bytes, int start, int end) {
    for (int i = start + 1; i < end; i++) {
      if (bytes[i] == '_' && bytes[i - 1] == '"' && isMetadata(bytes, i + 1, end)) {
        return true;
      }
    }
    return false;
  }

  /** Whether one of the names, and the quote behind it, is at an offset. */
  private static boolean isMetadata(byte[] bytes, int at, int end) {
    for (var name : METADATA) {
      if (isAt(bytes, at, end, name) && bytes[at + name.length] == '"') {
        return true;
      }
    }
    return false;
  }

  private static boolean isAt(byte[] bytes, int at, int end, byte[] text) {
    if (end - at <= text.length) {
      return false;
    }
    for (int i = 0; i < text.length; i++) {
      if (bytes[at + i] != text[i]) {
        return false;
      }
    }
    return true;
  }

  /** {@code "_source":} becomes {@code "source_":}, where it is a member of the document. */
  private static void rename(byte[] bytes, int start, int end) {
    int depth = 0;
    for (int i = start; i < end; i++) {
      switch (bytes[i]) {
        case '{', '[' -> depth++;
        case '}', ']' -> depth--;
        case '"' -> {
          int close = close(bytes, i, end);
          boolean isName = close + 1 < end && bytes[close + 1] == ':';
          if (depth == 1 && isName && bytes[i + 1] == '_' && isMetadata(bytes, i + 2, end)) {
            System.arraycopy(bytes, i + 2, bytes, i + 1, close - i - 2);
            bytes[close - 1] = '_';
          }
          i = close;
        }
        default -> {}
      }
    }
  }

  /** The quote that ends a text. */
  private static int close(byte[] bytes, int open, int end) {
    int i = open + 1;
    while (i < end && bytes[i] != '"') {
      i += bytes[i] == '\\' ? 2 : 1;
    }
    return i;
  }

  private static boolean hasTimestamp(byte[] bytes, int start, int end) {
    for (int i = start; i < end; i++) {
      if (bytes[i] == '@' && isAt(bytes, i - 1, end, TIMESTAMP)) {
        return true;
      }
    }
    return false;
  }

  /** As the first member. */
  private static void addTimestamp(Event event, ByteOutput out, int start) {
    long nanos =
        event.startNanos() == Event.ABSENT ? event.origin().receivedNanos() : event.startNanos();
    boolean isEmpty = out.size() - start == 2;
    var member =
        BulkItems.ascii("{\"@timestamp\":\"" + Nanos.instant(nanos) + (isEmpty ? "\"" : "\","));
    int rest = out.size() - start - 1;
    out.put(member, 0, member.length - 1);
    var array = out.array();
    System.arraycopy(array, start + 1, array, start + member.length, rest);
    System.arraycopy(member, 0, array, start, member.length);
  }
}
