package io.penstock.sink;

import io.penstock.log.EventLog;
import io.penstock.log.EventLog.Cursor;
import io.penstock.log.EventLog.Entry;
import io.penstock.sink.Shipper.Plan;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the place of a sink that does not ship, for as long as the log may keep events for it:
 * events that it must give up meanwhile are counted, as a {@link Shipper} would. For one thread at
 * a time, but for {@link #backlog}.
 */
public final class Parking {

  private static final Logger LOG = LoggerFactory.getLogger(Parking.class);

  /** Frames of one look, so that it ends. */
  private static final int FRAMES_MAX = 10_000;

  private final String tenant;
  private final String name;
  private final Hold hold;
  private final EventLog log;
  private final SinkMetrics.Of metrics;
  private final Cursor cursor;
  private final Backlog backlog;

  public Parking(String tenant, String name, Hold hold, EventLog log, SinkMetrics metrics) {
    this.tenant = tenant;
    this.name = name;
    this.hold = hold;
    this.log = log;
    this.metrics = metrics.of(tenant, name);
    this.cursor = log.cursor(Plan.consumer(tenant, name));
    this.backlog = new Backlog(log, cursor.position());
  }

  /** Passes over what is none of this sink's, and over what must be given up. */
  public void look() throws InterruptedException {
    long from = cursor.position();
    long to = from;
    int givenUp = 0;
    try (var reader = log.reader(from)) {
      for (int i = 0; i < FRAMES_MAX; i++) {
        var entry = reader.next(Duration.ZERO);
        if (entry.isEmpty() || isKept(entry.get())) {
          break;
        }
        var batch = entry.get().batch();
        givenUp += batch.tenant().equals(tenant) ? batch.events().size() : 0;
        backlog.read(batch.events().size());
        to = reader.position();
      }
    }
    if (to > from) {
      cursor.commit(to);
    }
    if (givenUp > 0) {
      metrics.expired(givenUp);
      LOG.atError()
          .addKeyValue("sink", name)
          .addKeyValue("tenant", tenant)
          .addKeyValue("events", givenUp)
          .log("events were given up, the log could keep them no longer for this sink");
    }
  }

  private boolean isKept(Entry entry) {
    var batch = entry.batch();
    return batch.tenant().equals(tenant)
        && !batch.events().isEmpty()
        && !hold.isOver(entry.position(), batch.events().getLast().origin().receivedNanos());
  }

  /** Events of the log behind its place, whoever's they are. */
  public long backlog() {
    return backlog.events();
  }

  /** Whether nothing of the log is left that it keeps. */
  public boolean isAtEnd() {
    return cursor.position() >= log.end();
  }
}
