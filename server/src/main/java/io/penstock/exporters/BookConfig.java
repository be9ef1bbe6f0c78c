package io.penstock.exporters;

/**
 * How much is kept of exporters, in each decoder.
 *
 * @param exportersMax exporters that have a page
 * @param agentsMax sFlow agents that may have pages of their own behind one address
 * @param streamsMax streams of sequence numbers that are followed for each exporter
 * @param sequencesMax sequences that are followed for all exporters together
 * @param recordingOctetsMax octets of last datagrams kept, all exporters together
 * @param dropsDuplicates whether a datagram that came before is not decoded again
 */
public record BookConfig(
    int exportersMax,
    int agentsMax,
    int streamsMax,
    int sequencesMax,
    long recordingOctetsMax,
    boolean dropsDuplicates) {

  /** What to do with a datagram that came before. */
  public enum Duplicates {
    KEEP,
    DROP
  }

  /** Sizes for a collector that serves thousands of exporters. */
  public static final BookConfig DEFAULT =
      new BookConfig(10_000, 256, 256, 65_536, 16 << 20, false);
}
