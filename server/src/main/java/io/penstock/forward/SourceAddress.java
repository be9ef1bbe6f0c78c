package io.penstock.forward;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The sender's address that forwarded datagrams bear. */
enum SourceAddress {
  /** This machine's. */
  OWN,
  /** The exporter's, address and port; a machine that does not allow it must not start. */
  KEEP,
  /** The exporter's where the machine allows it, else this machine's. */
  KEEP_IF_POSSIBLE;

  static final String WORDS =
      Arrays.stream(values()).map(SourceAddress::word).collect(Collectors.joining(", "));

  /** As it is written in settings. */
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Optional<SourceAddress> of(String word) {
    return Arrays.stream(values()).filter(value -> value.word().equals(word)).findFirst();
  }
}
