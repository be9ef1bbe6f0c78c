package io.penstock.store;

/** What became of a question to the store. */
public sealed interface Answer<T> {

  /** The result. */
  record Answered<T>(T value) implements Answer<T> {}

  /** No result; asking again later may help when the reason is {@link Reason#BUSY}. */
  record Refused<T>(Reason reason, String why) implements Answer<T> {

    /** The same refusal of another question. */
    <U> Refused<U> as() {
      return new Refused<>(reason, why);
    }
  }

  /** Why there is no result. */
  enum Reason {
    /** Too many queries run already. */
    BUSY,
    /** It took longer than a query may. */
    TIMEOUT,
    /** The question asks for more rows than an answer may have. */
    TOO_LARGE,
    /** The cursor is none of ours. */
    BAD_CURSOR,
    /** The engine failed; logged with its cause. */
    FAILED
  }
}
