package io.penstock.control;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** All sources as they are at one moment. Immutable. */
public final class SourceBook {

  static final SourceBook EMPTY = new SourceBook(Map.of());

  /** By tenant, then by id. */
  private final Map<String, SortedMap<String, Source>> tenants;

  private SourceBook(Map<String, SortedMap<String, Source>> tenants) {
    this.tenants = tenants;
  }

  static SourceBook of(Iterable<Source> sources) {
    var tenants = new HashMap<String, SortedMap<String, Source>>();
    for (var source : sources) {
      tenants.computeIfAbsent(source.tenant(), _ -> new TreeMap<>()).put(source.id(), source);
    }
    return new SourceBook(tenants);
  }

  public Optional<Source> find(Source.Key key) {
    return Optional.ofNullable(ofTenant(key.tenant()).get(key.id()));
  }

  /** The sources of a tenant, by id. */
  public Collection<Source> of(String tenant) {
    return Collections.unmodifiableCollection(ofTenant(tenant).values());
  }

  /** The sources of all tenants. */
  public List<Source> all() {
    return tenants.values().stream().flatMap(sources -> sources.values().stream()).toList();
  }

  SourceBook with(Source source) {
    var changed = new TreeMap<>(ofTenant(source.tenant()));
    changed.put(source.id(), source);
    return with(source.tenant(), changed);
  }

  SourceBook without(Source.Key key) {
    var changed = new TreeMap<>(ofTenant(key.tenant()));
    changed.remove(key.id());
    return with(key.tenant(), changed);
  }

  private SourceBook with(String tenant, SortedMap<String, Source> sources) {
    var all = new HashMap<>(tenants);
    all.put(tenant, sources);
    return new SourceBook(all);
  }

  private SortedMap<String, Source> ofTenant(String tenant) {
    return tenants.getOrDefault(tenant, Collections.emptySortedMap());
  }
}
