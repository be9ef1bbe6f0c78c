package io.penstock.decode;

import io.penstock.records.JsonRecords;
import io.penstock.registry.InformationElement;
import io.penstock.wire.DataRecord;
import io.penstock.wire.DataType;
import io.penstock.wire.ProtocolVersion;
import io.penstock.wire.Template;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where an options template has what an exporter says of its own elements (RFC 5610 §3.9): the
 * index of each field in the template, -1 for one that it lacks. A record without number or name
 * says nothing.
 */
record TypeInformation(int id, int enterprise, int type, int semantics, int units, int name) {

  private static final int ELEMENT_ID = 303;
  private static final int DATA_TYPE = 339;
  private static final int NAME = 341;
  private static final int SEMANTICS = 344;
  private static final int UNITS = 345;
  private static final int ENTERPRISE_NUMBER = 346;

  private static final int ENTERPRISE_BIT = 0x8000;
  private static final int NAME_OCTETS_MAX = 64;

  /** RFC 5610 §3.2, and RFC 8038 §11.1 for the last two. */
  private static final String[] SEMANTIC_WORDS = {
    "",
    "quantity",
    "totalCounter",
    "deltaCounter",
    "identifier",
    "flags",
    "list",
    "snmpCounter",
    "snmpGauge"
  };

  /** RFC 5610 §3.3, as far as IANA's registry has it today. */
  private static final String[] UNIT_WORDS = {
    "",
    "bits",
    "octets",
    "packets",
    "flows",
    "seconds",
    "milliseconds",
    "microseconds",
    "nanoseconds",
    "4-octet words",
    "messages",
    "hops",
    "entries",
    "frames",
    "ports",
    "inferred"
  };

  /** Null when the template's records say nothing of elements. */
  static @Nullable TypeInformation of(Template template) {
    if (!template.isOptions() || template.version() != ProtocolVersion.IPFIX) {
      return null;
    }
    var found =
        new TypeInformation(
            index(template, ELEMENT_ID),
            index(template, ENTERPRISE_NUMBER),
            index(template, DATA_TYPE),
            index(template, SEMANTICS),
            index(template, UNITS),
            index(template, NAME));
    return found.id < 0 || found.name < 0 ? null : found;
  }

  private static int index(Template template, int id) {
    var fields = template.fields();
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i).id() == id && fields.get(i).enterprise() == 0) {
        return i;
      }
    }
    return -1;
  }

  /** The element that a record describes; null when it makes no sense. */
  @Nullable InformationElement read(DataRecord record, Vocabulary vocabulary) {
    var spoken = text(record);
    long number = number(record, id, -1);
    long vendor = number(record, enterprise, 0);
    if (spoken == null || number < 0 || number > 0xffff || vendor > 0xffff_ffffL) {
      return null;
    }
    int element = (int) number & ~ENTERPRISE_BIT;
    // A name that means something else already would be read as that.
    boolean isOurs = vocabulary.isTaken(spoken) || JsonRecords.isReserved(spoken);
    return new InformationElement(
        vendor,
        element,
        isOurs ? vendor + "." + spoken : spoken,
        DataType.numbered(number(record, type, 0)).orElse(DataType.OCTET_ARRAY),
        word(SEMANTIC_WORDS, number(record, semantics, 0)),
        word(UNIT_WORDS, number(record, units, 0)));
  }

  private static long number(DataRecord record, int field, long otherwise) {
    if (field < 0 || record.length(field) < 1 || record.length(field) > 8) {
      return otherwise;
    }
    long value = record.unsigned(field);
    return value < 0 ? otherwise : value;
  }

  /** The name, if it is one: letters, digits and what some put between them. */
  private @Nullable String text(DataRecord record) {
    int from = record.offset(name);
    int end = from + record.length(name);
    byte[] bytes = record.bytes();
    while (end > from && bytes[end - 1] == 0) {
      end--;
    }
    if (end == from || end - from > NAME_OCTETS_MAX) {
      return null;
    }
    for (int i = from; i < end; i++) {
      byte c = bytes[i];
      boolean isLetter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
      if (!isLetter && (c < '0' || c > '9') && c != '_' && c != '-' && c != '.') {
        return null;
      }
    }
    return new String(Arrays.copyOfRange(bytes, from, end), StandardCharsets.US_ASCII);
  }

  private static String word(String[] words, long number) {
    return number < words.length ? words[(int) number] : "";
  }
}
