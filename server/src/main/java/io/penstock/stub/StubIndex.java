package io.penstock.stub;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All stubs, found by host and path: a request is compared with those that name its host and path,
 * with those that name one of them, and with those that name neither. Immutable.
 */
final class StubIndex {

  static final StubIndex EMPTY = new StubIndex(List.of());

  private static final Slot[] NONE = new Slot[0];

  private record Place(String host, String path) {}

  private final List<Slot> slots;
  private final Map<Place, Slot[]> byPlace;
  private final Map<String, Slot[]> byPath;
  private final Map<String, Slot[]> byHost;
  private final Slot[] others;

  /**
   * @param slots by rank
   */
  StubIndex(List<Slot> slots) {
    this.slots = List.copyOf(slots);
    var places = new HashMap<Place, List<Slot>>();
    var paths = new HashMap<String, List<Slot>>();
    var hosts = new HashMap<String, List<Slot>>();
    var rest = new ArrayList<Slot>();
    for (var slot : slots) {
      var ofHosts = slot.stub().request().exactHosts();
      var ofPaths = slot.stub().request().exactPaths();
      if (!ofHosts.isEmpty() && !ofPaths.isEmpty()) {
        ofHosts.forEach(host -> ofPaths.forEach(path -> add(places, new Place(host, path), slot)));
      } else if (!ofPaths.isEmpty()) {
        addAll(paths, ofPaths, slot);
      } else if (!ofHosts.isEmpty()) {
        addAll(hosts, ofHosts, slot);
      } else {
        rest.add(slot);
      }
    }
    this.byPlace = arrays(places);
    this.byPath = arrays(paths);
    this.byHost = arrays(hosts);
    this.others = rest.toArray(Slot[]::new);
  }

  private static void addAll(Map<String, List<Slot>> map, Set<String> keys, Slot slot) {
    keys.forEach(key -> add(map, key, slot));
  }

  private static <K> void add(Map<K, List<Slot>> map, K key, Slot slot) {
    map.computeIfAbsent(key, _ -> new ArrayList<>()).add(slot);
  }

  private static <K> Map<K, Slot[]> arrays(Map<K, List<Slot>> lists) {
    var arrays = HashMap.<K, Slot[]>newHashMap(lists.size());
    lists.forEach((key, list) -> arrays.put(key, list.toArray(Slot[]::new)));
    return arrays;
  }

  List<Slot> slots() {
    return slots;
  }

  /** The stubs that may match a host and a path, by rank. */
  Candidates candidates(String host, String path) {
    return new Candidates(
        new Slot[][] {
          byPlace.getOrDefault(new Place(host, path), NONE),
          byPath.getOrDefault(path, NONE),
          byHost.getOrDefault(host, NONE),
          others
        });
  }

  /** Goes through four lists that are sorted as if they were one. */
  static final class Candidates {

    private final Slot[][] lists;
    private final int[] at;

    Candidates(Slot[][] lists) {
      this.lists = lists;
      this.at = new int[lists.length];
    }

    /** The next one; null behind the last. */
    @org.jspecify.annotations.Nullable
    Slot next() {
      int first = -1;
      for (int i = 0; i < lists.length; i++) {
        boolean isNearer =
            at[i] < lists[i].length
                && (first < 0 || lists[i][at[i]].rank() < lists[first][at[first]].rank());
        first = isNearer ? i : first;
      }
      return first < 0 ? null : lists[first][at[first]++];
    }
  }

  /** Lower priorities first; then the later layer, and in it the stub that was added later. */
  static final Comparator<Entry> ORDER =
      Comparator.comparingInt((Entry entry) -> entry.stub().priority())
          .thenComparing(Entry::layer, Comparator.reverseOrder())
          .thenComparing(Entry::position, Comparator.reverseOrder());

  /** A stub before it has its rank. */
  record Entry(Stub stub, Stubs.Layer layer, int position) {}
}
