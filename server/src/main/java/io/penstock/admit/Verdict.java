package io.penstock.admit;

import java.util.Locale;

/** What admission says of a post or datagram. */
public enum Verdict {
  ALLOWED,
  /** Its source may not send at all. */
  DISABLED,
  /** It comes from where its source may not be, or from where no source is. */
  IP_NOT_ALLOWED,
  /** Its source sends faster than it may. */
  RATE_LIMIT,
  /** It could not be decided because of a fault of ours. */
  ADMISSION_ERROR;

  /** As metrics and answers have it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
