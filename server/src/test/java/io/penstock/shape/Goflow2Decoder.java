package io.penstock.shape;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/** Reads goflow2's message by the .proto file that we publish, with protobuf's own decoder. */
final class Goflow2Decoder {

  private static final Pattern FIELD = Pattern.compile("  (\\w+) (\\w+) = (\\d+);.*");
  private static final Pattern CONSTANT = Pattern.compile("    (\\w+) = (\\d+);");
  private static final Descriptor MESSAGE = message();

  private Goflow2Decoder() {}

  static String proto() {
    try (var in = Goflow2Shape.class.getResourceAsStream("goflow2.proto")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Descriptor message() {
    var message = DescriptorProto.newBuilder().setName("FlowMessage");
    var type = EnumDescriptorProto.newBuilder().setName("FlowType");
    for (var line : proto().lines().toList()) {
      var constant = CONSTANT.matcher(line);
      var field = FIELD.matcher(line);
      if (constant.matches()) {
        type.addValue(
            EnumValueDescriptorProto.newBuilder()
                .setName(constant.group(1))
                .setNumber(Integer.parseInt(constant.group(2))));
      } else if (field.matches()) {
        message.addField(field(field.group(1), field.group(2), Integer.parseInt(field.group(3))));
      }
    }
    try {
      return FileDescriptor.buildFrom(
              FileDescriptorProto.newBuilder()
                  .setName("goflow2.proto")
                  .setSyntax("proto3")
                  .setPackage("flowpb")
                  .addMessageType(message.addEnumType(type))
                  .build(),
              new FileDescriptor[0])
          .findMessageTypeByName("FlowMessage");
    } catch (DescriptorValidationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static FieldDescriptorProto field(String type, String name, int number) {
    var field = FieldDescriptorProto.newBuilder().setName(name).setNumber(number);
    if (type.equals("FlowType")) {
      return field
          .setType(FieldDescriptorProto.Type.TYPE_ENUM)
          .setTypeName(".flowpb.FlowMessage.FlowType")
          .build();
    }
    return field
        .setType(FieldDescriptorProto.Type.valueOf("TYPE_" + type.toUpperCase(Locale.ROOT)))
        .build();
  }

  /** The fields by name; octets as hex, numbers as unsigned decimals. */
  static Map<String, String> decode(byte[] bytes) {
    try {
      var message = DynamicMessage.parseFrom(MESSAGE, bytes);
      if (!message.getUnknownFields().asMap().isEmpty()) {
        throw new AssertionError("unknown fields: " + message.getUnknownFields());
      }
      var fields = new LinkedHashMap<String, String>();
      message.getAllFields().forEach((field, value) -> fields.put(field.getName(), text(value)));
      return fields;
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError("not a message", e);
    }
  }

  private static String text(Object value) {
    return switch (value) {
      case ByteString octets -> HexFormat.of().formatHex(octets.toByteArray());
      case Long number -> Long.toUnsignedString(number);
      case Integer number -> Integer.toUnsignedString(number);
      default -> value.toString();
    };
  }
}
