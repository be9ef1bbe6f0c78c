package io.penstock.decode;

import io.penstock.decode.Columns.Column;
import io.penstock.wire.DataRecord;
import io.penstock.wire.FieldSpecifier;
import io.penstock.wire.InformationElement;
import io.penstock.wire.Registry;
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
 * and how it is read is decided here, once per template instead of once per record. Immutable.
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

  /** paddingOctets. */
  private static final int PADDING = 210;

  private final Registry registry;
  private final Step[] steps;
  private final Repetition[] repetitions;
  private final PacketSections sections;
  private final boolean hasShortByteCount;
  private final boolean isConnection;
  private final int told;
  private final Template template;
  private final @Nullable OptionsLayout layout;

  private RecordPlan(
      Registry registry,
      List<Step> steps,
      List<Repetition> repetitions,
      PacketSections sections,
      boolean hasShortByteCount,
      boolean isConnection,
      int told,
      Template template,
      @Nullable OptionsLayout layout) {
    this.registry = registry;
    this.steps = steps.toArray(Step[]::new);
    this.repetitions = repetitions.toArray(Repetition[]::new);
    this.sections = sections;
    this.hasShortByteCount = hasShortByteCount;
    this.isConnection = isConnection;
    this.told = told;
    this.template = template;
    this.layout = layout;
  }

  static RecordPlan compile(Template template, Registry registry) {
    return new Compiler(template, registry).compile();
  }

  /** Whether this was compiled with that registry; else the names and places may be others now. */
  boolean isOf(Registry other) {
    return registry == other;
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
  }

  /** Moves a record's fields into {@code to}. */
  void run(DataRecord record, EventBuilder to) {
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
    for (var repetition : repetitions) {
      repetition.extra.writeAll(to.extra(), record, repetition.fields);
    }
    sections.tell(record, to);
  }

  /** The work of {@link #compile}. */
  private static final class Compiler {

    private final Template template;
    private final Registry registry;
    private final Set<String> names = new HashSet<>();
    private final Map<Long, List<Integer>> occurrences = new HashMap<>();
    private final EnumMap<Slot, Integer> bestRanks = new EnumMap<>(Slot.class);
    private final List<Step> steps = new ArrayList<>();
    private final List<Repetition> repetitions = new ArrayList<>();
    private boolean hasShortByteCount;
    private boolean hasConnectionCounters;
    private int told;

    private Compiler(Template template, Registry registry) {
      this.template = template;
      this.registry = registry;
    }

    private RecordPlan compile() {
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
      var sections = PacketSections.of(template);
      if (!sections.isEmpty()) {
        names.addAll(SampledPacket.MEMBERS);
      }
      for (int i = 0; i < fields.size(); i++) {
        if (!isNothing(fields.get(i))) {
          add(i, fields.get(i));
        }
      }
      boolean isConnection = hasConnectionCounters && bestRanks.containsKey(Slot.FIREWALL_EVENT);
      var layout = template.isOptions() ? OptionsLayout.of(template, registry) : null;
      return new RecordPlan(
          registry,
          steps,
          repetitions,
          sections,
          hasShortByteCount,
          isConnection,
          told,
          template,
          layout);
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
      if (isRepeated) {
        repetitions.add(new Repetition(extra, all.stream().mapToInt(Integer::intValue).toArray()));
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

    private @Nullable Column column(FieldSpecifier field) {
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
      var element = registry.find(template.version(), field);
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
