package io.penstock.destination;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The codes of an event collector's answers, in their order from 0 on. */
enum HecCode {
  SUCCESS(Meaning.TAKEN),
  TOKEN_DISABLED(Meaning.STRANGER),
  TOKEN_REQUIRED(Meaning.STRANGER),
  INVALID_AUTHORIZATION(Meaning.STRANGER),
  /** Seen for a while when tokens are being distributed to indexers, too. */
  INVALID_TOKEN(Meaning.STRANGER),
  /** We never send nothing: somebody on the way has lost it. */
  NO_DATA(Meaning.FAILING),
  INVALID_DATA_FORMAT(Meaning.EVENT_AT_FAULT),
  /** All events of a sink have the same index: a person corrects it, and nothing is lost. */
  INCORRECT_INDEX(Meaning.MISCONFIGURED),
  INTERNAL_SERVER_ERROR(Meaning.FAILING),
  SERVER_BUSY(Meaning.BUSY),
  CHANNEL_MISSING(Meaning.CHANNEL_MISSING),
  INVALID_CHANNEL(Meaning.CHANNEL_UNKNOWN),
  EVENT_FIELD_REQUIRED(Meaning.EVENT_AT_FAULT),
  EVENT_FIELD_BLANK(Meaning.EVENT_AT_FAULT),
  ACKNOWLEDGEMENT_DISABLED(Meaning.ACKNOWLEDGES_NOTHING),
  INDEXED_FIELDS(Meaning.EVENT_AT_FAULT),
  QUERY_AUTHORIZATION_DISABLED(Meaning.MISCONFIGURED),
  HEALTHY(Meaning.HEALTHY),
  QUEUES_FULL(Meaning.UNWELL),
  ACKNOWLEDGEMENT_UNAVAILABLE(Meaning.UNWELL),
  QUEUES_FULL_AND_ACKNOWLEDGEMENT_UNAVAILABLE(Meaning.UNWELL),
  HEALTH_INVALID_TOKEN(Meaning.STRANGER),
  HEALTH_TOKEN_DISABLED(Meaning.STRANGER),
  SHUTTING_DOWN(Meaning.UNWELL),
  /** Taken, whatever the text sounds like. */
  QUEUE_NEARLY_FULL(Meaning.TAKEN_BARELY),
  /** Taken, too. */
  ACKNOWLEDGEMENTS_NEARLY_FULL(Meaning.TAKEN_BARELY),
  QUEUE_FULL(Meaning.BUSY),
  CHANNEL_FULL(Meaning.CHANNEL_FULL);

  private static final HecCode[] ALL = values();

  private final Meaning meaning;

  /** What an answer says about a request. */
  enum Meaning {
    TAKEN,
    /** Taken, and less is asked for from now on. */
    TAKEN_BARELY,
    /** One event makes the request as a whole impossible. */
    EVENT_AT_FAULT,
    /** Too many bytes for one request. */
    TOO_LARGE,
    /** Not taken, and not said why. */
    MALFORMED,
    STRANGER,
    MISCONFIGURED,
    BUSY,
    FAILING,
    /** This host is not to be asked for a while. */
    UNWELL,
    HEALTHY,
    CHANNEL_MISSING,
    CHANNEL_UNKNOWN,
    CHANNEL_FULL,
    ACKNOWLEDGES_NOTHING
  }

  HecCode(Meaning meaning) {
    this.meaning = meaning;
  }

  static @Nullable HecCode of(long number) {
    return number < 0 || number >= ALL.length ? null : ALL[(int) number];
  }

  Meaning meaning() {
    return meaning;
  }

  /** For metrics and dead letters. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
