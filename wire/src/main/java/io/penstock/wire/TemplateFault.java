package io.penstock.wire;

/**
 * What an exporter must not do with templates on a stream (RFC 7011 §8.1). Over UDP the first two
 * are how templates are kept alive and replaced, and withdrawals are ignored (§8.4).
 */
public enum TemplateFault {
  /** It defined a template again that it had defined just so. */
  RETRANSMITTED,
  /** It gave an id another meaning without withdrawing it first. The new one counts. */
  REDEFINED,
  /** It withdrew a template that it had not defined. */
  UNKNOWN_WITHDRAWN
}
