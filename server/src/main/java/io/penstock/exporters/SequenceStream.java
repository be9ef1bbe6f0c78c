package io.penstock.exporters;

import io.penstock.event.Protocol;
import io.penstock.exporters.ExporterMetrics.Labelled;
import io.penstock.exporters.Track.Jump;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Follows the sequence numbers of one stream of messages (an observation domain of a transport
 * session, an sFlow sub-agent) and says what never came.
 *
 * <p>A number a little ahead is a gap at once, and a datagram that comes late takes it back. A
 * number further off opens a second track, which costs nothing until the next message shows what it
 * was: if both go on, several devices share the stream; if only the new one does, the exporter
 * began anew or lost as much as the jump, whichever its uptime and its pace allow. In doubt nothing
 * is missing: not where the numbers follow no count (see {@link Usability}), and not of a domain
 * that shares its count with others (see {@link Sharing}).
 */
final class SequenceStream {

  private static final int TRACKS_MAX = 4;
  private static final int STUCK_AFTER = 3;

  private StreamKey key;
  private final Counting standard;
  private final Labelled metrics;

  /** The one that is believed first, then the ones that may replace it. */
  private final List<Track> tracks = new ArrayList<>(1);

  /** Of a protocol that is often counted otherwise; null of the others. */
  private final @Nullable Usability usability;

  /** With the other domains of its port; null while there are none. */
  private @Nullable Sharing sharing;

  private long messages;
  private long missing;
  private long gaps;
  private long reordered;
  private long recovered;
  private long restarts;
  private long unread;
  private int repeats;
  private boolean isStuck;
  private boolean isInterleaved;
  private long lastNanos;

  SequenceStream(StreamKey key, Counting standard, Labelled metrics) {
    this.key = key;
    this.standard = standard;
    this.metrics = metrics;
    this.usability = key.protocol() == Protocol.NETFLOW_V9 ? new Usability() : null;
  }

  StreamKey key() {
    return key;
  }

  /** The exporter goes on from another port. */
  void move(StreamKey to) {
    key = to;
  }

  @Nullable Sharing sharing() {
    return sharing;
  }

  void share(@Nullable Sharing with) {
    sharing = with;
  }

  /** How many sequences it is: one, unless it may be more; none before its first message. */
  int weight() {
    return messages == 0 ? 0 : Math.max(1, tracks.size());
  }

  long missing() {
    return missing;
  }

  long gaps() {
    return gaps;
  }

  long restarts() {
    return restarts;
  }

  /**
   * Whether the message goes on exactly where this stream ended; for exporters that change their
   * port. One a little further on is more likely another process of the same host, whose number is
   * small as well.
   */
  boolean isContinuedBy(Arrival message) {
    if (tracks.isEmpty()) {
      return false;
    }
    var main = tracks.getFirst();
    return main.delta(message) == 0 && !main.hasRestarted(message);
  }

  /** Whether it can tell which number comes next. */
  boolean foretells() {
    return !tracks.isEmpty() && !tracks.getFirst().isUnsure();
  }

  /**
   * Whether this rule, or the one that it follows, said that the message would be next. Against the
   * protocol's rule another one does not count: it may have been taken for the better one only
   * because the stream's own numbers have gaps.
   */
  boolean foretold(Counting rule, Arrival message) {
    for (int i = 0; i < tracks.size(); i++) {
      var track = tracks.get(i);
      boolean byOther = rule != standard && track.foretold(track.counting(), message);
      if (byOther || track.foretold(rule, message)) {
        return true;
      }
    }
    return false;
  }

  /** Takes the next message. */
  void accept(Arrival message) {
    messages++;
    lastNanos = message.receivedNanos();
    if (isShared()) {
      return;
    }
    boolean isUsable = isUsable(message);
    if (tracks.isEmpty()) {
      begin(message);
    } else if (isUsable) {
      place(message);
    } else {
      tracks.getFirst().follow(message, messages);
    }
  }

  private boolean isShared() {
    return sharing != null && sharing.isFound();
  }

  /** Whether the numbers mean something; what they seemed to mean is withdrawn if not. */
  private boolean isUsable(Arrival message) {
    if (usability == null || !tracks.isEmpty() && tracks.getFirst().counting() != standard) {
      return true;
    }
    boolean was = usability.isUsable();
    boolean is = usability.learn(message);
    if (was && !is) {
      withdraw();
    }
    return is;
  }

  /** What the numbers seemed to tell was none of it so. */
  void withdraw() {
    if (!tracks.isEmpty()) {
      metrics.recovered(unit(tracks.getFirst()), missing);
    }
    tracks.clear();
    missing = 0;
    gaps = 0;
    reordered = 0;
    recovered = 0;
    restarts = 0;
    unread = 0;
    isInterleaved = false;
  }

  private void place(Arrival message) {
    var main = tracks.getFirst();
    watchForStandstill(main, message);
    if (goesOn(message)) {
      return;
    }
    if (main.hasRestarted(message)) {
      branchOff(main, message);
      return;
    }
    if (main.isUnread(message)) {
      follow(main, message);
      return;
    }
    main.learn(message);
    if (main.hasBetterRule()) {
      changeRule(main, message);
    } else if (main.isExplained()) {
      main.heldBack += Math.max(0, main.delta(message));
      follow(main, message);
    } else if (!comesLate(message)) {
      ahead(main, message);
    }
  }

  private void begin(Arrival message) {
    var track = new Track(standard, message, messages);
    tracks.add(track);
    track.expectMore(message);
  }

  private void watchForStandstill(Track main, Arrival message) {
    boolean isRepeat = message.sequence() == main.lastSequence() && main.delta(message) != 0;
    repeats = isRepeat ? repeats + 1 : 0;
    isStuck |= repeats >= STUCK_AFTER;
  }

  /** Whether the message is just the next one of a track. */
  private boolean goesOn(Arrival message) {
    for (int i = 0; i < tracks.size(); i++) {
      var track = tracks.get(i);
      if (track.delta(message) == 0 && !track.hasRestarted(message)) {
        track.learn(message);
        confirm(track);
        if (track.heldBack > 0) {
          miss(track, track.heldBack);
          track.heldBack = 0;
        }
        track.unprovenMissing = 0;
        track.unprovenGaps = 0;
        follow(track, message);
        return true;
      }
    }
    return false;
  }

  /** A track that goes on is real; if the one before it does not any more, it takes its place. */
  private void confirm(Track track) {
    var main = tracks.getFirst();
    if (track == main) {
      return;
    }
    long advanced = main.messages() - track.mainMessages;
    if (advanced > 0 && messages - main.lastMessage <= Track.WINDOW) {
      if (advanced > 1) {
        // A single one could have been late; so these are two.
        isInterleaved = true;
        forgive(track);
      }
      return;
    }
    tracks.clear();
    tracks.add(track);
    if (advanced > 1) {
      // One of several devices fell silent.
      forgive(track);
    } else if (track.jump == Jump.LOSS) {
      miss(track, track.jumped);
    } else {
      restarts++;
      metrics.restart();
    }
    track.jump = Jump.NONE;
  }

  /** The jump to this track was none. */
  private static void forgive(Track track) {
    if (track.jump == Jump.LOSS) {
      track.closeGaps();
    }
    track.jump = Jump.NONE;
  }

  private void follow(Track track, Arrival message) {
    unread += track.leaveUnread(message);
    track.follow(message, messages);
    track.expectMore(message);
  }

  private void changeRule(Track track, Arrival message) {
    long withdrawn = Math.min(missing, track.unprovenMissing);
    missing -= withdrawn;
    gaps -= Math.min(gaps, track.unprovenGaps);
    metrics.recovered(unit(track), withdrawn);
    track.unprovenMissing = 0;
    track.unprovenGaps = 0;
    track.heldBack = 0;
    track.takeBetterRule();
    follow(track, message);
  }

  /** Whether the message belongs into a gap of any track. */
  private boolean comesLate(Arrival message) {
    for (var track : tracks) {
      if (track.hasGapFor(message)) {
        takeBack(track, track.fill(message));
        reordered++;
        metrics.reordered();
        return true;
      }
    }
    return false;
  }

  private void takeBack(Track track, int filled) {
    if (track.jump == Jump.LOSS) {
      // Not yet counted as missing, and so much less to be counted.
      track.jumped -= filled;
      return;
    }
    missing -= filled;
    recovered += filled;
    track.unprovenMissing = Math.max(0, track.unprovenMissing - filled);
    metrics.recovered(unit(track), filled);
  }

  /** The message is not what any track expects next. */
  private void ahead(Track main, Arrival message) {
    Track nearest = null;
    for (var track : tracks) {
      int distance = track.delta(message);
      boolean isNear = distance > 0 && distance <= track.window();
      if (isNear && (nearest == null || distance < nearest.delta(message))) {
        nearest = track;
      }
    }
    if (nearest == null) {
      branchOff(main, message);
      return;
    }
    confirm(nearest);
    int start = (int) nearest.expected();
    int length = nearest.delta(message);
    nearest.open(start, length);
    miss(nearest, length);
    follow(nearest, message);
  }

  private void branchOff(Track main, Arrival message) {
    var branch = new Track(main.counting(), message, messages);
    branch.jump = main.jumpTo(message);
    branch.jumped = main.delta(message);
    branch.mainMessages = main.messages();
    if (branch.jump == Jump.LOSS) {
      branch.open((int) main.expected(), branch.jumped);
    }
    branch.expectMore(message);
    if (tracks.size() == TRACKS_MAX) {
      tracks.remove(leastRecent());
    }
    tracks.add(branch);
  }

  private int leastRecent() {
    int found = 1;
    for (int i = 2; i < tracks.size(); i++) {
      found = tracks.get(i).lastMessage < tracks.get(found).lastMessage ? i : found;
    }
    return found;
  }

  private void miss(Track track, int length) {
    missing += length;
    gaps++;
    track.unprovenMissing += length;
    track.unprovenGaps++;
    metrics.gap(unit(track), length);
  }

  private String unit(Track track) {
    return key.unit(track.counting());
  }

  /** A record of an earlier message was read, now that its template came. */
  void readLate(long sequence, boolean isFlow) {
    for (var track : tracks) {
      int settled = track.readLate((int) sequence, isFlow);
      if (settled > 0) {
        unread -= settled;
        return;
      }
    }
  }

  SequenceReport report() {
    var main = tracks.isEmpty() ? null : tracks.getFirst();
    var counting = main == null ? standard : main.counting();
    return new SequenceReport(
        key,
        counting,
        counting != standard,
        main == null ? 0 : main.expected(),
        messages,
        missing,
        gaps,
        reordered,
        recovered,
        restarts,
        unread,
        isStuck,
        isInterleaved,
        usability == null || usability.isUsable(),
        isShared(),
        lastNanos);
  }
}
