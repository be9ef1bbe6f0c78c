package io.penstock.decode;

import io.penstock.packet.PacketHeaders;
import io.penstock.wire.Limits;
import java.time.Duration;

/**
 * How wire messages become events.
 *
 * @param clockSkewMax how far an exporter's clock may be off before the time of receipt is believed
 *     instead; zero believes every exporter, as it must be for recorded traffic
 * @param samplingRate the rate of exporters that say nothing, 0 when it is not known
 * @param exportersMax exporters whose announcements are remembered; the one silent longest goes
 *     first
 * @param samplersMax sampling rates remembered for each exporter
 * @param exporterLabelsMax exporters that have a metric of their own; the others share one
 * @param limits what the wire decoder may keep
 * @param tunnels how packets within packets are told
 */
public record DecodeConfig(
    Duration clockSkewMax,
    long samplingRate,
    int exportersMax,
    int samplersMax,
    int exporterLabelsMax,
    Limits limits,
    Tunnels tunnels) {

  /** Which of the packets within one another an event is about. */
  public enum Primary {
    INNER,
    OUTER
  }

  /**
   * How sampled packets with tunnels are told.
   *
   * @param depthMax how many tunnels within one another are entered, at most {@link
   *     PacketHeaders#TUNNELS_MAX}
   */
  public record Tunnels(Primary primary, int depthMax) {

    public static final Tunnels DEFAULT = new Tunnels(Primary.INNER, 4);
  }

  /** For live traffic. */
  public static DecodeConfig live() {
    return new DecodeConfig(
        Duration.ofHours(24), 0, 10_000, 256, 1_000, Limits.DEFAULT, Tunnels.DEFAULT);
  }

  /** For recorded traffic: what the records say is taken as it stands. */
  public static DecodeConfig recorded() {
    return new DecodeConfig(Duration.ZERO, 0, 10_000, 256, 1_000, Limits.DEFAULT, Tunnels.DEFAULT);
  }
}
