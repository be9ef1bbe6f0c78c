package io.penstock.decode;

import io.penstock.registry.InformationElement;
import io.penstock.registry.Registry;
import io.penstock.wire.FieldSpecifier;
import io.penstock.wire.ProtocolVersion;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the fields of one exporter's templates mean: the registry and, for elements that it does not
 * know, what the exporter itself said of them (RFC 5610). What the registry knows stays as it is.
 *
 * <p>Bounded in what it holds and in how often it changes, because every change makes plans of
 * templates obsolete: an exporter that keeps renaming its elements costs a bounded amount of work.
 */
final class Vocabulary {

  /** Elements remembered for an exporter; the first ones stay. */
  static final int ELEMENTS_MAX = 1_024;

  /** After so many, what was learned stands. */
  static final int CHANGES_MAX = 4_096;

  /** What an element takes beside its name. */
  private static final int ELEMENT_BYTES = 200;

  private Registry registry;
  private final Map<Long, InformationElement> learned = new HashMap<>(0);
  private int changes;
  private int bytes;

  Vocabulary(Registry registry) {
    this.registry = registry;
  }

  /** The tables that come before what was learned. */
  Registry registry() {
    return registry;
  }

  /** Takes other tables, after they were read again. */
  void use(Registry registry) {
    this.registry = registry;
  }

  /** What became of a definition. */
  enum Learned {
    /** It holds from now on. */
    NEW,
    /** It says what was known. */
    KNOWN,
    /** There is no room for it. */
    REFUSED
  }

  /** What a field means; empty when nobody said. */
  Optional<InformationElement> find(ProtocolVersion version, FieldSpecifier field) {
    var known = registry.find(version, field);
    // The exporter's words are about IPFIX elements; NetFlow v9's ids are others.
    if (known.isPresent() || learned.isEmpty() || version != ProtocolVersion.IPFIX) {
      return known;
    }
    return Optional.ofNullable(learned.get(key(field.enterprise(), field.id())));
  }

  /** Whether the registry says what a field means, so that nothing the exporter says matters. */
  boolean isRegistered(ProtocolVersion version, FieldSpecifier field) {
    return version != ProtocolVersion.IPFIX || registry.find(version, field).isPresent();
  }

  /** Takes a definition; the last one counts. */
  Learned learn(InformationElement element) {
    if (registry.find(element.enterprise(), element.id()).isPresent()) {
      return Learned.KNOWN;
    }
    long key = key(element.enterprise(), element.id());
    var old = learned.get(key);
    if (element.equals(old)) {
      return Learned.KNOWN;
    }
    if (changes == CHANGES_MAX || old == null && learned.size() == ELEMENTS_MAX) {
      return Learned.REFUSED;
    }
    learned.put(key, element);
    bytes += cost(element) - (old == null ? 0 : cost(old));
    changes++;
    return Learned.NEW;
  }

  /** Forgets what was learned. */
  void clear() {
    if (!learned.isEmpty()) {
      learned.clear();
      bytes = 0;
      changes++;
    }
  }

  /** Octets that what was learned takes. */
  int bytes() {
    return bytes;
  }

  private static int cost(InformationElement element) {
    return ELEMENT_BYTES + 2 * element.name().length();
  }

  /** Whether the registry's own tables use this name, so that an exporter's would be mistaken. */
  boolean isTaken(String name) {
    return registry.named(name).isPresent();
  }

  /** How often something was learned: what was concluded before is out of date. */
  int changes() {
    return changes;
  }

  private static long key(long enterprise, int id) {
    return enterprise << 16 | id;
  }
}
