package io.penstock.decode;

import io.penstock.event.Ip;
import io.penstock.sflow.SflowDatagram;
import io.penstock.sflow.SflowSample;
import java.util.Arrays;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The rate at which each data source of each sFlow agent really samples: packets that could have
 * been sampled, divided by samples that reached us. So samples that the agent dropped and datagrams
 * that were lost on the way are made up for, as the configured rate cannot.
 *
 * <p>Bounded twice: sources of an agent, beyond which later ones have no rate, and sources and
 * agents together, beyond which the agent silent longest is forgotten. An agent is known by the
 * address its datagrams come from as well as by its own, so nobody can disturb another's count by
 * naming it.
 */
final class SampledSources {

  /** Fewer samples than this tell no rate worth printing. */
  private static final int SAMPLES_MIN = 8;

  /** When so many samples have been seen, older ones begin to count less. */
  private static final int SAMPLES_MAX = 1_024;

  /** A sample that comes this much too late was overtaken; one older tells of a restart. */
  private static final int REORDERED_MAX = 1_000;

  private final int sourcesOfAgentMax;
  private final int sourcesMax;
  private final LinkedHashMap<Key, Agent> agents = new LinkedHashMap<>(16, 0.75f, true);
  private int sources;
  private Agent current = new Agent();

  private record Key(Ip sender, long agentHigh, long agentLow, long subAgent) {}

  SampledSources(int sourcesOfAgentMax, int sourcesMax) {
    this.sourcesOfAgentMax = sourcesOfAgentMax;
    this.sourcesMax = sourcesMax;
  }

  /** Turns to the agent of a datagram. */
  void turnTo(Ip sender, SflowDatagram datagram) {
    var key = new Key(sender, datagram.agentHigh(), datagram.agentLow(), datagram.subAgent());
    current = agents.computeIfAbsent(key, _ -> new Agent());
    // An agent takes room too, though it may have no sources.
    for (var eldest = agents.values().iterator(); sources + agents.size() > sourcesMax; ) {
      sources -= eldest.next().size;
      eldest.remove();
    }
  }

  /**
   * Counts a flow sample of that agent.
   *
   * @return one packet in so many reaches us as a sample, 0 as long as that is not known
   */
  long rate(SflowSample sample) {
    var source = current.source(sample.sourceType() << 32 | sample.sourceIndex());
    return source == null ? 0 : source.count(sample.sequence(), sample.pool());
  }

  /** How many sources and agents are remembered. */
  int size() {
    return sources + agents.size();
  }

  /** The sources of an agent, found by their number without boxing it. */
  private final class Agent {

    private long[] numbers = new long[4];
    private @Nullable Source[] places = new @Nullable Source[4];
    private int size;

    @Nullable Source source(long number) {
      int place = place(number);
      var found = places[place];
      if (found != null || size == sourcesOfAgentMax) {
        return found;
      }
      if (2 * size >= places.length) {
        grow();
        place = place(number);
      }
      var added = new Source();
      numbers[place] = number;
      places[place] = added;
      size++;
      sources++;
      return added;
    }

    private int place(long number) {
      int place = (int) (number * 0x9e37_79b9_7f4a_7c15L >>> 40) & places.length - 1;
      while (places[place] != null && numbers[place] != number) {
        place = place + 1 & places.length - 1;
      }
      return place;
    }

    private void grow() {
      var oldNumbers = numbers;
      var oldPlaces = places;
      numbers = Arrays.copyOf(oldNumbers, 2 * oldNumbers.length);
      places = new @Nullable Source[2 * oldPlaces.length];
      for (int i = 0; i < oldPlaces.length; i++) {
        if (oldPlaces[i] != null) {
          int place = place(oldNumbers[i]);
          numbers[place] = oldNumbers[i];
          places[place] = oldPlaces[i];
        }
      }
    }
  }

  private static final class Source {

    private static final long WRAP = 0xffff_ffffL;

    private boolean isKnown;
    private long sequence;
    private long pool;
    private long packets;
    private long samples;

    long count(long nextSequence, long nextPool) {
      int step = (int) (nextSequence - sequence);
      long more = nextPool - pool & WRAP;
      boolean isRestart = step < -REORDERED_MAX || step > 0 && more > Integer.MAX_VALUE;
      if (!isKnown || isRestart) {
        isKnown = true;
        packets = 0;
        samples = 0;
      } else {
        samples++;
        packets += step > 0 ? more : 0;
      }
      if (step > 0 || samples == 0) {
        sequence = nextSequence;
        pool = nextPool;
      }
      if (samples == SAMPLES_MAX) {
        samples /= 2;
        packets /= 2;
      }
      return samples < SAMPLES_MIN ? 0 : Math.round((double) packets / samples);
    }
  }
}
