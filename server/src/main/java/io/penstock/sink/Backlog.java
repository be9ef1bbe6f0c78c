package io.penstock.sink;

import io.penstock.log.EventLog;
import io.penstock.log.LogUnavailableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many events of the log a sink has not read, whoever's they are. Looks at the header of each
 * frame once, when somebody asks. Safe for many threads.
 */
final class Backlog {

  private static final Logger LOG = LoggerFactory.getLogger(Backlog.class);

  private final EventLog log;
  private long countedTo;
  private long counted;
  private long read;

  Backlog(EventLog log, long position) {
    this.log = log;
    this.countedTo = position;
  }

  /** A frame of so many events was read. */
  synchronized void read(int events) {
    read += events;
  }

  /** Events not read yet; what was last known while the disk cannot be read. */
  synchronized long events() {
    long end = log.end();
    try {
      counted += log.events(countedTo, end);
      countedTo = Math.max(countedTo, end);
    } catch (LogUnavailableException e) {
      LOG.atDebug().setCause(e).log("cannot count what waits in the log");
    }
    return Math.max(0, counted - read);
  }
}
