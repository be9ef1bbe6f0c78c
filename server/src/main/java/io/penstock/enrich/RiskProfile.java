package io.penstock.enrich;

import io.penstock.event.Enrichment.ThreatMatch;
import java.util.ArrayList;
import java.util.List;

/**
 * How a score from 0 to 100 is made of what is known of an event.
 *
 * <p>Both profiles start at 10 and add 10 for a destination port that attackers look for (telnet,
 * SMB, SQL Server, remote desktop), 10 for more than a megabyte from a port above 1023, and
 * something for a threat match.
 */
public enum RiskProfile {
  /** A threat match adds 60, however sure its list is. */
  V1 {
    @Override
    int ofThreats(List<ThreatMatch> threats) {
      return threats.isEmpty() ? 0 : THREAT;
    }
  },
  /** A threat match adds up to 60, in proportion to the confidence of the surest one. */
  CONFIDENCE {
    @Override
    int ofThreats(List<ThreatMatch> threats) {
      int surest = 0;
      for (var threat : threats) {
        surest = Math.max(surest, threat.confidence());
      }
      return Math.round(THREAT * surest / 100f);
    }
  };

  private static final int BASE = 10;
  private static final int THREAT = 60;
  private static final int PORT = 10;
  private static final int LARGE = 10;
  private static final int MAX = 100;

  private static final long LARGE_BYTES = 1_000_000;
  private static final int EPHEMERAL_FIRST = 1024;

  /** The last place stands for "none of them". */
  private static final int[] PORTS = {23, 445, 1433, 3389};

  /** Every list of reasons that can occur: there are 20, and events share them. */
  private static final List<List<String>> REASONS = reasonLists();

  abstract int ofThreats(List<ThreatMatch> threats);

  /** The score without its reasons. Ports and counters that are not known are negative. */
  int score(List<ThreatMatch> threats, int sourcePort, int destinationPort, long bytes) {
    int score = BASE + ofThreats(threats);
    score += portIndex(destinationPort) < PORTS.length ? PORT : 0;
    score += isLarge(sourcePort, bytes) ? LARGE : 0;
    return Math.min(score, MAX);
  }

  /** What {@link #score} adds up, part by part. */
  List<RiskPart> parts(List<ThreatMatch> threats, int sourcePort, int destinationPort, long bytes) {
    var parts = new ArrayList<RiskPart>();
    parts.add(new RiskPart("every event", BASE));
    int reason = 0;
    var reasons = reasons(threats, sourcePort, destinationPort, bytes);
    if (!threats.isEmpty()) {
      parts.add(new RiskPart(reasons.get(reason++), ofThreats(threats)));
    }
    if (portIndex(destinationPort) < PORTS.length) {
      parts.add(new RiskPart(reasons.get(reason++), PORT));
    }
    if (isLarge(sourcePort, bytes)) {
      parts.add(new RiskPart(reasons.get(reason), LARGE));
    }
    return List.copyOf(parts);
  }

  /** Why {@link #score} is above its base; a shared list. */
  List<String> reasons(List<ThreatMatch> threats, int sourcePort, int destinationPort, long bytes) {
    return REASONS.get(
        reasonIndex(!threats.isEmpty(), portIndex(destinationPort), isLarge(sourcePort, bytes)));
  }

  private static boolean isLarge(int sourcePort, long bytes) {
    return sourcePort >= EPHEMERAL_FIRST && bytes > LARGE_BYTES;
  }

  private static int portIndex(int port) {
    return switch (port) {
      case 23 -> 0;
      case 445 -> 1;
      case 1433 -> 2;
      case 3389 -> 3;
      default -> PORTS.length;
    };
  }

  private static int reasonIndex(boolean threat, int port, boolean large) {
    return ((threat ? 1 : 0) * (PORTS.length + 1) + port) * 2 + (large ? 1 : 0);
  }

  private static List<List<String>> reasonLists() {
    var lists = new ArrayList<List<String>>();
    for (int threat = 0; threat < 2; threat++) {
      for (int port = 0; port <= PORTS.length; port++) {
        for (int large = 0; large < 2; large++) {
          lists.add(reasons(threat == 1, port, large == 1));
        }
      }
    }
    return List.copyOf(lists);
  }

  private static List<String> reasons(boolean threat, int port, boolean large) {
    var reasons = new ArrayList<String>();
    if (threat) {
      reasons.add("threat intelligence match");
    }
    if (port < PORTS.length) {
      reasons.add("sensitive destination port " + PORTS[port]);
    }
    if (large) {
      reasons.add("large transfer from an ephemeral port");
    }
    return List.copyOf(reasons);
  }
}
