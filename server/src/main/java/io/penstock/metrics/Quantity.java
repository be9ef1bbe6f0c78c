package io.penstock.metrics;

/** What is added up, for each tenant and for all together. */
public enum Quantity {
  /** Requests answered. */
  REQUESTS,
  /** Those of them that were answered with 400 and above. */
  FAILED_REQUESTS,
  /** Requests whose time was taken: all but streams, which last for as long as somebody looks. */
  TIMED_REQUESTS,
  REQUEST_MICROS,
  /** Records of posts that became durable. */
  HTTP_RECORDS,
  /** Events that became durable. */
  EVENTS,
  /** Frames in which they did. */
  BATCHES,
  /** Octets that the events tell of. */
  BYTES,
  /** Packets that they tell of. */
  PACKETS,
  /** Indicators that matched. */
  THREATS,
  RISK_SUM,
  /** Events that have a risk: flows and discarded packets, but no options and counters. */
  RISK_COUNT;

  static final int COUNT = values().length;
}
