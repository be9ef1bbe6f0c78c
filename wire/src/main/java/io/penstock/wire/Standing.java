package io.penstock.wire;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who may stay when there is no room for all. Over UDP anybody can invent sources, so being heard
 * last is worth nothing: a map in that order forgets an exporter that was quiet for a second as
 * soon as a spoofer has sent from enough addresses. Here sources earn their standing, as in a
 * segmented LRU:
 *
 * <ul>
 *   <li>Who arrives is a <em>newcomer</em>. Newcomers displace newcomers only: one of a crowded
 *       prefix if there is any, else the one not heard for longest.
 *   <li>Who was decodable twice, half a minute apart, becomes <em>established</em>, and gives its
 *       place up only when it was not decodable for an hour and another has earned it.
 *   <li>A quarter of the places is never given to the established, so that there are always
 *       newcomers to displace, and room to arrive in.
 * </ul>
 *
 * <p>So a flood of invented sources, however large, costs other newcomers at most. A spoofer who
 * has the patience to establish its sources takes free places, and no other. A prefix is crowded
 * when a sixteenth of all places is held by its newcomers; it then pays first, because one who owns
 * a network need not spoof (an IPv6 site has 2^80 addresses).
 *
 * <p>Every operation takes constant time. Whoever uses this keeps the map from key to holder; not
 * synchronised.
 *
 * @param <T> what holds a place
 */
public final class Standing<T> {

  /** Between the first and a later decodable message of a newcomer that becomes established. */
  static final long PROBATION_MILLIS = 30_000;

  /** An established holder that was not decodable for so long may be displaced. */
  static final long IDLE_MILLIS = 3_600_000;

  /** The order of the established need not be finer. */
  private static final long GRAIN_MILLIS = 1_000;

  private static final int PREFIXES_CROWDED_MAX = 16;

  /** The place of one holder. */
  public static final class Place<T> {

    private final T holder;
    private final long prefix;
    private boolean isEstablished;
    private boolean hasEarned;

    /** A newcomer's first moment of being decodable, an established holder's last. */
    private long earnedMillis;

    /**
     * @param address the address it is heard from
     */
    public Place(T holder, InetAddress address) {
      this(holder, address.getAddress());
    }

    /**
     * @param address the octets of the address it is heard from
     */
    public Place(T holder, byte[] address) {
      this.holder = holder;
      this.prefix = prefix(address);
    }

    /** Whether the holder can be displaced only after an hour of silence. */
    public boolean isEstablished() {
      return isEstablished;
    }
  }

  private final int placesMax;
  private final int establishedMax;
  private final int crowdMax;
  private final Consumer<? super T> displaced;

  /** In the order they were last heard. */
  private final LinkedHashSet<Place<T>> newcomers = new LinkedHashSet<>();

  /** In the order they were last decodable. */
  private final LinkedHashSet<Place<T>> established = new LinkedHashSet<>();

  /** The newcomers of each prefix, in the order they were last heard. */
  private final Map<Long, LinkedHashSet<Place<T>>> prefixes = new HashMap<>();

  /** Prefixes with more newcomers than they ought to have. */
  private final LinkedHashSet<Long> crowded = new LinkedHashSet<>();

  /**
   * @param placesMax how many may stay, at least one
   * @param displaced is told who loses its place to another; the place is free already
   */
  public Standing(int placesMax, Consumer<? super T> displaced) {
    this.placesMax = placesMax;
    this.establishedMax = establishedMax(placesMax);
    this.crowdMax = Math.max(1, placesMax / PREFIXES_CROWDED_MAX);
    this.displaced = displaced;
  }

  /** How many of so many places the established may have. */
  static int establishedMax(int places) {
    return places - Math.max(1, places / 4);
  }

  /** The network an address belongs to: 24 bits of IPv4, 48 of IPv6, what a site is given. */
  private static long prefix(byte[] octets) {
    int length = octets.length == 4 ? 3 : 6;
    long prefix = octets.length;
    for (int i = 0; i < length; i++) {
      prefix = prefix << 8 | octets[i] & 0xff;
    }
    return prefix;
  }

  /** How many have a place. */
  public int size() {
    return newcomers.size() + established.size();
  }

  /** How many are established. */
  public int established() {
    return established.size();
  }

  /** Takes a newcomer in, in another's place if need be. */
  public void admit(Place<T> place) {
    if (size() >= placesMax) {
      displace(payer());
    }
    newcomers.add(place);
    var crowd = prefixes.computeIfAbsent(place.prefix, _ -> LinkedHashSet.newLinkedHashSet(1));
    crowd.add(place);
    if (crowd.size() > crowdMax) {
      crowded.add(place.prefix);
    }
  }

  /** The holder sent something, whatever it is worth. */
  public void heard(Place<T> place) {
    if (place.isEstablished) {
      return;
    }
    newcomers.addLast(place);
    var crowd = prefixes.get(place.prefix);
    if (crowd != null && crowd.size() > 1) {
      crowd.addLast(place);
    }
  }

  /**
   * The holder sent something that could be decoded.
   *
   * @return whether it has become established by this
   */
  public boolean earned(Place<T> place, long nowMillis) {
    if (place.isEstablished) {
      if (Math.abs(nowMillis - place.earnedMillis) >= GRAIN_MILLIS) {
        place.earnedMillis = nowMillis;
        established.addLast(place);
      }
      return false;
    }
    if (!place.hasEarned || nowMillis < place.earnedMillis) {
      place.hasEarned = true;
      place.earnedMillis = nowMillis;
      return false;
    }
    return nowMillis - place.earnedMillis >= PROBATION_MILLIS && establish(place, nowMillis);
  }

  /**
   * Makes a newcomer established without more ado, as one that was so in an earlier run.
   *
   * @return false if there is no room for it among the established
   */
  public boolean establish(Place<T> place, long nowMillis) {
    if (established.size() >= establishedMax && !retireIdle(nowMillis)) {
      return false;
    }
    leave(place);
    place.isEstablished = true;
    place.earnedMillis = nowMillis;
    established.addLast(place);
    return true;
  }

  /** The holder gives its place up by itself. */
  public void leave(Place<T> place) {
    if (place.isEstablished) {
      established.remove(place);
      return;
    }
    newcomers.remove(place);
    var crowd = prefixes.get(place.prefix);
    if (crowd == null || !crowd.remove(place)) {
      return;
    }
    if (crowd.size() <= crowdMax) {
      crowded.remove(place.prefix);
    }
    if (crowd.isEmpty()) {
      prefixes.remove(place.prefix);
    }
  }

  /** The newcomer to go. There are no more crowded prefixes than sixteen, or so few places. */
  private Place<T> payer() {
    LinkedHashSet<Place<T>> largest = null;
    for (var prefix : crowded) {
      var crowd = prefixes.get(prefix);
      if (crowd != null && (largest == null || crowd.size() > largest.size())) {
        largest = crowd;
      }
    }
    return largest == null ? newcomers.getFirst() : largest.getFirst();
  }

  private boolean retireIdle(long nowMillis) {
    var eldest = eldestEstablished();
    if (eldest == null || nowMillis - eldest.earnedMillis < IDLE_MILLIS) {
      return false;
    }
    displace(eldest);
    return true;
  }

  private @Nullable Place<T> eldestEstablished() {
    return established.isEmpty() ? null : established.getFirst();
  }

  private void displace(Place<T> place) {
    leave(place);
    displaced.accept(place.holder);
  }
}
