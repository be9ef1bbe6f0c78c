package io.penstock.control;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Something that takes longer than a request may.
 *
 * @param tenant who asked for it
 * @param type what kind of thing, as in {@code indicator_import}
 * @param args what it was asked with: JSON text without secrets
 * @param progress percent of the work that is done
 * @param logs what it had to say, a line each
 */
public record Job(
    String id,
    String tenant,
    String type,
    String args,
    Status status,
    int progress,
    List<String> logs,
    Instant createdAt,
    @Nullable Instant startedAt,
    @Nullable Instant finishedAt) {

  public enum Status {
    QUEUED,
    RUNNING,
    SUCCESS,
    ERROR;

    /** Its name in the table and in the API. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Status of(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }
  }

  public Job {
    logs = List.copyOf(logs);
  }
}
