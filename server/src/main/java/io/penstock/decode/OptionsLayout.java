package io.penstock.decode;

import io.penstock.event.Event;
import io.penstock.registry.Registry;
import io.penstock.wire.DataRecord;
import io.penstock.wire.FieldSpecifier;
import io.penstock.wire.ProtocolVersion;
import io.penstock.wire.Template;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the records of one options template tell, found out once for the template: which table they
 * belong to, which fields tell one row from another, and what they name. Immutable.
 *
 * <p>By RFC 7011 §3.4.2 the scope says what a row is about. Many exporters put only themselves
 * there ({@code scopeSystem}) and the interface or the application among the other fields, so these
 * count as part of the key wherever they stand.
 */
final class OptionsLayout {

  private static final int V9_SCOPE_INTERFACE = 2;

  /** Elements that say what a row is about, in scope or not. */
  private static final Set<Integer> IDENTIFIERS =
      Set.of(
          10, 14, 252, 253, 48, 95, 302, 301, 234, 235, 138, 143, 144, 145, 149, 303, 346, 141, 148,
          137);

  private static final Set<Integer> INTERFACES = Set.of(10, 14, 252, 253);
  private static final Set<Integer> VRFS = Set.of(234, 235);
  private static final Set<Integer> SAMPLERS = Set.of(48, 302);
  private static final int APPLICATION = 95;
  private static final int SELECTOR = 302;
  private static final int SEQUENCE = 301;

  /** A name that becomes a member of flows. */
  private record Text(int field, int place, byte[] member, int bytesMax) {}

  private final String table;
  private final List<FieldSpecifier> identity;
  private final List<String> scope;
  private final int[] keyFields;
  private final @Nullable NameKind kind;
  private final int numberField;
  private final Text[] texts;
  private final int interfaceScope;
  private final int sequenceField;
  private final int[] selectorFields;

  private OptionsLayout(Template template, Registry registry) {
    var fields = template.fields();
    boolean isV9 = template.version() == ProtocolVersion.NETFLOW_V9;
    var ids = new HashSet<Integer>();
    var names = new ArrayList<String>();
    var scopes = new ArrayList<String>();
    var keys = new ArrayList<Integer>();
    var selectors = new ArrayList<Integer>();
    int onInterface = -1;
    int onSequence = -1;
    for (int i = 0; i < fields.size(); i++) {
      var field = fields.get(i);
      names.add(registry.find(template.version(), field).map(e -> e.name()).orElse(""));
      boolean isV9Scope = isV9 && field.scope();
      boolean isElement = field.enterprise() == 0 && !isV9Scope;
      if (isElement) {
        ids.add(field.id());
      }
      if (field.scope() || isElement && IDENTIFIERS.contains(field.id())) {
        keys.add(i);
      }
      if (field.scope()) {
        scopes.add(names.get(i).isEmpty() ? field.enterprise() + "." + field.id() : names.get(i));
      }
      boolean isInterface =
          isV9Scope
              ? field.id() == V9_SCOPE_INTERFACE
              : isElement && INTERFACES.contains(field.id());
      onInterface = isInterface && onInterface < 0 ? i : onInterface;
      onSequence = isElement && field.id() == SEQUENCE ? i : onSequence;
      if (isElement && field.id() == SELECTOR) {
        selectors.add(i);
      }
    }
    this.kind = kind(names, ids, onInterface >= 0);
    this.numberField = kind == null ? -1 : numberField(kind, fields, onInterface);
    this.texts = kind == null ? new Text[0] : texts(kind, names);
    this.table = table(kind, ids);
    this.identity =
        fields.stream().map(f -> new FieldSpecifier(f.enterprise(), f.id(), 0, f.scope())).toList();
    this.scope = List.copyOf(scopes);
    this.keyFields = keys.stream().mapToInt(Integer::intValue).toArray();
    this.interfaceScope = onInterface;
    this.sequenceField = onSequence;
    this.selectorFields = selectors.stream().mapToInt(Integer::intValue).toArray();
  }

  static OptionsLayout of(Template template, Registry registry) {
    return new OptionsLayout(template, registry);
  }

  /** What the records name, if there is a number to name. */
  private static @Nullable NameKind kind(
      List<String> names, Set<Integer> ids, boolean hasInterface) {
    for (var kind : NameKind.values()) {
      boolean hasNumber =
          switch (kind) {
            case INTERFACE -> hasInterface;
            case APPLICATION -> ids.contains(APPLICATION);
            case VRF -> ids.stream().anyMatch(VRFS::contains);
            case SAMPLER -> ids.stream().anyMatch(SAMPLERS::contains);
          };
      if (hasNumber && names.stream().anyMatch(kind::isToldBy)) {
        return kind;
      }
    }
    return null;
  }

  private static int numberField(NameKind kind, List<FieldSpecifier> fields, int onInterface) {
    var wanted =
        switch (kind) {
          case INTERFACE -> Set.<Integer>of();
          case APPLICATION -> Set.of(APPLICATION);
          case VRF -> VRFS;
          case SAMPLER -> SAMPLERS;
        };
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i).enterprise() == 0 && wanted.contains(fields.get(i).id())) {
        return i;
      }
    }
    return onInterface;
  }

  private static Text[] texts(NameKind kind, List<String> names) {
    var texts = new ArrayList<Text>();
    for (int i = 0; i < names.size(); i++) {
      for (var member : kind.membersOf(names.get(i))) {
        int place = kind.members().indexOf(member);
        texts.add(new Text(i, place, ExtraField.encoded(member), NameKind.bytesMax(member)));
      }
    }
    return texts.toArray(Text[]::new);
  }

  /** What people call the table; RFC 7011 §4 defines the four in the middle. */
  private static String table(@Nullable NameKind kind, Set<Integer> ids) {
    if (kind != null) {
      return switch (kind) {
        case INTERFACE -> "interfaces";
        case APPLICATION -> "applications";
        case VRF -> "vrfs";
        case SAMPLER -> "samplers";
      };
    }
    if (ids.contains(48)) {
      return "samplers";
    }
    if (ids.contains(SEQUENCE)) {
      return "selection_sequences";
    }
    if (ids.contains(SELECTOR)) {
      return "selectors";
    }
    if (ids.contains(APPLICATION)) {
      return "applications";
    }
    if (ids.contains(303)) {
      return "element_types";
    }
    if (ids.contains(173)) {
      return "flow_keys";
    }
    if (ids.contains(164) || ids.contains(165)) {
      return "metering_process_reliability";
    }
    if (ids.contains(166) || ids.contains(167) || ids.contains(168)) {
      return "exporting_process_reliability";
    }
    if (ids.contains(40) || ids.contains(41) || ids.contains(42)) {
      return "metering_process_statistics";
    }
    if (ids.contains(34) || ids.contains(305) || ids.contains(309) || ids.contains(311)) {
      return "sampling";
    }
    return ids.contains(145) ? "templates" : "other";
  }

  /** What people call the table. */
  String table() {
    return table;
  }

  /** The scope fields' names. */
  List<String> scope() {
    return scope;
  }

  /** The fields of which the table consists: a table may be known under several template ids. */
  List<FieldSpecifier> identity() {
    return identity;
  }

  /** What the records name; null when nothing that flows refer to. */
  @Nullable NameKind kind() {
    return kind;
  }

  /** The octets that tell this row from the others of its table. */
  byte[] key(DataRecord record) {
    int size = 0;
    for (int field : keyFields) {
      size += 2 + record.length(field);
    }
    var key = new byte[size];
    int at = 0;
    for (int field : keyFields) {
      int length = record.length(field);
      key[at++] = (byte) (length >> 8);
      key[at++] = (byte) length;
      System.arraycopy(record.bytes(), record.offset(field), key, at, length);
      at += length;
    }
    return key;
  }

  /** The number that a row names, as flows refer to it; ABSENT when it is no such number. */
  long number(DataRecord record) {
    if (kind == NameKind.APPLICATION) {
      return LongMap.mix(record.bytes(), record.offset(numberField), record.length(numberField));
    }
    return number(record, numberField);
  }

  /** The interface a row is about; ABSENT when it is about none. */
  long interfaceNumber(DataRecord record) {
    return number(record, interfaceScope);
  }

  /** The selection sequence that a row describes; ABSENT when it describes none. */
  long sequence(DataRecord record) {
    return number(record, sequenceField);
  }

  /** The selectors of a row, in the order in which packets pass them (RFC 5476 §6.5.1). */
  long[] selectors(DataRecord record) {
    var selectors = new long[selectorFields.length];
    for (int i = 0; i < selectors.length; i++) {
      selectors[i] = number(record, selectorFields[i]);
    }
    return selectors;
  }

  private static long number(DataRecord record, int field) {
    if (field < 0 || record.length(field) < 1 || record.length(field) > 8) {
      return Event.ABSENT;
    }
    return Math.max(record.unsigned(field), Event.ABSENT);
  }

  /**
   * The members that this row contributes to flows, each at its place; no octets where it has none,
   * or one that is too long.
   */
  byte[][] members(DataRecord record) {
    var members = new byte[kind == null ? 0 : kind.members().size()][];
    Arrays.fill(members, Event.NO_EXTRA);
    for (var text : texts) {
      int offset = record.offset(text.field);
      int length = record.length(text.field);
      while (length > 0 && record.bytes()[offset + length - 1] == 0) {
        length--;
      }
      if (length == 0 || length > text.bytesMax) {
        continue;
      }
      var member = new ExtraMembers();
      member.member(text.member);
      member.text(new String(record.bytes(), offset, length, StandardCharsets.UTF_8));
      if (member.size() <= text.bytesMax) {
        members[text.place] = member.toBytes();
      }
    }
    return members;
  }
}
