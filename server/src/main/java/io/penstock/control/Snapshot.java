package io.penstock.control;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An immutable view of a table that is always at hand: who asks it reads a field, never the
 * database. A change goes through here, so that it is seen at once; {@link #refresh} finds the
 * changes of other servers.
 *
 * <p>Each change counts up the table's row in {@code revisions} within its own transaction. The
 * number tells whether somebody else wrote in between.
 *
 * @param <T> the immutable view
 */
public final class Snapshot<T> implements Followed {

  private static final Logger LOG = LoggerFactory.getLogger(Snapshot.class);

  private static final Duration TURN_WAIT = Duration.ofSeconds(5);

  private record Seen<T>(long revision, T view) {}

  /** What a change answers, with the revision that it made. */
  private record Changed<R>(long revision, R result) {}

  private final Database database;
  private final String table;
  private final Function<Handle, T> load;
  private final ReentrantLock changing = new ReentrantLock();
  private volatile Seen<T> seen;

  /**
   * @param table the table, named as its row in {@code revisions}
   * @param load reads the whole table
   */
  public Snapshot(Database database, String table, Function<Handle, T> load) {
    this.database = database;
    this.table = table;
    this.load = load;
    this.seen = load();
  }

  /** The table as it is now, at most a second old where other servers write, too. */
  public T current() {
    return seen.view;
  }

  /**
   * Changes the table in one transaction; when this returns, {@link #current} shows it.
   *
   * @param work the statements; an exception undoes them
   * @param view makes the next view of the present one and of what the work returned
   * @throws DatabaseUnavailableException when the database does not answer now, or other changes
   *     wait for it for so long that this one had no turn
   */
  public <R> R change(Function<Handle, R> work, BiFunction<T, R, T> view) {
    awaitTurn();
    try {
      var changed =
          database.write(
              handle -> {
                // First, so that PostgreSQL lets one change at a time see and alter the table.
                handle.execute("UPDATE revisions SET number = number + 1 WHERE name = ?", table);
                long revision = revision(handle);
                return new Changed<>(revision, work.apply(handle));
              });
      var before = seen;
      seen =
          changed.revision == before.revision + 1
              ? new Seen<>(changed.revision, view.apply(before.view, changed.result))
              : load();
      return changed.result;
    } finally {
      changing.unlock();
    }
  }

  /** Not for ever: behind a locked database, thirty changes would wait for five seconds each. */
  private void awaitTurn() {
    try {
      if (changing.tryLock(TURN_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new DatabaseUnavailableException("other changes wait for the database", null);
  }

  @Override
  public String table() {
    return table;
  }

  @Override
  public boolean isAt(long revision) {
    return revision == seen.revision;
  }

  @Override
  public boolean refresh() {
    if (database.read(this::revision) == seen.revision) {
      return false;
    }
    changing.lock();
    try {
      seen = load();
    } finally {
      changing.unlock();
    }
    LOG.atDebug().addKeyValue("table", table).log("table read again");
    return true;
  }

  private Seen<T> load() {
    return database.read(
        handle -> {
          // The number first: a change between the two statements costs one more reading.
          long revision = revision(handle);
          return new Seen<>(revision, load.apply(handle));
        });
  }

  private long revision(Handle handle) {
    return handle
        .select("SELECT number FROM revisions WHERE name = ?", table)
        .mapTo(Long.class)
        .one();
  }
}
