package io.penstock.admit;

import io.penstock.control.Source;
import io.penstock.control.SourceBook;
import io.penstock.enrich.AddressRanges;
import io.penstock.enrich.Prefix;
import io.penstock.enrich.RangeBuilder;
import io.penstock.event.Ip;
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

  private AdmissionTable(
      Map<Source.Key, Member> byKey, List<Member> exporters, AddressRanges networks) {
    this.byKey = byKey;
    this.exporters = exporters;
    this.networks = networks;
  }

  /** The table of these sources; those that were there before keep their activity. */
  AdmissionTable next(SourceBook book) {
    return of(book.all(), byKey);
  }

  private static AdmissionTable of(List<Source> sources, Map<Source.Key, Member> before) {
    var byKey = new HashMap<Source.Key, Member>();
    for (var source : sources) {
      var known = before.get(source.key());
      var activity = known == null ? new SourceActivity() : known.activity();
      byKey.put(source.key(), Member.of(source, activity));
    }
    var exporters =
        byKey.values().stream()
            .filter(member -> member.source().type() == Source.Type.UDP)
            .sorted(FIRST_HAS_IT)
            .toList();
    return new AdmissionTable(byKey, exporters, networks(exporters));
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

  /** All of them. */
  List<Member> members() {
    return new ArrayList<>(byKey.values());
  }
}
