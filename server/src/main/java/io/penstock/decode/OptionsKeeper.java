package io.penstock.decode;

import io.penstock.decode.OptionsFile.Loaded;
import io.penstock.event.Ip;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what exporters announced in one file, as {@link TemplateKeeper} does with the templates.
 * For one thread; decoding goes on meanwhile.
 *
 * <p>Written when something useful changed, but not more often than every few seconds, since a
 * router announces its tables row by row; and now and then, since rows not refreshed grow old.
 */
public final class OptionsKeeper {

  private static final Logger LOG = LoggerFactory.getLogger(OptionsKeeper.class);
  private static final Duration PAUSE = Duration.ofSeconds(10);
  private static final Duration REFRESH = Duration.ofHours(1);

  private final Path file;
  private final List<DatagramDecoder> decoders;
  private final ToIntFunction<Ip> decoderOf;
  private final Duration life;
  private final InstantSource clock;
  private Instant written;

  /** Stays true when a write fails, so that the next call tries again. */
  private boolean isUnsaved;

  /**
   * @param decoderOf which of the decoders an exporter's datagrams go to
   * @param life how long a row lives without being refreshed
   */
  public OptionsKeeper(
      Path file,
      List<DatagramDecoder> decoders,
      ToIntFunction<Ip> decoderOf,
      Duration life,
      InstantSource clock) {
    this.file = file;
    this.decoders = List.copyOf(decoders);
    this.decoderOf = decoderOf;
    this.life = life;
    this.clock = clock;
    this.written = clock.instant();
  }

  /**
   * Gives the decoders what was announced to their predecessors, unless it is too old; before the
   * first datagram. A file that cannot be used costs a warning: the exporters will say it again.
   *
   * @return how many records there were
   */
  public int load() {
    return switch (OptionsFile.read(file)) {
      case Loaded.Records(var records) -> restore(records);
      case Loaded.Absent() -> 0;
      case Loaded.Unusable(var why) -> {
        LOG.atWarn()
            .addKeyValue("file", file)
            .addKeyValue("why", why)
            .log("saved options not usable, waiting for the exporters to announce them");
        yield 0;
      }
    };
  }

  private int restore(List<SavedOptions> records) {
    var oldest = clock.instant().minus(life);
    long oldestNanos = oldest.getEpochSecond() * ExporterTime.SECOND;
    int restored = 0;
    for (var record : records) {
      if (record.refreshedNanos() >= oldestNanos) {
        int decoder =
            Math.floorMod(decoderOf.applyAsInt(record.exporter().address()), decoders.size());
        decoders.get(decoder).restore(record);
        restored++;
      }
    }
    return restored;
  }

  /** Writes the file if anything useful changed and the last time is a while ago. */
  public boolean saveIfChanged() throws IOException {
    for (var decoder : decoders) {
      isUnsaved |= decoder.haveOptionsChanged();
    }
    var age = Duration.between(written, clock.instant());
    boolean isDue = isUnsaved ? age.compareTo(PAUSE) >= 0 : age.compareTo(REFRESH) >= 0;
    if (!isDue) {
      return false;
    }
    save();
    return true;
  }

  /** Writes the file: at a stop, too. */
  public void save() throws IOException {
    written = clock.instant();
    var records = new ArrayList<SavedOptions>();
    for (var decoder : decoders) {
      records.addAll(decoder.options());
    }
    OptionsFile.write(file, records);
    isUnsaved = false;
  }
}
