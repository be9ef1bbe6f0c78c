package io.penstock.records;

import io.penstock.event.Event;
import java.util.List;

/** What a posted body came to. A batch is taken whole or not at all. */
public sealed interface JsonBatch {

  /** All records are events now. */
  record Taken(List<Event> events) implements JsonBatch {}

  /**
   * Some records cannot be events.
   *
   * @param total records in the body
   * @param invalid how many of them are at fault
   * @param errors the first of them, at most {@link JsonRecords#ERRORS_LISTED_MAX}
   */
  record Invalid(int total, int invalid, List<RecordError> errors) implements JsonBatch {}

  /** More records than a batch may have. */
  record TooMany(int limit, int observed) implements JsonBatch {}

  /** The body as a whole is not what was asked for. */
  record Malformed(Fault fault, String detail) implements JsonBatch {}

  /**
   * Why a record cannot be an event.
   *
   * @param index position in the batch, from 0
   * @param reason what is wrong, for a person
   */
  record RecordError(int index, String reason) {}

  /** What is wrong with a body. */
  enum Fault {
    /** Neither a JSON array nor objects. */
    SHAPE,
    SYNTAX,
    /** Not UTF-8. */
    ENCODING,
    /** An object whose {@code records} is no array. */
    RECORDS,
    /** The body names a format that does not exist. */
    FORMAT,
    /** The body names a type that does not exist. */
    TYPE,
    EMPTY
  }
}
