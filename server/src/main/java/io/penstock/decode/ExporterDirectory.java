package io.penstock.decode;

import io.penstock.event.Ip;
import io.penstock.exporters.ExporterId;
import io.penstock.exporters.ExporterReport;
import io.penstock.registry.InformationElement;
import io.penstock.registry.Registry;
import io.penstock.wire.ExporterState;
import io.penstock.wire.SavedTemplate;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Everything known about the exporters of all decoders, for whoever asks. A question holds up a
 * decoder for no longer than it takes to copy what is kept of one exporter.
 */
public final class ExporterDirectory {

  private final List<DatagramDecoder> decoders;
  private final Supplier<Registry> registry;

  public ExporterDirectory(List<DatagramDecoder> decoders, Supplier<Registry> registry) {
    this.decoders = List.copyOf(decoders);
    this.registry = registry;
  }

  /**
   * One exporter.
   *
   * @param report what its decoder noted
   * @param templates templates held for its address
   * @param waitingSets sets that wait for a template
   * @param waitingOctets their octets
   */
  public record Entry(ExporterReport report, int templates, int waitingSets, long waitingOctets) {}

  /**
   * A template an exporter taught.
   *
   * @param port the port it came from
   */
  public record TaughtTemplate(
      int port,
      long domain,
      String version,
      int id,
      boolean isOptions,
      Instant refreshed,
      List<Field> fields) {}

  /**
   * One field of a template.
   *
   * @param name what the registry calls it; null when it is unknown
   */
  public record Field(
      @Nullable String name, long enterprise, int id, int length, boolean isScope) {}

  /** Entries from the one behind {@code after} on, in the order of their ids. */
  public List<Entry> entries(@Nullable String after, int limit) {
    return entries(_ -> true, after, limit);
  }

  /**
   * The same, of some exporters.
   *
   * @param wanted by the address that the datagrams come from
   */
  public List<Entry> entries(Predicate<Ip> wanted, @Nullable String after, int limit) {
    var sorted = new TreeMap<String, Placed>();
    for (var decoder : decoders) {
      for (var id : decoder.book().exporters()) {
        if (wanted.test(id.address())) {
          sorted.putIfAbsent(id.toString(), new Placed(decoder, id));
        }
      }
    }
    var rest = after == null ? sorted : sorted.tailMap(after, false);
    var entries = new ArrayList<Entry>();
    for (var placed : rest.values()) {
      if (entries.size() == limit) {
        break;
      }
      entry(placed).ifPresent(entries::add);
    }
    return entries;
  }

  /** How many exporters have a page. */
  public int size(Predicate<Ip> wanted) {
    return (int)
        decoders.stream()
            .flatMap(decoder -> decoder.book().exporters().stream())
            .filter(id -> wanted.test(id.address()))
            .count();
  }

  /** The entry of this id. */
  public Optional<Entry> entry(String id) {
    return find(id).flatMap(this::entry);
  }

  /** The templates of this exporter's address, by domain and id. */
  public List<TaughtTemplate> templates(String id) {
    return find(id)
        .map(placed -> placed.decoder.templates(address(placed.id.address())))
        .orElse(List.of())
        .stream()
        .sorted(
            Comparator.comparingLong(SavedTemplate::domain)
                .thenComparingInt(saved -> saved.template().id()))
        .map(this::taught)
        .toList();
  }

  /**
   * What this exporter announced: its own, and nothing of a relay that it sends through.
   *
   * @param rowsMax the most rows that one table shows
   */
  public List<OptionsTable> optionsTables(String id, int rowsMax) {
    return find(id)
        .map(placed -> placed.decoder.optionsTables(placed.id, rowsMax))
        .orElse(List.of());
  }

  /** The last datagrams of this exporter as a pcap file. */
  public Optional<byte[]> capture(String id) {
    return find(id).flatMap(placed -> placed.decoder.book().capture(placed.id));
  }

  /** An exporter and the decoder that hears it. */
  private record Placed(DatagramDecoder decoder, ExporterId id) {}

  private Optional<Placed> find(String text) {
    return ExporterId.parse(text)
        .flatMap(
            id ->
                decoders.stream()
                    .filter(decoder -> decoder.book().has(id))
                    .findFirst()
                    .map(decoder -> new Placed(decoder, id)));
  }

  private Optional<Entry> entry(Placed placed) {
    return placed
        .decoder
        .book()
        .report(placed.id)
        .map(report -> entry(report, placed.decoder.held(address(placed.id.address()))));
  }

  private static Entry entry(ExporterReport report, List<ExporterState> held) {
    return new Entry(
        report,
        held.stream().mapToInt(ExporterState::templates).sum(),
        held.stream().mapToInt(ExporterState::waitingSets).sum(),
        held.stream().mapToLong(ExporterState::waitingOctets).sum());
  }

  private TaughtTemplate taught(SavedTemplate saved) {
    var template = saved.template();
    var fields =
        template.fields().stream()
            .map(
                field ->
                    new Field(
                        registry
                            .get()
                            .find(template.version(), field)
                            .map(InformationElement::name)
                            .orElse(null),
                        field.enterprise(),
                        field.id(),
                        field.length(),
                        field.scope()))
            .toList();
    return new TaughtTemplate(
        saved.exporter().address().getPort(),
        saved.domain(),
        template.version().name(),
        template.id(),
        template.isOptions(),
        saved.refreshed(),
        fields);
  }

  private static InetAddress address(Ip ip) {
    try {
      return InetAddress.getByAddress(ip.toBytes());
    } catch (UnknownHostException e) {
      // An address of 4 or 16 octets is never unknown.
      throw new UncheckedIOException(e);
    }
  }
}
