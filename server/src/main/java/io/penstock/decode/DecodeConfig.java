package io.penstock.decode;

import io.penstock.exporters.BookConfig;
import io.penstock.packet.PacketHeaders;
import io.penstock.wire.Limits;
import java.time.Duration;

/**
 * How wire messages become events.
 *
 * @param clockSkewMax how far an exporter's clock may be off before the time of receipt is believed
 *     instead; zero believes every exporter, as it must be for recorded traffic
 * @param sampling the rates of exporters that say nothing
 * @param exportersMax exporters whose announcements are remembered; beyond it {@link
 *     io.penstock.wire.Standing} says who goes
 * @param options what may be remembered of what exporters announce
 * @param exporterLabelsMax exporters that have a metric of their own; the others share one
 * @param limits what the wire decoder may keep
 * @param tunnels how packets within packets are told
 * @param book what is kept of each exporter for its page
 */
public record DecodeConfig(
    Duration clockSkewMax,
    SamplingRates sampling,
    int exportersMax,
    OptionsLimits options,
    int exporterLabelsMax,
    Limits limits,
    Tunnels tunnels,
    BookConfig book) {

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
        Duration.ofHours(24),
        SamplingRates.NONE,
        10_000,
        OptionsLimits.DEFAULT,
        1_000,
        Limits.DEFAULT,
        Tunnels.DEFAULT,
        BookConfig.DEFAULT);
  }

  /** For recorded traffic: what the records say is taken as it stands. */
  public static DecodeConfig recorded() {
    return new DecodeConfig(
        Duration.ZERO,
        SamplingRates.NONE,
        10_000,
        OptionsLimits.DEFAULT,
        1_000,
        Limits.DEFAULT,
        Tunnels.DEFAULT,
        BookConfig.DEFAULT);
  }
}
