package io.penstock.decode;

/**
 * How much of what exporters announce in options records is kept. What does not fit displaces what
 * was refreshed longest ago.
 *
 * @param rowsPerExporter rows that name something or tell a sampling rate
 * @param otherRowsPerExporter other rows, which are only shown; apart, so that they displace none
 *     of the useful ones
 * @param bytesPerExporter octets of one exporter's rows and of the names made from them
 * @param bytes octets of all exporters of a decoder, for all that they announced: rows, words,
 *     firewall connections; beyond it {@link io.penstock.wire.Shares} says who gives back
 */
public record OptionsLimits(
    int rowsPerExporter, int otherRowsPerExporter, int bytesPerExporter, long bytes) {

  /** For a router with all its interfaces and applications, and ten of them at their limit. */
  public static final OptionsLimits DEFAULT = new OptionsLimits(20_000, 1_000, 8 << 20, 80 << 20);

  /** These limits with another one for all exporters together. */
  public OptionsLimits withBytes(long max) {
    return new OptionsLimits(
        rowsPerExporter, otherRowsPerExporter, (int) Math.min(bytesPerExporter, max), max);
  }
}
