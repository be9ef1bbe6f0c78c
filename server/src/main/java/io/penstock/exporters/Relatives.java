package io.penstock.exporters;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The streams of one exporter by what they have in common: those of one domain, of which one may go
 * on from another port, and those of one port, which may share one count. Made when an exporter has
 * a second stream, since most have one.
 */
final class Relatives {

  /** Ports of a domain among which the one that went on elsewhere is sought: those heard last. */
  private static final int PORTS_MAX = 8;

  private final Map<StreamKey, List<SequenceStream>> byDomain = new HashMap<>();
  private final Map<StreamKey, Sharing> byPort = new HashMap<>();

  void add(SequenceStream stream) {
    heard(stream);
    var sharing = byPort.computeIfAbsent(stream.key().ofAnyDomain(), Sharing::new);
    sharing.join();
    stream.share(sharing);
  }

  void remove(SequenceStream stream) {
    var key = stream.key().ofAnyPort();
    var ports = byDomain.get(key);
    if (ports != null && ports.remove(stream) && ports.isEmpty()) {
      byDomain.remove(key);
    }
    var sharing = stream.sharing();
    if (sharing != null && sharing.leave()) {
      byPort.remove(sharing.key());
    }
    stream.share(null);
  }

  /** The stream is the one of its domain that was heard last. */
  void heard(SequenceStream stream) {
    var ports = byDomain.computeIfAbsent(stream.key().ofAnyPort(), _ -> new ArrayList<>(1));
    if (!ports.isEmpty() && ports.getLast() == stream) {
      return;
    }
    ports.remove(stream);
    if (ports.size() == PORTS_MAX) {
      ports.removeFirst();
    }
    ports.add(stream);
  }

  /** The stream of this domain that the message goes on with, from another port. */
  @Nullable SequenceStream continued(StreamKey key, Arrival message) {
    for (var known : byDomain.getOrDefault(key.ofAnyPort(), List.of())) {
      if (known.isContinuedBy(message)) {
        return known;
      }
    }
    return null;
  }
}
