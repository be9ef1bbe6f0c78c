package io.penstock.sink;

import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a destination did with a batch. */
public sealed interface Delivery {

  /** What came back, for people. */
  Answer answer();

  /**
   * What a destination answered.
   *
   * @param code its status code, of HTTP where it speaks that; null when nothing came back
   * @param text what it said, or why nothing came back; at most a few hundred characters, no secret
   */
  record Answer(@Nullable Integer code, String text) {

    private static final int TEXT_MAX = 500;

    public Answer {
      if (text.length() > TEXT_MAX) {
        text = text.substring(0, TEXT_MAX) + "...";
      }
    }
  }

  /**
   * The destination answered for each event. Those that are neither in {@code later} nor in {@code
   * refused} have arrived and are the destination's from now on.
   *
   * @param duplicates events that had arrived before, and count as arrived
   * @param redirected events that arrived somewhere else than asked (a failure store)
   * @param later indexes of the events to send again
   * @param pause why and when; null when {@code later} is empty
   * @param refused events that will never be taken as they are
   * @param isNearlyFull the destination took all and asks for less from now on
   */
  record Taken(
      Answer answer,
      int duplicates,
      int redirected,
      BitSet later,
      @Nullable Later pause,
      List<Refusal> refused,
      boolean isNearlyFull)
      implements Delivery {

    public Taken {
      refused = List.copyOf(refused);
      if (later.isEmpty() != (pause == null)) {
        throw new IllegalArgumentException("a pause goes with events to send later");
      }
    }
  }

  /**
   * Nothing of the batch is known to have arrived: the same again, later.
   *
   * @param pause how long the destination asks to be left alone; null when it did not say
   */
  record Later(Cause cause, Answer answer, @Nullable Duration pause) implements Delivery {}

  /**
   * The destination will not take these events together, and took none: too large, or it cannot say
   * which one is malformed. Each half may fare better; one alone is refused.
   *
   * @param reason a word for the metric and the dead letter, such as {@link #TOO_LARGE}
   */
  record Split(String reason, Answer answer) implements Delivery {

    /** The reason that makes later batches smaller, too. */
    public static final String TOO_LARGE = "payload_too_large";
  }

  /**
   * An event that will not be taken as it is.
   *
   * @param index of the event in the batch
   * @param reason a word for the metric, from a small set, such as {@code mapper_parsing_exception}
   * @param answer what the destination said about it
   */
  record Refusal(int index, String reason, Answer answer) {}

  /** Why something is to be sent later. */
  enum Cause {
    /** No connection, no name, no trust, or no answer. */
    UNREACHABLE,
    /** It says that it has too much to do. */
    BUSY,
    /** It failed, or said something that makes no sense. */
    FAILING,
    /** It does not accept our credentials: a person must act. */
    CREDENTIALS,
    /** It is not set up for what we send: a person must act. */
    CONFIGURATION,
    /** Its address is one that this server may not connect to: a person must act. */
    FORBIDDEN;

    /** Whether it takes a person to change it, so that trying often makes no sense. */
    public boolean needsPerson() {
      return this == CREDENTIALS || this == CONFIGURATION || this == FORBIDDEN;
    }
  }

  /** Everything arrived. */
  static Taken all(Answer answer) {
    return new Taken(answer, 0, 0, new BitSet(), null, List.of(), false);
  }
}
