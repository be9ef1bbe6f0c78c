package io.penstock.store;

import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;

/** A process that indexes a log which is the same in every process, until it is killed. */
final class IndexingProcess {

  static final int BATCHES = 1500;
  static final int BATCH_EVENTS = 40;

  private IndexingProcess() {}

  static StoreUnderTest store(Path folder) throws Exception {
    var log = new MemoryLog();
    for (int batch = 0; batch < BATCHES; batch++) {
      var events = new ArrayList<Event>(BATCH_EVENTS);
      for (int i = 0; i < BATCH_EVENTS; i++) {
        long id = (long) batch * BATCH_EVENTS + i;
        events.add(Samples.bare(Samples.START + id * 1000, id, null));
      }
      log.append(new EventBatch(StoreUnderTest.TENANT, events, null)).join();
    }
    var config =
        new StoreConfig(
            folder,
            Duration.ofMillis(10),
            200,
            8 << 20,
            5000,
            7,
            128 << 20,
            2,
            4,
            Duration.ofSeconds(30));
    return new StoreUnderTest(config, log, StoreUnderTest.CLOCK).started();
  }

  public static void main(String[] args) throws Exception {
    store(Path.of(args[0]));
    System.out.println("indexing");
    Thread.currentThread().join();
  }
}
