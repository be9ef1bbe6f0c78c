package io.penstock.inventory;

import io.penstock.json.Json;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import io.penstock.profile.FieldType;
import io.penstock.profile.Identifier;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The inventory at one moment: immutable, printed as JSON and read again.
 *
 * @param since when the inventory began
 * @param products sorted by tenant, product and version
 * @param hosts sorted by tenant and host
 */
public record Snapshot(
    Instant since, Instant at, List<SeenProduct> products, List<SeenHost> hosts) {

  private static final long FORMAT = 1;

  public Snapshot {
    products = List.copyOf(products);
    hosts = List.copyOf(hosts);
  }

  /** A version of a product, if it was ever seen. */
  public Optional<SeenProduct> find(String tenant, String product, String version) {
    return products.stream()
        .filter(
            seen ->
                seen.tenant().equals(tenant)
                    && seen.product().equals(product)
                    && seen.version().equals(version))
        .findFirst();
  }

  /** All that is seen of a product, in the order of its versions' first appearance. */
  public List<SeenProduct> versions(String tenant, String product) {
    return products.stream()
        .filter(seen -> seen.tenant().equals(tenant) && seen.product().equals(product))
        .sorted(Comparator.comparing(SeenProduct::first))
        .toList();
  }

  /** What a tenant may see of it. */
  public Snapshot of(String tenant) {
    return new Snapshot(
        since,
        at,
        products.stream().filter(seen -> seen.tenant().equals(tenant)).toList(),
        hosts.stream().filter(seen -> seen.tenant().equals(tenant)).toList());
  }

  /** For a file, or for the API. */
  public byte[] json() {
    return Json.bytes(
        Json.object(
            "format", FORMAT,
            "since", since.toString(),
            "at", at.toString(),
            "products", products.stream().map(Snapshot::json).toList(),
            "hosts", hosts.stream().map(Snapshot::json).toList()));
  }

  private static Map<String, @Nullable Object> json(SeenProduct seen) {
    return Json.object(
        "tenant", seen.tenant(),
        "product", seen.product(),
        "version", seen.version(),
        "requests", seen.requests(),
        "octets", seen.octets(),
        "first", seen.first().toString(),
        "last", seen.last().toString(),
        "days", days(seen.days()),
        "hosts", seen.hosts(),
        "fields", seen.fields().stream().map(Snapshot::json).toList());
  }

  private static Map<String, @Nullable Object> json(SeenField field) {
    return Json.object(
        "field", field.key(),
        "types", field.types().stream().map(Snapshot::word).sorted().toList(),
        "identifier", word(field.identifier()),
        "known", field.isKnown(),
        "example", field.example(),
        "values", field.values(),
        "sketch", field.sketch(),
        "count", field.count(),
        "first", field.first().toString(),
        "last", field.last().toString(),
        "days", days(field.days()));
  }

  private static Map<String, @Nullable Object> json(SeenHost seen) {
    return Json.object(
        "tenant", seen.tenant(),
        "host", seen.host(),
        "requests", seen.requests(),
        "first", seen.first().toString(),
        "last", seen.last().toString());
  }

  private static List<Object> days(Days days) {
    return List.of(days.last(), Long.toHexString(days.bits()));
  }

  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** Reads what {@link #json} printed; empty when it is not that. */
  public static Optional<Snapshot> parse(byte[] json) {
    try {
      return Optional.of(snapshot(JsonTree.parse(json)));
    } catch (MalformedJsonException
        | ClassCastException
        | NullPointerException
        | DateTimeException
        | IllegalArgumentException
        | IndexOutOfBoundsException e) {
      // A file of somebody else's: which of its parts is wrong does not matter.
      return Optional.empty();
    }
  }

  private static Snapshot snapshot(@Nullable Object tree) {
    var members = new Part(tree);
    if (members.number("format") != FORMAT) {
      throw new IllegalArgumentException("another format");
    }
    return new Snapshot(
        members.instant("since"),
        members.instant("at"),
        members.parts("products").stream().map(Snapshot::product).toList(),
        members.parts("hosts").stream().map(Snapshot::host).toList());
  }

  private static SeenProduct product(Part part) {
    return new SeenProduct(
        part.text("tenant"),
        part.text("product"),
        part.text("version"),
        part.number("requests"),
        part.number("octets"),
        part.instant("first"),
        part.instant("last"),
        part.days(),
        part.texts("hosts"),
        part.parts("fields").stream().map(Snapshot::field).toList());
  }

  private static SeenField field(Part part) {
    var types = EnumSet.noneOf(FieldType.class);
    part.texts("types")
        .forEach(type -> types.add(FieldType.valueOf(type.toUpperCase(Locale.ROOT))));
    return new SeenField(
        part.text("field"),
        types,
        Identifier.valueOf(part.text("identifier").toUpperCase(Locale.ROOT)),
        (boolean) part.get("known"),
        part.text("example"),
        (int) part.number("values"),
        part.text("sketch"),
        part.number("count"),
        part.instant("first"),
        part.instant("last"),
        part.days());
  }

  private static SeenHost host(Part part) {
    return new SeenHost(
        part.text("tenant"),
        part.text("host"),
        part.number("requests"),
        part.instant("first"),
        part.instant("last"));
  }

  /** An object of the text; throws at what is missing or of another type. */
  private record Part(Map<?, ?> members) {

    Part(@Nullable Object tree) {
      this((Map<?, ?>) Objects.requireNonNull(tree));
    }

    Object get(String name) {
      return Objects.requireNonNull(members.get(name));
    }

    String text(String name) {
      return (String) get(name);
    }

    long number(String name) {
      return (Long) get(name);
    }

    Instant instant(String name) {
      return Instant.parse(text(name));
    }

    List<String> texts(String name) {
      var texts = new ArrayList<String>();
      ((List<?>) get(name)).forEach(text -> texts.add((String) Objects.requireNonNull(text)));
      return texts;
    }

    List<Part> parts(String name) {
      var parts = new ArrayList<Part>();
      ((List<?>) get(name)).forEach(part -> parts.add(new Part(part)));
      return parts;
    }

    Days days() {
      var pair = (List<?>) get("days");
      return new Days(
          (Long) Objects.requireNonNull(pair.get(0)),
          Long.parseUnsignedLong((String) Objects.requireNonNull(pair.get(1)), 16));
    }
  }
}
