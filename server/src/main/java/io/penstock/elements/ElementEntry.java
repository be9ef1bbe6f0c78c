package io.penstock.elements;

import static io.penstock.elements.ElementsReader.quoted;

import io.penstock.decode.EventFields;
import io.penstock.elements.ElementsReader.Scalar;
import io.penstock.registry.InformationElement;
import io.penstock.registry.MappedElement;
import io.penstock.registry.Registry;
import io.penstock.wire.DataType;
import io.penstock.wire.DataType.Shape;
import io.penstock.wire.ProtocolVersion;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One entry while it is read: takes its values and, at the end, judges them. */
final class ElementEntry {

  static final String KEYS = "one of name, type, semantics, units, as, versions, override";
  static final String VERSIONS = "netflow9 or ipfix";

  private static final Set<String> WORDS =
      Set.of("name", "type", "semantics", "units", "as", "override");
  private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]{0,63}");
  private static final Pattern UNITS = Pattern.compile("[A-Za-z0-9][A-Za-z0-9 /_.-]{0,39}");

  /** RFC 7012 §3.2 and its registry. */
  private static final List<String> SEMANTICS =
      List.of(
          "default",
          "quantity",
          "totalCounter",
          "deltaCounter",
          "identifier",
          "flags",
          "list",
          "snmpCounter",
          "snmpGauge");

  private final ElementId id;
  private final Scalar key;
  private final ElementsReader reader;
  private final Map<String, Scalar> values = new HashMap<>();
  private @Nullable Set<ProtocolVersion> versions;
  private boolean isBad;

  ElementEntry(ElementId id, Scalar key, ElementsReader reader) {
    this.id = id;
    this.key = key;
    this.reader = reader;
  }

  void set(Scalar name, Scalar value) {
    if (!WORDS.contains(name.text())) {
      problem(name, "expected " + KEYS + ", not " + quoted(name.text()));
      return;
    }
    if (values.putIfAbsent(name.text(), value) != null) {
      problem(name, quoted(name.text()) + " stands in the entry twice");
    }
  }

  void versions(Scalar name, Map<String, Scalar> words) {
    if (versions != null) {
      problem(name, "'versions' stands in the entry twice");
      return;
    }
    var read = EnumSet.noneOf(ProtocolVersion.class);
    words.values().forEach(word -> addVersion(word, read));
    if (words.isEmpty()) {
      problem(name, "expected " + VERSIONS + " in the list of versions");
    }
    versions = read;
  }

  private void addVersion(Scalar word, Set<ProtocolVersion> to) {
    switch (word.text()) {
      case "netflow9" -> to.add(ProtocolVersion.NETFLOW_V9);
      case "ipfix" -> to.add(ProtocolVersion.IPFIX);
      default -> problem(word, "expected " + VERSIONS + ", not " + quoted(word.text()));
    }
    if (!id.versions().containsAll(to)) {
      problem(word, id + " cannot occur in " + word.text());
      to.retainAll(id.versions());
    }
  }

  /** The element; null, with the problems noted, when the entry has mistakes. */
  @Nullable MappedElement element(Registry shipped) {
    checkId();
    var name = name();
    var meant = meant(shipped);
    var type = type(meant);
    var semantics = word("semantics", SEMANTICS);
    var units = units();
    if (isBad || name == null || type == null) {
      return null;
    }
    var meaning = semantics.equals("default") ? "" : semantics;
    var element = new InformationElement(id.enterprise(), id.id(), name, type, meaning, units);
    return new MappedElement(element, versions == null ? id.versions() : versions, meant);
  }

  private void checkId() {
    if (id.isReverse()) {
      problem(key, "expected the element of the forward direction: its reverse is named after it");
    }
    var override = word("override", List.of("true", "false"));
    if (id.isStandard() && !override.equals("true")) {
      problem(key, id + " is IANA's to define: expected 'override: true' beside it");
    }
  }

  private @Nullable String name() {
    var name = values.get("name");
    if (name == null) {
      problem(key, "expected a 'name' for " + id);
      return null;
    }
    if (!NAME.matcher(name.text()).matches()) {
      problem(
          name,
          "expected a name of up to 64 letters, digits, '_', '.' and '-' that begins with a letter,"
              + " not "
              + quoted(name.text()));
      return null;
    }
    if (EventFields.isReserved(name.text())) {
      problem(name, "expected another name: every event has a " + quoted(name.text()) + " already");
      return null;
    }
    return name.text();
  }

  /** The element whose place the value takes; null when none is named, or wrongly. */
  private @Nullable InformationElement meant(Registry shipped) {
    var as = values.get("as");
    if (as == null) {
      return null;
    }
    var element = shipped.named(as.text());
    if (element.isEmpty()) {
      problem(as, "expected the name of an element that ships, not " + quoted(as.text()));
      return null;
    }
    // NetFlow v9 uses some ids for something else: what is meant is the IPFIX element of the id.
    var known = shipped.find(element.get().enterprise(), element.get().id());
    if (!known.equals(element) || !EventFields.hasPlace(element.get())) {
      problem(as, quoted(as.text()) + " has no place of its own in an event");
      return null;
    }
    return element.get();
  }

  private @Nullable DataType type(@Nullable InformationElement meant) {
    var word = values.get("type");
    if (word == null) {
      if (meant == null && !values.containsKey("as")) {
        problem(key, "expected a 'type' for " + id);
      }
      return meant == null ? null : meant.type();
    }
    var type = DataType.of(word.text());
    if (type.isEmpty()) {
      var known = Arrays.stream(DataType.values()).map(DataType::word);
      problem(
          word,
          "expected one of %s, not %s"
              .formatted(known.collect(Collectors.joining(", ")), quoted(word.text())));
      return null;
    }
    if (meant != null && !isReadAs(meant.type(), type.get())) {
      problem(
          word,
          "expected %s, as %s has, not %s"
              .formatted(meant.type().word(), meant.name(), word.text()));
    }
    return type.get();
  }

  /** Integers of any size stand for each other (RFC 7011 §6.2); other types only for themselves. */
  private static boolean isReadAs(DataType meant, DataType type) {
    return meant == type || meant.shape() == Shape.UNSIGNED && type.shape() == Shape.UNSIGNED;
  }

  private String units() {
    var units = values.get("units");
    if (units == null) {
      return "";
    }
    if (!UNITS.matcher(units.text()).matches()) {
      problem(units, "expected a unit such as octets, not " + quoted(units.text()));
    }
    return units.text();
  }

  /** One of some words; empty when it is not set, or another one. */
  private String word(String name, List<String> known) {
    var value = values.get(name);
    if (value == null) {
      return "";
    }
    if (!known.contains(value.text())) {
      problem(
          value, "expected %s, not %s".formatted(String.join(" or ", known), quoted(value.text())));
      return "";
    }
    return value.text();
  }

  private void problem(Scalar at, String what) {
    isBad = true;
    reader.problem(at.mark(), what);
  }
}
