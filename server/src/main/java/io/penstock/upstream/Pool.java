package io.penstock.upstream;

import io.netty.util.concurrent.ScheduledFuture;
import io.penstock.exchange.Exchange.Cause;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * All connections, and who waits for one. For any number of threads: everything that changes does
 * so under one lock, which is held for no longer than it takes to look something up; whoever is
 * told of a change is told outside of it.
 *
 * <p>A connection has a place, which it gets before it is made: there is a bound for each server
 * and one for all. Where there is no place left, a connection that rests is closed for it; where
 * none rests, one waits.
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class Pool {

  /** Requests over one connection; then another one is made, before its streams run out of ids. */
  private static final long REQUESTS_MAX = 1_000_000;

  private final UpstreamConfig.Limits limits;
  private final UpstreamConfig.Times times;
  private final Map<Route, Shelf> shelves = new HashMap<>();
  private final Map<Target, Integer> places = new HashMap<>();

  /** Those without a request, the one that rests longest first. */
  private final Set<Connection> resting = new LinkedHashSet<>();

  private final Set<Waiter> waiters = new LinkedHashSet<>();
  private final LongAdder refusedToWait = new LongAdder();
  private final LongAdder waitedTooLong = new LongAdder();
  private final LongAdder withoutPlace = new LongAdder();
  private int taken;
  private boolean isClosed;

  Pool(UpstreamConfig.Limits limits, UpstreamConfig.Times times) {
    this.limits = limits;
    this.times = times;
  }

  /** What one gets. */
  sealed interface Grant {}

  /** A connection with room for a request, which is counted already. */
  record Shared(Connection connection) implements Grant {}

  /** A place for a connection that is to be made. */
  static final class Place implements Grant {

    private final Route route;
    private final boolean isShared;
    private boolean isFree;

    private Place(Route route, boolean isShared) {
      this.route = route;
      this.isShared = isShared;
    }
  }

  private record Waiter(Route route, CompletableFuture<Grant> granted) {}

  /** The connections that can stand for each other. */
  private static final class Shelf {

    private final ArrayDeque<Connection> resting = new ArrayDeque<>();
    private final List<Connection> multiplexed = new ArrayList<>();

    /** Being made. */
    private int coming;

    /** Made, resting or not. */
    private int live;

    private boolean isKnownSingle;
  }

  /** A connection, or a place for a new one; at once, after a while, or not. */
  CompletableFuture<Grant> acquire(Route route) {
    Waiter waiter;
    var then = new ArrayList<Runnable>(1);
    CompletableFuture<Grant> outcome;
    synchronized (this) {
      if (isClosed) {
        return refused("no more connections are made");
      }
      var shared = shared(route);
      if (shared != null) {
        return CompletableFuture.completedFuture(shared);
      }
      var place = isComing(route) ? null : place(route, true, then);
      if (place != null) {
        outcome = CompletableFuture.completedFuture(place);
        waiter = null;
      } else if (waiters.size() >= limits.waiting()) {
        refusedToWait.increment();
        return refused("too many requests wait for a connection");
      } else {
        outcome = new CompletableFuture<>();
        waiter = new Waiter(route, outcome);
        waiters.add(waiter);
      }
    }
    then.forEach(Runnable::run);
    if (waiter != null) {
      watch(waiter);
    }
    return outcome;
  }

  /** A place for a connection that is never shared; at once or not. */
  @Nullable Place place(Route route) {
    Place place;
    var then = new ArrayList<Runnable>(1);
    synchronized (this) {
      place = isClosed ? null : place(route, false, then);
    }
    then.forEach(Runnable::run);
    if (place == null) {
      withoutPlace.increment();
    }
    return place;
  }

  private static CompletableFuture<Grant> refused(String why) {
    return CompletableFuture.failedFuture(new UpstreamException(Cause.UPSTREAM_CONNECT, why));
  }

  private void watch(Waiter waiter) {
    ScheduledFuture<?> late =
        waiter
            .route
            .loop()
            .schedule(() -> tooLate(waiter), times.turn().toNanos(), TimeUnit.NANOSECONDS);
    waiter.granted.whenComplete(
        (_, _) -> {
          late.cancel(false);
          forget(waiter);
        });
  }

  private void tooLate(Waiter waiter) {
    var failure =
        new UpstreamException(Cause.UPSTREAM_CONNECT, "no connection became free in time");
    if (waiter.granted.completeExceptionally(failure)) {
      waitedTooLong.increment();
    }
  }

  private synchronized void forget(Waiter waiter) {
    waiters.remove(waiter);
  }

  private @Nullable Shared shared(Route route) {
    var shelf = shelves.get(route);
    if (shelf == null) {
      return null;
    }
    for (var connection : shelf.multiplexed) {
      if (!connection.isDraining && connection.running < connection.room) {
        return taken(connection);
      }
    }
    var connection = shelf.resting.pollLast();
    return connection == null ? null : taken(connection);
  }

  private Shared taken(Connection connection) {
    resting.remove(connection);
    connection.running++;
    connection.opened++;
    if (connection.opened >= REQUESTS_MAX) {
      connection.isDraining = true;
    }
    return new Shared(connection);
  }

  /**
   * Whether a connection is on its way that may be one for all: the first to a server shows whether
   * it is, and for how many, and it would be a waste to make many of those.
   */
  private boolean isComing(Route route) {
    var shelf = shelves.get(route);
    if (!route.offer().hasTwo() || shelf == null || shelf.isKnownSingle) {
      return false;
    }
    for (var connection : shelf.multiplexed) {
      if (!connection.isSettled && !connection.isDraining) {
        return true;
      }
    }
    return shelf.coming > 0;
  }

  private @Nullable Place place(Route route, boolean isShared, List<Runnable> then) {
    boolean isFullTarget = places.getOrDefault(route.target(), 0) >= limits.perTarget();
    if (isFullTarget || taken >= limits.total()) {
      var evicted = longestResting(isFullTarget ? route.target() : null);
      if (evicted == null) {
        return null;
      }
      remove(evicted);
      then.add(evicted.channel::close);
    }
    taken++;
    places.merge(route.target(), 1, Integer::sum);
    if (isShared) {
      shelves.computeIfAbsent(route, _ -> new Shelf()).coming++;
    }
    return new Place(route, isShared);
  }

  private @Nullable Connection longestResting(@Nullable Target target) {
    for (var connection : resting) {
      if (target == null || connection.route.target().equals(target)) {
        return connection;
      }
    }
    return null;
  }

  private void free(Target target) {
    taken--;
    places.computeIfPresent(target, (_, count) -> count == 1 ? null : count - 1);
  }

  /** The connection was made, and has its first request. */
  void made(Place place, Connection connection) {
    var then = new ArrayList<Runnable>();
    synchronized (this) {
      var shelf = arrived(place);
      place.isFree = true;
      shelf.live++;
      shelf.isKnownSingle = !connection.isMultiplexed;
      if (connection.isMultiplexed) {
        shelf.multiplexed.add(connection);
      }
      connection.running = 1;
      connection.opened = 1;
      serve(then);
    }
    connection.channel.closeFuture().addListener(_ -> gone(connection));
    then.forEach(Runnable::run);
    restLater(connection, times.idle().toNanos());
  }

  private Shelf arrived(Place place) {
    var shelf = shelves.computeIfAbsent(place.route, _ -> new Shelf());
    if (place.isShared) {
      shelf.coming--;
    }
    return shelf;
  }

  /** The place is not needed any more. */
  void giveBack(Place place) {
    var then = new ArrayList<Runnable>();
    synchronized (this) {
      if (place.isFree) {
        return;
      }
      place.isFree = true;
      if (place.isShared) {
        arrived(place);
      }
      free(place.route.target());
      clear(place.route);
      serve(then);
    }
    then.forEach(Runnable::run);
  }

  /** A request has ended, and the connection can have another. */
  void release(Connection connection) {
    var then = new ArrayList<Runnable>(1);
    synchronized (this) {
      ended(connection, then);
      serve(then);
    }
    then.forEach(Runnable::run);
  }

  private void ended(Connection connection, List<Runnable> then) {
    connection.running--;
    if (connection.running > 0 || isRemoved(connection)) {
      return;
    }
    connection.restingSince = System.nanoTime();
    var shelf = shelves.computeIfAbsent(connection.route, _ -> new Shelf());
    boolean isKept =
        !connection.isDraining
            && !isClosed
            && connection.channel.isActive()
            && shelf.resting.size() < limits.idlePerTarget();
    if (!isKept) {
      remove(connection);
      then.add(connection.channel::close);
      return;
    }
    resting.add(connection);
    if (!connection.isMultiplexed) {
      shelf.resting.addLast(connection);
    }
    if (resting.size() > limits.idle()) {
      var oldest = resting.iterator().next();
      remove(oldest);
      then.add(oldest.channel::close);
    }
  }

  private static boolean isRemoved(Connection connection) {
    return connection.room < 0;
  }

  /** Takes it off all lists and frees its place; once. */
  private void remove(Connection connection) {
    if (isRemoved(connection)) {
      return;
    }
    connection.room = -1;
    connection.isDraining = true;
    resting.remove(connection);
    var shelf = shelves.get(connection.route);
    if (shelf != null) {
      shelf.live--;
      shelf.resting.remove(connection);
      shelf.multiplexed.remove(connection);
    }
    free(connection.route.target());
    clear(connection.route);
  }

  private void clear(Route route) {
    var shelf = shelves.get(route);
    if (shelf != null && shelf.coming == 0 && shelf.live == 0) {
      shelves.remove(route);
    }
  }

  private void gone(Connection connection) {
    var then = new ArrayList<Runnable>();
    synchronized (this) {
      remove(connection);
      serve(then);
    }
    then.forEach(Runnable::run);
  }

  /** The server says how many requests it wants at once. */
  void resize(Connection connection, long wanted) {
    var then = new ArrayList<Runnable>();
    synchronized (this) {
      if (isRemoved(connection)) {
        return;
      }
      connection.isSettled = true;
      connection.room = (int) Math.min(wanted, limits.streams());
      serve(then);
    }
    then.forEach(Runnable::run);
  }

  /** No more requests; those under way may end. */
  void drain(Connection connection) {
    var then = new ArrayList<Runnable>(1);
    synchronized (this) {
      connection.isDraining = true;
      if (connection.running == 0) {
        remove(connection);
        then.add(connection.channel::close);
      }
      serve(then);
    }
    then.forEach(Runnable::run);
  }

  /** Gives what there is to who waits, in their order. */
  private void serve(List<Runnable> then) {
    if (waiters.isEmpty()) {
      return;
    }
    var served = new LinkedHashMap<Waiter, Grant>();
    for (var waiter : waiters) {
      Grant grant = shared(waiter.route);
      if (grant == null && !isComing(waiter.route)) {
        grant = place(waiter.route, true, then);
      }
      if (grant != null) {
        served.put(waiter, grant);
      }
    }
    served.forEach(
        (waiter, grant) -> {
          waiters.remove(waiter);
          then.add(() -> grant(waiter, grant));
        });
  }

  private void grant(Waiter waiter, Grant grant) {
    if (waiter.granted.complete(grant)) {
      return;
    }
    switch (grant) {
      case Shared shared -> release(shared.connection);
      case Place place -> giveBack(place);
    }
  }

  /** One look at a connection when its time may be over, and the next when that has moved. */
  private void restLater(Connection connection, long nanos) {
    connection
        .channel
        .eventLoop()
        .schedule(() -> closeIfRested(connection), nanos, TimeUnit.NANOSECONDS);
  }

  private void closeIfRested(Connection connection) {
    long left;
    synchronized (this) {
      if (isRemoved(connection)) {
        return;
      }
      left = times.idle().toNanos();
      if (connection.running == 0) {
        left -= System.nanoTime() - connection.restingSince;
      }
      if (left <= 0) {
        remove(connection);
      }
    }
    if (left <= 0) {
      connection.channel.close();
    } else {
      restLater(connection, left);
    }
  }

  /** Requests that were not even let wait. */
  long refusedToWait() {
    return refusedToWait.sum();
  }

  /** Requests that waited in vain. */
  long waitedTooLong() {
    return waitedTooLong.sum();
  }

  /** Tunnels for which there was no place. */
  long withoutPlace() {
    return withoutPlace.sum();
  }

  synchronized int open() {
    return taken;
  }

  synchronized int resting() {
    return resting.size();
  }

  synchronized int waiting() {
    return waiters.size();
  }

  /** Closes what rests, refuses who waits; what is under way is closed when it ends. */
  void close() {
    List<Connection> all;
    List<Waiter> refused;
    synchronized (this) {
      isClosed = true;
      all = List.copyOf(resting);
      all.forEach(this::remove);
      refused = List.copyOf(waiters);
      waiters.clear();
    }
    all.forEach(connection -> connection.channel.close());
    for (var waiter : refused) {
      waiter.granted.completeExceptionally(
          new UpstreamException(Cause.UPSTREAM_CONNECT, "no more connections are made"));
    }
  }
}
