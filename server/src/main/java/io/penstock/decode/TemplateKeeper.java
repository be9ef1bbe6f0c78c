package io.penstock.decode;

import io.penstock.wire.SavedTemplate;
import io.penstock.wire.TemplateFile;
import io.penstock.wire.TemplateFile.Loaded;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the templates of all decoders in one file, so that a restarted collector understands the
 * first datagram it receives. The number of decoders may differ from run to run. For one thread;
 * decoding goes on meanwhile.
 */
public final class TemplateKeeper {

  private static final Logger LOG = LoggerFactory.getLogger(TemplateKeeper.class);

  private final Path file;
  private final List<DatagramDecoder> decoders;
  private final ToIntFunction<InetSocketAddress> decoderOf;

  /** Stays true when a write fails, so that the next call tries again. */
  private boolean isUnsaved;

  /**
   * @param decoderOf which of the decoders an exporter's datagrams go to
   */
  public TemplateKeeper(
      Path file, List<DatagramDecoder> decoders, ToIntFunction<InetSocketAddress> decoderOf) {
    this.file = file;
    this.decoders = List.copyOf(decoders);
    this.decoderOf = decoderOf;
  }

  /**
   * Gives the decoders their templates; before the first datagram. A file that cannot be used costs
   * a warning: the exporters will send their templates again.
   *
   * @return how many there were
   */
  public int load() {
    return switch (TemplateFile.read(file)) {
      case Loaded.Templates(var templates) -> {
        templates.forEach(this::restore);
        yield templates.size();
      }
      case Loaded.Absent() -> 0;
      case Loaded.Unusable(var why) -> {
        LOG.atWarn()
            .addKeyValue("file", file)
            .addKeyValue("why", why)
            .log("saved templates not usable, waiting for the exporters to send them");
        yield 0;
      }
    };
  }

  private void restore(SavedTemplate template) {
    int decoder =
        Math.floorMod(decoderOf.applyAsInt(template.exporter().address()), decoders.size());
    decoders.get(decoder).restore(List.of(template));
  }

  /** Writes the file if any template changed since it was written; whether it did. */
  public boolean saveIfChanged() throws IOException {
    for (var decoder : decoders) {
      isUnsaved |= decoder.haveTemplatesChanged();
    }
    if (!isUnsaved) {
      return false;
    }
    save();
    return true;
  }

  /** Writes the file: at a stop and now and then, since a refresh keeps a template from aging. */
  public void save() throws IOException {
    var templates = new ArrayList<SavedTemplate>();
    for (var decoder : decoders) {
      templates.addAll(decoder.templates());
    }
    TemplateFile.write(file, templates);
    isUnsaved = false;
  }
}
