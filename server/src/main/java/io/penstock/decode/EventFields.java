package io.penstock.decode;

import io.penstock.records.JsonRecords;
import io.penstock.registry.InformationElement;

/** What events have room for, for whoever gives elements new meanings. */
public final class EventFields {

  private EventFields() {}

  /** Whether an element has a place in an event, beside its name among the extra members. */
  public static boolean hasPlace(InformationElement element) {
    return Columns.hasPlace(element);
  }

  /** Whether an event has a member of this name, so that no element may be called so. */
  public static boolean isReserved(String name) {
    return JsonRecords.isReserved(name);
  }
}
