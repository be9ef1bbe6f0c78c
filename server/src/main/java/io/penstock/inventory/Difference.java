package io.penstock.inventory;

import io.penstock.json.Json;
import io.penstock.profile.Identifier;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What one version, day or inventory sent that another did not.
 *
 * @param changes sorted by product and field
 */
public record Difference(List<Change> changes) {

  public Difference {
    changes = List.copyOf(changes);
  }

  /** What became of a field. */
  public enum Kind {
    ADDED,
    REMOVED,
    /** Its values look different: a number that was a text. */
    TYPE_CHANGED,
    /** It tells somebody apart, and did not before or was not there. */
    NEW_IDENTIFIER
  }

  /**
   * A field that differs. One that is new and an identifier is listed as both.
   *
   * @param before null when it was not there
   * @param after null when it is not there
   */
  public record Change(
      Kind kind,
      String tenant,
      String product,
      String field,
      @Nullable SeenField before,
      @Nullable SeenField after) {

    Map<String, @Nullable Object> json() {
      return Json.object(
          "kind",
          kind.name(),
          "tenant",
          tenant,
          "product",
          product,
          "field",
          field,
          "types_before",
          types(before),
          "types_after",
          types(after),
          "identifier",
          after == null ? null : after.identifier().name(),
          "example",
          after == null ? null : after.example());
    }

    private static @Nullable List<String> types(@Nullable SeenField field) {
      return field == null ? null : field.types().stream().map(Enum::name).sorted().toList();
    }
  }

  /** The same fields, of the same types, and no new identifier. */
  public boolean isEmpty() {
    return changes.isEmpty();
  }

  public List<Map<String, @Nullable Object>> json() {
    return changes.stream().map(Change::json).toList();
  }

  /** Between two inventories, all versions of a product taken together. */
  public static Difference between(Snapshot before, Snapshot after) {
    return between(products(before, _ -> true), products(after, _ -> true));
  }

  /** Between two versions of a product; one that was never seen has no fields. */
  public static Difference ofVersions(
      Snapshot snapshot, String tenant, String product, String before, String after) {
    return between(
        products(only(snapshot, tenant, product, version -> version.equals(before)), _ -> true),
        products(only(snapshot, tenant, product, version -> version.equals(after)), _ -> true));
  }

  /** Between two days, of which the last 64 are known. */
  public static Difference ofDays(
      Snapshot snapshot, String tenant, String product, LocalDate before, LocalDate after) {
    var only = only(snapshot, tenant, product, _ -> true);
    return between(
        products(only, field -> field.days().has(before)),
        products(only, field -> field.days().has(after)));
  }

  private static Snapshot only(
      Snapshot snapshot, String tenant, String product, Predicate<String> version) {
    var products =
        snapshot.versions(tenant, product).stream()
            .filter(seen -> version.test(seen.version()))
            .toList();
    return new Snapshot(snapshot.since(), snapshot.at(), products, List.of());
  }

  /** One product of one tenant. */
  private record Owner(String tenant, String product) implements Comparable<Owner> {
    @Override
    public int compareTo(Owner other) {
      int byTenant = tenant.compareTo(other.tenant);
      return byTenant != 0 ? byTenant : product.compareTo(other.product);
    }
  }

  private static Map<Owner, Map<String, SeenField>> products(
      Snapshot snapshot, Predicate<SeenField> filter) {
    var products = new TreeMap<Owner, Map<String, SeenField>>();
    for (var seen : snapshot.products()) {
      var fields =
          products.computeIfAbsent(new Owner(seen.tenant(), seen.product()), _ -> new TreeMap<>());
      for (var field : seen.fields()) {
        if (filter.test(field)) {
          // The latest version's word on a field stands for the product.
          fields.merge(field.key(), field, (a, b) -> a.last().isAfter(b.last()) ? a : b);
        }
      }
    }
    return products;
  }

  private static Difference between(
      Map<Owner, Map<String, SeenField>> before, Map<Owner, Map<String, SeenField>> after) {
    var changes = new ArrayList<Change>();
    var owners = new TreeSet<>(before.keySet());
    owners.addAll(after.keySet());
    for (var owner : owners) {
      var old = before.getOrDefault(owner, Map.of());
      var now = after.getOrDefault(owner, Map.of());
      var keys = new TreeSet<>(old.keySet());
      keys.addAll(now.keySet());
      for (var key : keys) {
        addChanges(changes, owner, key, old.get(key), now.get(key));
      }
    }
    return new Difference(changes);
  }

  private static void addChanges(
      List<Change> changes,
      Owner owner,
      String key,
      @Nullable SeenField before,
      @Nullable SeenField after) {
    if (after == null) {
      changes.add(change(Kind.REMOVED, owner, key, before, null));
      return;
    }
    if (before == null) {
      changes.add(change(Kind.ADDED, owner, key, null, after));
    } else if (!before.types().equals(after.types())) {
      changes.add(change(Kind.TYPE_CHANGED, owner, key, before, after));
    }
    boolean wasIdentifier = before != null && before.identifier() != Identifier.NONE;
    if (after.identifier() != Identifier.NONE && !wasIdentifier) {
      changes.add(change(Kind.NEW_IDENTIFIER, owner, key, before, after));
    }
  }

  private static Change change(
      Kind kind, Owner owner, String key, @Nullable SeenField before, @Nullable SeenField after) {
    return new Change(kind, owner.tenant(), owner.product(), key, before, after);
  }
}
