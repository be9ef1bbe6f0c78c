package io.penstock.registry;

import io.penstock.wire.ProtocolVersion;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A meaning that an operator gives to an element id, beside or instead of the one that ships.
 *
 * @param element what the field is now
 * @param versions the protocols it holds for; the same id may mean something else in another one
 * @param standsFor the element whose place in an event the value takes where a record lacks that
 *     element itself; null when it has no place but its name
 */
public record MappedElement(
    InformationElement element,
    Set<ProtocolVersion> versions,
    @Nullable InformationElement standsFor) {

  public MappedElement {
    versions = Set.copyOf(versions);
  }
}
