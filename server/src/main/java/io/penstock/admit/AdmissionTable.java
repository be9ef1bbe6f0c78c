package io.penstock.admit;

import io.penstock.control.Source;
import io.penstock.control.SourceBook;
import io.penstock.event.Ip;
import io.penstock.prefix.AddressRanges;
import io.penstock.prefix.Prefix;
import io.penstock.prefix.RangeBuilder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sources, found by their name or by the address of an exporter. Immutable.
 *
 * <p>An exporter is the source whose network around its address is the narrowest, over all tenants.
 * Disabled sources take part: to disable one must neither let its exporter slip into a wider
 * network nor hand it to another tenant. Of two that claim the same network the enabled one has it,
 * then the older one.
 */
final class AdmissionTable {

  private static final Comparator<Member> FIRST_HAS_IT =
      Comparator.comparing(
          Member::source,
          Comparator.comparing((Source source) -> !source.isEnabled())
              .thenComparing(Source::createdAt)
              .thenComparing(Source::tenant)
              .thenComparing(Source::id));

  static final AdmissionTable EMPTY = of(List.of(), Map.of());

  private final Map<Source.Key, Member> byKey;
  private final List<Member> exporters;
  private final AddressRanges networks;
  private final List<Prefix> enabledNetworks;

  private AdmissionTable(
      Map<Source.Key, Member> byKey, List<Member> exporters, AddressRanges networks) {
    this.byKey = byKey;
    this.exporters = exporters;
    this.networks = networks;
    this.enabledNetworks =
        exporters.stream()
            .filter(member -> member.source().isEnabled())
            .flatMap(member -> member.networks().stream())
            .toList();
  }

  /** The table of these sources; those that were there before keep their activity. */
  AdmissionTable next(SourceBook book) {
    return of(book.all(), byKey);
  }

  private static AdmissionTable of(List<Source> sources, Map<Source.Key, Member> before) {
    var byKey = new HashMap<Source.Key, Member>();
    for (var source : sources) {
      byKey.put(source.key(), member(source, before.get(source.key())));
    }
    var exporters =
        byKey.values().stream()
            .filter(member -> member.source().type() == Source.Type.UDP)
            .sorted(FIRST_HAS_IT)
            .toList();
    return new AdmissionTable(byKey, exporters, networks(exporters));
  }

  /** Reading networks is most of the work, and a change concerns few sources. */
  @SuppressWarnings("ReferenceEquality") // the snapshot of a change shares what it did not touch
  private static Member member(Source source, @Nullable Member known) {
    if (known == null) {
      return Member.of(source, new SourceActivity());
    }
    return known.source() == source ? known : Member.of(source, known.activity());
  }

  /** Numbers from 1: the place in the list. */
  private static AddressRanges networks(List<Member> exporters) {
    var owners = new HashMap<Prefix, Integer>();
    for (int i = 0; i < exporters.size(); i++) {
      for (var network : exporters.get(i).networks()) {
        owners.putIfAbsent(network, i + 1);
      }
    }
    var builder = new RangeBuilder();
    owners.forEach(builder::add);
    return builder.build();
  }

  @Nullable Member find(Source.Key key) {
    return byKey.get(key);
  }

  /** The source that an exporter is. */
  @Nullable Member exporter(Ip address) {
    int number = networks.find(address);
    return number == 0 ? null : exporters.get(number - 1);
  }

  /** The networks of the enabled sources that send flows. */
  List<Prefix> enabledNetworks() {
    return enabledNetworks;
  }

  /** All of them. */
  List<Member> members() {
    return new ArrayList<>(byKey.values());
  }
}
