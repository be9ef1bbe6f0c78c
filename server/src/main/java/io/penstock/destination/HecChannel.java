package io.penstock.destination;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A channel to one indexer, and the acknowledgements that are waited for on it. Whoever posts waits
 * for its own; one of those who wait asks for all of them, soon at first and then ever later.
 *
 * <p>An indexer numbers the posts of a channel from 0 on, says of each number once that its events
 * are safe, and forgets all about it when it restarts. From then on the numbers begin again, and a
 * {@code true} for 3 may be about another post than the one that waits for 3: to believe it would
 * lose events. This is how it is kept apart.
 *
 * <ul>
 *   <li>Numbers only grow. A post's number is higher than every number that was answered before the
 *       post began ({@link Post#floor}), and no number is answered twice; otherwise the numbers
 *       have begun again, everything that waits is lost, and the channel has no more posts.
 *   <li>After a restart the post with number 0 is one whose answer we do not have yet, or the rule
 *       above would have noticed. So the new numbers are lower than the count of posts begun since
 *       the oldest that is under way, and only waiting ones with such a number can be confused.
 *       They are believed once the posts that were under way then have been answered.
 *   <li>A post whose answer never comes may have had any of these numbers. Then those that wait for
 *       one are lost, and the channel has no more posts.
 * </ul>
 *
 * <p>What is lost is sent again and may arrive twice. For any number of threads.
 */
final class HecChannel {

  private final String id = UUID.randomUUID().toString();
  private final Patience patience;
  private final Asking asking;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<Long, Waiting> waiting = new HashMap<>();

  /** Posts that are not answered yet, by their order. */
  private final NavigableMap<Long, Post> underWay = new TreeMap<>();

  /** Numbers that were answered and are higher than the floor of the oldest post under way. */
  private final TreeSet<Long> seen = new TreeSet<>();

  private long posts;
  private long highest = -1;
  private long doubtfulBelow;
  private boolean isRetired;
  private boolean isAsking;

  /**
   * How acknowledgements are waited for.
   *
   * @param first wait before one is asked for
   * @param longest wait between two questions
   * @param most how long one is waited for
   */
  record Patience(Duration first, Duration longest, Duration most) {}

  /** What becomes of what was posted. */
  enum Fate {
    /** It is safe. */
    ACKNOWLEDGED,
    /** It was not acknowledged in time. */
    LATE,
    /** The indexer cannot say any more. */
    FORGOTTEN,
    /** The indexer acknowledges nothing. */
    NEVER
  }

  /** Asks an indexer for acknowledgements. */
  @FunctionalInterface
  interface Asking {
    Told ask(String channel, Collection<Long> ids) throws InterruptedException;
  }

  /** What an indexer said to that. */
  sealed interface Told {
    /** These are there now, and it says so only this time. */
    record Acknowledged(Set<Long> ids) implements Told {}

    /** No answer, or none to the question. */
    record Nothing() implements Told {}

    /** It does not know the channel. */
    record UnknownChannel() implements Told {}

    /** It does not acknowledge. */
    record Never() implements Told {}
  }

  /**
   * A post on this channel.
   *
   * @param order of all posts of the channel
   * @param floor highest number that had been answered when it began
   */
  record Post(long order, long floor) {}

  /** Somebody who waits. Guarded by the lock. */
  private final class Waiting {

    private final long id;
    private final long deadline;
    private long pause = patience.first.toNanos();
    private long due;
    private @Nullable Fate fate;

    /** Whether it was acknowledged, and how many posts had begun then. */
    private boolean isTold;

    private long postsWhenTold;

    private Waiting(long id, long now) {
      this.id = id;
      this.deadline = now + patience.most.toNanos();
      this.due = now + pause;
    }

    private void asked(long now) {
      if (now - due >= 0) {
        pause = Math.min(2 * pause, patience.longest.toNanos());
        due = now + pause;
      }
    }

    /** Whether what it was told can only be about its own post. */
    private boolean isCertain() {
      if (underWay.isEmpty() || underWay.firstKey() >= postsWhenTold) {
        return true;
      }
      return id >= postsWhenTold - underWay.firstKey();
    }
  }

  HecChannel(Patience patience, Asking asking) {
    this.patience = patience;
    this.asking = asking;
  }

  /** A GUID. */
  String id() {
    return id;
  }

  /** Whether it has no more posts; those who wait go on waiting. */
  boolean isRetired() {
    lock.lock();
    try {
      return isRetired;
    } finally {
      lock.unlock();
    }
  }

  void retire() {
    lock.lock();
    try {
      isRetired = true;
    } finally {
      lock.unlock();
    }
  }

  /** A post begins; one of the methods that take it must follow. */
  Post begin() {
    lock.lock();
    try {
      var post = new Post(posts++, highest);
      underWay.put(post.order, post);
      return post;
    } finally {
      lock.unlock();
    }
  }

  /** A post has no number: it was refused, or never left. */
  void ended(Post post) {
    lock.lock();
    try {
      end(post);
    } finally {
      lock.unlock();
    }
  }

  /** A post may have a number that we will never know. */
  void unanswered(Post post) {
    lock.lock();
    try {
      isRetired = true;
      doubtfulBelow = Math.max(doubtfulBelow, posts - underWay.firstKey());
      for (var one : waiting.values()) {
        if (one.id < doubtfulBelow) {
          decide(one, Fate.FORGOTTEN);
        }
      }
      end(post);
    } finally {
      lock.unlock();
    }
  }

  private void end(Post post) {
    underWay.remove(post.order);
    if (underWay.isEmpty()) {
      seen.clear();
    } else {
      seen.headSet(underWay.firstEntry().getValue().floor, true).clear();
    }
    believe();
  }

  /** Those who were told, as far as it is certain now. */
  private void believe() {
    for (var one : waiting.values()) {
      if (one.isTold && one.isCertain()) {
        decide(one, Fate.ACKNOWLEDGED);
      }
    }
  }

  private void decide(Waiting one, Fate fate) {
    if (one.fate == null) {
      one.fate = fate;
      changed.signalAll();
    }
  }

  /** Asks again soon, whatever the pauses have grown to. */
  void hurry() {
    lock.lock();
    try {
      long due = System.nanoTime() + patience.first.toNanos();
      for (var one : waiting.values()) {
        one.pause = patience.first.toNanos();
        one.due = Math.min(one.due - due, 0) + due;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** A post was answered with a number: waits until that is acknowledged, or will not be. */
  Fate awaitAcknowledged(Post post, long ackId) throws InterruptedException {
    lock.lock();
    try {
      var own = answered(post, ackId);
      if (own == null) {
        return Fate.FORGOTTEN;
      }
      try {
        return await(own);
      } finally {
        waiting.remove(ackId, own);
      }
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Waiting answered(Post post, long ackId) {
    boolean isAgain = ackId <= post.floor || !seen.add(ackId);
    boolean isDoubtful = ackId < doubtfulBelow;
    if (isAgain && !isDoubtful) {
      doubtfulBelow = Math.max(doubtfulBelow, highest + 1);
      isRetired = true;
      waiting.values().forEach(one -> decide(one, Fate.FORGOTTEN));
      waiting.clear();
    }
    highest = Math.max(highest, ackId);
    end(post);
    if (isDoubtful) {
      return null;
    }
    var own = new Waiting(ackId, System.nanoTime());
    waiting.put(ackId, own);
    return own;
  }

  private Fate await(Waiting own) throws InterruptedException {
    while (own.fate == null) {
      long now = System.nanoTime();
      long left = own.deadline - now;
      long next = isAsking ? Long.MAX_VALUE : untilDue(now);
      if (left <= 0) {
        isRetired = true;
        decide(own, Fate.LATE);
      } else if (next <= 0) {
        ask();
      } else {
        var _ = changed.awaitNanos(Math.min(left, next));
      }
    }
    return own.fate;
  }

  private long untilDue(long now) {
    long least = Long.MAX_VALUE;
    for (var one : waiting.values()) {
      if (!one.isTold) {
        least = Math.min(least, one.due - now);
      }
    }
    return least;
  }

  /** Asks for all, without the lock. */
  private void ask() throws InterruptedException {
    var asked = new ArrayList<Waiting>();
    for (var one : waiting.values()) {
      if (!one.isTold) {
        asked.add(one);
      }
    }
    isAsking = true;
    Told told = new Told.Nothing();
    lock.unlock();
    try {
      told = asking.ask(id, asked.stream().map(one -> one.id).sorted().toList());
    } finally {
      lock.lock();
      isAsking = false;
      changed.signalAll();
    }
    told(asked, told);
  }

  private void told(List<Waiting> asked, Told told) {
    long now = System.nanoTime();
    asked.forEach(one -> one.asked(now));
    switch (told) {
      case Told.Acknowledged(var ids) -> {
        for (var one : asked) {
          if (ids.contains(one.id)) {
            one.isTold = true;
            one.postsWhenTold = posts;
          }
        }
        believe();
      }
      case Told.UnknownChannel _ -> {
        isRetired = true;
        asked.forEach(one -> decide(one, Fate.FORGOTTEN));
      }
      case Told.Never _ -> {
        isRetired = true;
        asked.forEach(one -> decide(one, Fate.NEVER));
      }
      case Told.Nothing _ -> {
        // The next question may be answered.
      }
    }
  }
}
