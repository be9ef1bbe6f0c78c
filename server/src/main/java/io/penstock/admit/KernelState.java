package io.penstock.admit;

import io.penstock.event.Ip;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import io.penstock.prefix.Prefix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel has of our table, as it says itself.
 *
 * @param sets the elements of each set, by its name
 * @param rules how many rules the chain has; none when it drops nothing
 */
record KernelState(Map<String, List<AddressSpan>> sets, int rules) {

  static final KernelState NOTHING = new KernelState(Map.of(), 0);

  /** Reads what {@code nft -j list table} prints. */
  static KernelState parse(String json) throws MalformedJsonException {
    var sets = new HashMap<String, List<AddressSpan>>();
    int rules = 0;
    for (var item : list(member(JsonTree.parse(json), "nftables"))) {
      var set = member(item, "set");
      if (set != null && member(set, "name") instanceof String name) {
        sets.put(name, elements(list(member(set, "elem"))));
      }
      rules += member(item, "rule") == null ? 0 : 1;
    }
    return new KernelState(sets, rules);
  }

  /** How many elements a set has, and none when it is not there. */
  int count(String set) {
    return elements(set).size();
  }

  List<AddressSpan> elements(String set) {
    return sets.getOrDefault(set, List.of());
  }

  private static List<AddressSpan> elements(List<?> items) {
    var spans = new ArrayList<AddressSpan>();
    for (var item : items) {
      var span = element(item);
      if (span != null) {
        spans.add(span);
      }
    }
    return spans;
  }

  private static @Nullable AddressSpan element(@Nullable Object item) {
    if (item instanceof String address) {
      return Prefix.parse(address).map(AddressSpan::of).orElse(null);
    }
    var prefix = member(item, "prefix");
    if (prefix != null) {
      var text = member(prefix, "addr") + "/" + member(prefix, "len");
      return Prefix.parse(text).map(AddressSpan::of).orElse(null);
    }
    var range = list(member(item, "range"));
    if (range.size() != 2) {
      return null;
    }
    var first = Ip.parse(String.valueOf(range.getFirst()));
    var last = Ip.parse(String.valueOf(range.getLast()));
    return first.isEmpty() || last.isEmpty() ? null : new AddressSpan(first.get(), last.get());
  }

  private static @Nullable Object member(@Nullable Object object, String name) {
    return object instanceof Map<?, ?> members ? members.get(name) : null;
  }

  private static List<?> list(@Nullable Object value) {
    return value instanceof List<?> items ? items : List.of();
  }
}
