package io.penstock.profile;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.WireFormat;
import io.penstock.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a protobuf message by its descriptor into a tree, without building the message: two octets
 * can be a whole message, whose object is a hundred times as large. Ends where the tree is full or
 * the octets make no sense; what was read before is kept.
 */
final class ProtobufReading {

  private static final int OCTETS_SHOWN_MAX = 256;

  private final CodedInputStream in;
  private final Tree tree;
  private boolean isStopped;

  private ProtobufReading(byte[] octets, Tree tree) {
    this.in = CodedInputStream.newInstance(octets);
    this.tree = tree;
  }

  static Map<String, @Nullable Object> read(byte[] octets, Descriptor type, Tree tree) {
    var members = new LinkedHashMap<String, @Nullable Object>();
    new ProtobufReading(octets, tree).guarded(members, type);
    return members;
  }

  /** Messages one after the other, each behind its length as a varint. */
  static List<@Nullable Object> delimited(byte[] octets, Descriptor type, Tree tree) {
    var reading = new ProtobufReading(octets, tree);
    var messages = new ArrayList<@Nullable Object>();
    try {
      while (!reading.isStopped && !reading.in.isAtEnd() && tree.hasRoom()) {
        messages.add(reading.nested(type, 0));
      }
    } catch (IOException e) {
      reading.malformed();
    }
    return messages;
  }

  private void guarded(Map<String, @Nullable Object> members, Descriptor type) {
    try {
      message(members, type, 0);
    } catch (IOException e) {
      malformed();
    }
  }

  private void malformed() {
    isStopped = true;
    tree.note("not protobuf from octet " + in.getTotalBytesRead() + " on");
  }

  private void message(Map<String, @Nullable Object> members, Descriptor type, int depth)
      throws IOException {
    while (!isStopped && !in.isAtEnd()) {
      int tag = in.readTag();
      if (tag == 0) {
        return;
      }
      var field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
      if (field == null) {
        tree.note(type.getName() + ": field " + WireFormat.getTagFieldNumber(tag) + " is unknown");
        if (!in.skipField(tag)) {
          return;
        }
      } else {
        field(members, field, WireFormat.getTagWireType(tag), depth);
      }
    }
  }

  private void field(
      Map<String, @Nullable Object> members, FieldDescriptor field, int wireType, int depth)
      throws IOException {
    boolean isPacked =
        wireType == WireFormat.WIRETYPE_LENGTH_DELIMITED
            && field.isRepeated()
            && field.isPackable();
    if (!isPacked && wireType != field.getLiteType().getWireType()) {
      throw new IOException("another wire type than the field has");
    }
    int limit = isPacked ? in.pushLimit(in.readRawVarint32()) : 0;
    do {
      if (!tree.hasRoom()) {
        isStopped = true;
        return;
      }
      if (!isPacked || !in.isAtEnd()) {
        add(members, field, value(field, depth));
      }
    } while (isPacked && !in.isAtEnd());
    if (isPacked) {
      in.popLimit(limit);
    }
  }

  @SuppressWarnings("unchecked") // Only lists of ours stand under the names of repeated fields.
  private void add(
      Map<String, @Nullable Object> members, FieldDescriptor field, @Nullable Object value) {
    var name = field.getJsonName();
    if (!field.isRepeated()) {
      members.put(name, value);
      return;
    }
    var list =
        (List<@Nullable Object>)
            members.computeIfAbsent(name, _ -> new ArrayList<@Nullable Object>());
    if (list != null) {
      list.add(value);
    }
  }

  private @Nullable Object value(FieldDescriptor field, int depth) throws IOException {
    return switch (field.getType()) {
      case DOUBLE -> decimal(in.readDouble());
      case FLOAT -> decimal(in.readFloat());
      case INT64 -> in.readInt64();
      case SINT64 -> in.readSInt64();
      case SFIXED64 -> in.readSFixed64();
      case INT32 -> (long) in.readInt32();
      case SINT32 -> (long) in.readSInt32();
      case SFIXED32 -> (long) in.readSFixed32();
      case UINT32 -> Integer.toUnsignedLong(in.readUInt32());
      case FIXED32 -> Integer.toUnsignedLong(in.readFixed32());
      case UINT64 -> new Json.Raw(Long.toUnsignedString(in.readUInt64()));
      case FIXED64 -> new Json.Raw(Long.toUnsignedString(in.readFixed64()));
      case BOOL -> in.readBool();
      case STRING -> tree.text(new String(in.readByteArray(), StandardCharsets.UTF_8));
      case BYTES -> octets(in.readByteArray());
      case ENUM -> word(field, in.readEnum());
      case MESSAGE -> nested(field.getMessageType(), depth);
      case GROUP -> throw new IOException("a group");
    };
  }

  private Object word(FieldDescriptor field, int number) {
    var value = field.getEnumType().findValueByNumber(number);
    return value == null ? (Object) (long) number : value.getName();
  }

  private Map<String, @Nullable Object> nested(Descriptor type, int depth) throws IOException {
    var members = new LinkedHashMap<String, @Nullable Object>();
    if (depth >= Tree.DEPTH_MAX) {
      tree.note("stopped at a depth of " + Tree.DEPTH_MAX);
      isStopped = true;
      return members;
    }
    int limit = in.pushLimit(in.readRawVarint32());
    message(members, type, depth + 1);
    if (!isStopped) {
      in.popLimit(limit);
    }
    return members;
  }

  private static Object decimal(double number) {
    return Double.isFinite(number) ? (Object) number : String.valueOf(number);
  }

  private String octets(byte[] octets) {
    return octets.length <= OCTETS_SHOWN_MAX
        ? tree.text(HexFormat.of().formatHex(octets))
        : Octets.describe(octets);
  }
}
