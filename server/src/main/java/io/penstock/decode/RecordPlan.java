package io.penstock.decode;

import io.penstock.decode.Columns.Column;
import io.penstock.registry.InformationElement;
import io.penstock.registry.Registry;
import io.penstock.wire.DataRecord;
import io.penstock.wire.DataType;
import io.penstock.wire.DataType.Shape;
import io.penstock.wire.FieldSpecifier;
import io.penstock.wire.Template;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What to do with the records of one template: an array of small steps, compiled when the first
 * record of the template comes and kept with it. Which element wins a place, what a field is called
 * and how it is read is decided here, once per template instead of once per record.
 */
final class RecordPlan {

  /**
   * One field's step.
   *
   * @param field index of the field in the template
   * @param reading how it is read; {@link Reading#NONE} when it only goes to the extra members
   * @param slot index of the slot it fills
   * @param max the largest value the slot takes
   * @param fillsOnly whether it leaves a slot alone that holds more than zero already
   * @param keep whether it is written to the extra members even when the slot took it
   * @param extra how it is written there
   */
  private record Step(
      int field,
      Reading reading,
      int slot,
      long max,
      boolean fillsOnly,
      boolean keep,
      ExtraField extra) {}

  /** An element that the template holds several times; all values are kept (case 30). */
  private record Repetition(ExtraField extra, int[] fields) {}

  /** The fields of one element that holds lists (RFC 6313); more than one make an array. */
  private record Lists(ExtraField extra, DataType type, int[] fields) {}

  /** paddingOctets. */
  private static final int PADDING = 210;

  private final Registry registry;
  private final Step[] steps;
  private final Repetition[] repetitions;
  private final Lists[] lists;
  private final PacketSections sections;
  private final boolean hasShortByteCount;
  private final boolean isConnection;
  private final int told;
  private final Template template;
  private final @Nullable OptionsLayout layout;
  private final @Nullable TypeInformation types;

  /** Whose words the names are, when the registry lacks some; null when it has all of them. */
  private final @Nullable Vocabulary vocabulary;

  private final int changes;

  /** The plan for records of the same template inside lists; null until there was one. */
  private @Nullable RecordPlan inList;

  private RecordPlan(Compiler from) {
    this.registry = from.registry;
    this.steps = from.steps.toArray(Step[]::new);
    this.repetitions = from.repetitions.toArray(Repetition[]::new);
    this.lists = from.lists.toArray(Lists[]::new);
    this.sections = from.sections;
    this.hasShortByteCount = from.hasShortByteCount;
    this.isConnection =
        from.hasConnectionCounters && from.bestRanks.containsKey(Slot.FIREWALL_EVENT);
    this.told = from.told;
    this.template = from.template;
    this.layout =
        template.isOptions() && !from.isInList ? OptionsLayout.of(template, registry) : null;
    this.types = TypeInformation.of(template);
    this.vocabulary = from.hasUnknown ? from.vocabulary : null;
    this.changes = from.vocabulary.changes();
  }

  /** The template's plan, compiled if it has none or the exporter taught us something since. */
  static RecordPlan of(Template template, Vocabulary vocabulary) {
    if (template.plan() instanceof RecordPlan plan && plan.isCurrent(vocabulary)) {
      return plan;
    }
    var plan = new RecordPlan(new Compiler(template, vocabulary, false));
    template.plan(plan);
    return plan;
  }

  /** Whether names and places are still those of the registry and the exporter's own words. */
  @SuppressWarnings("ReferenceEquality") // each exporter has one vocabulary
  private boolean isCurrent(Vocabulary now) {
    boolean isSaidTheSame = vocabulary == null || vocabulary == now && changes == now.changes();
    return isSaidTheSame && registry == now.registry();
  }

  /** The plan for records inside lists: no field has a place of its own there. */
  RecordPlan inList(Template template, Vocabulary vocabulary) {
    var plan = inList;
    if (plan == null) {
      plan = new RecordPlan(new Compiler(template, vocabulary, true));
      inList = plan;
    }
    return plan;
  }

  /** Whether the byte count has four octets or fewer, so that it may have wrapped. */
  boolean hasShortByteCount() {
    return hasShortByteCount;
  }

  /** Whether the counters are those of a firewall's connection, not of a flow. */
  boolean isConnection() {
    return isConnection;
  }

  /** Whether the records themselves name such a thing, so that there is nothing to join. */
  boolean tells(NameKind kind) {
    return (told >> kind.ordinal() & 1) != 0;
  }

  Template template() {
    return template;
  }

  /** What records of an options template tell; there is none for flows. */
  OptionsLayout layout() {
    if (layout == null) {
      throw new IllegalStateException("template " + template.id() + " is not one of options");
    }
    return layout;
  }

  /** Writes a record of an options template as JSON members, without deciding anything. */
  void describe(DataRecord record, ExtraMembers to) {
    var bytes = record.bytes();
    for (var step : steps) {
      step.extra.write(to, bytes, record.offset(step.field), record.length(step.field));
    }
    for (var repetition : repetitions) {
      repetition.extra.writeAll(to, record, repetition.fields);
    }
    // The templates that would take a list apart may be gone, and it is asked on another thread.
    for (var list : lists) {
      int field = list.fields[0];
      to.member(list.extra.member());
      to.hex(record.bytes(), record.offset(field), record.length(field));
    }
  }

  /** How records of this options template describe elements; null when they do not. */
  @Nullable TypeInformation types() {
    return types;
  }

  /** Moves a record's fields into {@code to}. */
  void run(DataRecord record, EventBuilder to, Vocabulary vocabulary) {
    var bytes = record.bytes();
    for (var step : steps) {
      int offset = record.offset(step.field);
      int length = record.length(step.field);
      boolean placed =
          step.reading != Reading.NONE
              && to.place(step.reading, step.slot, step.max, step.fillsOnly, bytes, offset, length);
      if (!placed || step.keep) {
        step.extra.write(to.extra(), bytes, offset, length);
      }
    }
    several(record, to.extra(), to.lists(), vocabulary);
    sections.tell(record, to);
  }

  /** Writes all fields as members: of a plan for lists, whose fields have no other place. */
  void write(DataRecord record, ExtraMembers out, ListWriter lists, Vocabulary vocabulary) {
    for (var step : steps) {
      int offset = record.offset(step.field);
      step.extra.write(out, record.bytes(), offset, record.length(step.field));
    }
    several(record, out, lists, vocabulary);
  }

  private void several(
      DataRecord record, ExtraMembers out, ListWriter writer, Vocabulary vocabulary) {
    for (var repetition : repetitions) {
      repetition.extra.writeAll(out, record, repetition.fields);
    }
    for (var list : lists) {
      out.member(list.extra.member());
      boolean isArray = list.fields.length > 1;
      for (int i = 0; i < list.fields.length; i++) {
        if (isArray) {
          out.raw(i == 0 ? '[' : ',');
        }
        int field = list.fields[i];
        int offset = record.offset(field);
        writer.write(list.type, record, offset, record.length(field), vocabulary);
      }
      if (isArray) {
        out.raw(']');
      }
    }
  }

  /** The work of {@link #of}. */
  private static final class Compiler {

    private final Template template;
    private final Vocabulary vocabulary;
    private final Registry registry;
    private final boolean isInList;
    private final PacketSections sections;
    private final Set<String> names = new HashSet<>();
    private final Map<Long, List<Integer>> occurrences = new HashMap<>();
    private final EnumMap<Slot, Integer> bestRanks = new EnumMap<>(Slot.class);
    private final List<Step> steps = new ArrayList<>();
    private final List<Repetition> repetitions = new ArrayList<>();
    private final List<Lists> lists = new ArrayList<>();
    private boolean hasShortByteCount;
    private boolean hasConnectionCounters;
    private int told;
    private boolean hasUnknown;

    private Compiler(Template template, Vocabulary vocabulary, boolean isInList) {
      this.template = template;
      this.vocabulary = vocabulary;
      this.registry = vocabulary.registry();
      this.isInList = isInList;
      this.sections = PacketSections.of(template);
      compile();
    }

    private void compile() {
      var fields = template.fields();
      for (int i = 0; i < fields.size(); i++) {
        var field = fields.get(i);
        if (isNothing(field)) {
          continue;
        }
        occurrences.computeIfAbsent(sameElement(field), _ -> new ArrayList<>()).add(i);
        var column = column(field);
        if (column != null) {
          bestRanks.merge(column.slot(), column.rank(), Math::min);
        }
      }
      if (!sections.isEmpty()) {
        names.addAll(SampledPacket.MEMBERS);
      }
      for (int i = 0; i < fields.size(); i++) {
        if (!isNothing(fields.get(i))) {
          add(i, fields.get(i));
        }
      }
    }

    private void add(int index, FieldSpecifier field) {
      var all = occurrences.getOrDefault(sameElement(field), List.of());
      if (all.getFirst() != index) {
        return;
      }
      var column = column(field);
      boolean wins = column != null && bestRanks.getOrDefault(column.slot(), -1) == column.rank();
      boolean isRepeated = all.size() > 1;
      // What the slot cannot keep is written under the plain name, so the list takes another.
      var extra = extra(field, isRepeated && wins ? ".all" : "");
      var listType = listType(field);
      if (listType != null) {
        lists.add(new Lists(extra, listType, indexes(all)));
        return;
      }
      if (isRepeated) {
        repetitions.add(new Repetition(extra, indexes(all)));
      }
      if (column == null || !wins) {
        if (!isRepeated) {
          steps.add(new Step(index, Reading.NONE, 0, 0, false, true, extra));
        }
        return;
      }
      boolean isCounter = column.slot() == Slot.BYTES || column.slot() == Slot.PACKETS;
      hasConnectionCounters |= isCounter && column.rank() > 0;
      hasShortByteCount |= column.slot() == Slot.BYTES && field.length() <= 4;
      // A repeated element's values are all in its list: its step must not write a second member.
      boolean keep = !isRepeated && (column.keep() || template.isOptions());
      steps.add(
          new Step(
              index,
              column.reading(),
              column.slot().ordinal(),
              column.max(),
              column.rank() > 0,
              keep,
              isRepeated ? ExtraField.SILENT : extra));
    }

    private static int[] indexes(List<Integer> fields) {
      return fields.stream().mapToInt(Integer::intValue).toArray();
    }

    private @Nullable DataType listType(FieldSpecifier field) {
      return vocabulary
          .find(template.version(), field)
          .map(InformationElement::type)
          .filter(type -> type.shape() == Shape.LIST)
          .orElse(null);
    }

    private @Nullable Column column(FieldSpecifier field) {
      if (isInList) {
        return null;
      }
      var mapping = registry.mapping(template.version(), field);
      if (mapping.isEmpty()) {
        return shippedColumn(field);
      }
      var meant = mapping.get().standsFor();
      if (meant == null) {
        return null;
      }
      var column =
          shippedColumn(
              new FieldSpecifier(meant.enterprise(), meant.id(), field.length(), field.scope()));
      return column == null ? null : column.asSubstitute();
    }

    private @Nullable Column shippedColumn(FieldSpecifier field) {
      return template.isOptions()
          ? Columns.ofOptions(template.version(), field)
          : Columns.ofFlow(template.version(), field);
    }

    /** Padding (case 64), and fields of no octets (case 24). */
    private static boolean isNothing(FieldSpecifier field) {
      boolean isPadding = field.enterprise() == 0 && field.id() == PADDING && !field.scope();
      return isPadding || field.length() == 0;
    }

    /**
     * The element a field is of, whatever its length. A number, because the sender chooses the
     * fields: specifiers can be made to share a hash by the thousand, and only what is comparable
     * is found among them without a search.
     */
    private static Long sameElement(FieldSpecifier field) {
      return field.enterprise() << 17 | (long) field.id() << 1 | (field.scope() ? 1 : 0);
    }

    private ExtraField extra(FieldSpecifier field, String suffix) {
      var element = vocabulary.find(template.version(), field);
      hasUnknown |= !vocabulary.isRegistered(template.version(), field);
      if (element.isEmpty()) {
        return ExtraField.unknown(unused(numbered(field), field));
      }
      return ExtraField.known(name(element.get(), field, suffix), element.get());
    }

    /** The element's name; its number where another element of the template has that name. */
    private String name(InformationElement element, FieldSpecifier field, String suffix) {
      for (var kind : NameKind.values()) {
        told |= kind.isToldBy(element.name()) ? 1 << kind.ordinal() : 0;
      }
      var name = element.name() + suffix;
      return names.add(name) ? name : unused(numbered(field), field);
    }

    private String unused(String name, FieldSpecifier field) {
      if (names.add(name)) {
        return name;
      }
      var scoped = (field.scope() ? "scope." : "field.") + name;
      names.add(scoped);
      return scoped;
    }

    private static String numbered(FieldSpecifier field) {
      return field.enterprise() + "." + field.id();
    }
  }
}
