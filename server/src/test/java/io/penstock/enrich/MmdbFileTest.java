package io.penstock.enrich;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.maxmind.db.Reader;
import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Ip;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import io.penstock.prefix.Prefix;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MmdbFileTest {

  private static final Path GEO = Path.of("../corpus/geo");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GeoIP2-City-Test",
        "GeoIP2-Country-Test",
        "GeoIP2-Enterprise-Test",
        "GeoLite2-City-Test",
        "GeoLite2-Country-Test"
      })
  void everyNetworkOfTheSourceGivesItsPlace(String name) throws IOException {
    var table = GeoTable.load(database(name)).table();

    forEachNetwork(
        name, (ip, record) -> assertThat(table.find(ip)).as("%s", ip).isEqualTo(geo(record)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"GeoLite2-ASN-Test", "GeoIP2-ISP-Test"})
  void everyNetworkOfTheSourceGivesItsAutonomousSystem(String name) throws IOException {
    var table = AsTable.load(database(name)).table();

    forEachNetwork(
        name, (ip, record) -> assertThat(table.find(ip)).as("%s", ip).isEqualTo(as(record)));
  }

  /** First and last address of every network with the record of the innermost network around it. */
  private static void forEachNetwork(String name, BiConsumer<Ip, Map<?, ?>> check)
      throws IOException {
    var networks = new LinkedHashMap<Prefix, Map<?, ?>>();
    for (var element : (List<?>) Objects.requireNonNull(source(name))) {
      for (var entry : ((Map<?, ?>) element).entrySet()) {
        networks.put(
            Prefix.parse(unmapped((String) entry.getKey())).orElseThrow(),
            (Map<?, ?>) entry.getValue());
      }
    }
    assertThat(networks).hasSizeGreaterThan(10);
    for (var network : networks.keySet()) {
      for (var ip : List.of(network.first(), last(network))) {
        var innermost =
            networks.keySet().stream()
                .filter(other -> other.contains(ip))
                .max((a, b) -> Integer.compare(a.bits(), b.bits()))
                .orElseThrow();
        check.accept(ip, networks.get(innermost));
      }
    }
  }

  private static @Nullable Object source(String name) throws IOException {
    try {
      return JsonTree.parse(Files.readAllBytes(GEO.resolve("source-data/" + name + ".json")));
    } catch (MalformedJsonException e) {
      throw new AssertionError(name, e);
    }
  }

  /** Some sources write IPv4 as {@code ::1.2.3.0/120}. */
  private static String unmapped(String network) {
    if (!network.startsWith("::") || !network.contains(".")) {
      return network;
    }
    int slash = network.indexOf('/');
    int bits = Integer.parseInt(network.substring(slash + 1)) - 96;
    return network.substring(2, slash) + "/" + bits;
  }

  private static Ip last(Prefix prefix) {
    return new Ip(
        prefix.first().high() | ~Prefix.highMask(prefix.bits()),
        prefix.first().low() | ~Prefix.lowMask(prefix.bits()));
  }

  private static @Nullable Geo geo(Map<?, ?> record) {
    if (!(record.get("country") instanceof Map<?, ?> country)
        || !(country.get("iso_code") instanceof String code)) {
      return null;
    }
    var location = record.get("location") instanceof Map<?, ?> map ? map : Map.of();
    var city =
        record.get("city") instanceof Map<?, ?> map && map.get("names") instanceof Map<?, ?> names
            ? (String) names.get("en")
            : null;
    return new Geo(
        code,
        city,
        degrees(location.get("latitude")),
        degrees(location.get("longitude")),
        (String) location.get("time_zone"));
  }

  private static double degrees(@Nullable Object text) {
    return text == null ? Double.NaN : Double.parseDouble(text.toString());
  }

  private static @Nullable AutonomousSystem as(Map<?, ?> record) {
    return record.get("autonomous_system_number") instanceof Long number
        ? new AutonomousSystem(number, (String) record.get("autonomous_system_organization"))
        : null;
  }

  static Stream<Path> soundDatabases() throws IOException {
    try (var files = Files.list(GEO.resolve("test-data"))) {
      return files
          .filter(file -> file.toString().endsWith(".mmdb"))
          .filter(
              file -> !file.toString().contains("roken") && !file.toString().contains("Invalid"))
          .sorted()
          .toList()
          .stream();
    }
  }

  /** All record sizes, both address families, with and without a tree of their own for IPv4. */
  @ParameterizedTest
  @MethodSource("soundDatabases")
  void theFlatTableAgreesWithTheReferenceReader(Path file) throws IOException {
    var loaded = MmdbFile.load(file, MmdbFileTest::text).table();
    var random = new Random(7);
    try (var reader = new Reader(file.toFile())) {
      boolean v4Only = reader.getMetadata().ipVersion() == 4;
      var edges = new ArrayList<Ip>();
      loaded.forEach(
          (first, last, _) -> {
            edges.add(first);
            edges.add(last);
          });
      for (int i = 0; i < 5_000; i++) {
        var ip = probe(random, edges, v4Only);
        var expected =
            reader.getRecord(InetAddress.getByAddress(ip.toBytes()), Object.class).data();
        assertThat(loaded.find(ip))
            .as("%s", ip)
            .isEqualTo(expected == null ? null : text(expected));
      }
    }
  }

  /** Data as text; arrays of bytes would show their identity. */
  private static String text(Object data) {
    return data.toString().replaceAll("\\[B@[0-9a-f]+", "(bytes)");
  }

  private static Ip probe(Random random, List<Ip> edges, boolean v4Only) {
    var edge = edges.get(random.nextInt(edges.size()));
    var near = new Ip(edge.high(), edge.low() + random.nextInt(3) - 1);
    var v4 = near.isV4() ? near : Ip.v4(random.nextInt());
    if (v4Only) {
      return v4;
    }
    return switch (random.nextInt(6)) {
      case 0 -> Ip.v4(random.nextInt());
      case 1 -> new Ip(0x2001_0000_0000_0000L | random.nextLong() >>> 16, random.nextLong());
      case 2 -> new Ip(0x2002L << 48 | (v4.v4Bits() & 0xffff_ffffL) << 16, random.nextLong());
      case 3 -> new Ip(0x2001_0000L << 32 | v4.v4Bits() & 0xffff_ffffL, random.nextLong());
      default -> near.high() == 0 && !near.isV4() ? v4 : near;
    };
  }

  static Stream<Path> damagedDatabases() throws IOException {
    try (var bad = Files.walk(GEO.resolve("bad-data"));
        var broken = Files.list(GEO.resolve("test-data"))) {
      return Stream.concat(
          bad.filter(file -> file.toString().endsWith(".mmdb")),
          broken.filter(
              file -> file.toString().contains("roken") || file.toString().contains("Invalid")))
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("damagedDatabases")
  @Timeout(10)
  void aDamagedDatabaseIsRefusedInWordsOrReadWhereItIsSound(Path file) {
    try {
      assertThat(MmdbFile.load(file, Object::toString).entries()).isPositive();
    } catch (IOException refused) {
      assertThat(refused).hasMessageMatching("(?s).{10,}");
    }
  }

  @ParameterizedTest
  @MethodSource("damagedDatabases")
  @Timeout(10)
  void noDamagedDatabaseIsTakenForGeography(Path file) {
    assertThatThrownBy(() -> GeoTable.load(file)).isInstanceOf(IOException.class);
  }

  /** A node whose records point back to it: a walk without a limit would take 2^128 steps. */
  @Test
  void aDatabaseThatWouldTakeTheHeapIsRefusedBeforeItDoes() throws IOException {
    MmdbFile.checkHeap(1_000_000, 192L << 20);

    assertThatThrownBy(() -> MmdbFile.checkHeap(3_000_000, 192L << 20))
        .isInstanceOf(BadTableException.class)
        .hasMessageContaining("PENSTOCK_JAVA_OPTS=-Xmx275m");
  }

  @Test
  void aSearchTreeWithACycleIsRefused(@TempDir Path folder) throws IOException {
    var bytes = Files.readAllBytes(GEO.resolve("test-data/MaxMind-DB-test-ipv6-24.mmdb"));
    Arrays.fill(bytes, 0, 6 * 20, (byte) 0);
    var file = folder.resolve("cyclic.mmdb");
    Files.write(file, bytes);

    assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () ->
            assertThatThrownBy(() -> MmdbFile.load(file, Object::toString))
                .isInstanceOf(BadTableException.class)
                .hasMessageContaining("search tree"));
  }

  /** Damage that the library reports as the failure of a charset. */
  @Test
  void textThatIsNoUtf8IsDamage(@TempDir Path folder) throws IOException {
    var bytes = Files.readAllBytes(database("GeoLite2-Country-Test"));
    // The name of the last map of the file, which is its metadata.
    int at = new String(bytes, StandardCharsets.ISO_8859_1).lastIndexOf("binary_format");
    bytes[at] = (byte) 0xff;
    var file = folder.resolve("latin.mmdb");
    Files.write(file, bytes);

    assertThatThrownBy(() -> MmdbFile.load(file, Object::toString))
        .isInstanceOf(BadTableException.class)
        .hasMessageContaining("damaged database");
  }

  @Test
  void aDatabaseOfAnotherKindIsRefused() {
    assertThatThrownBy(() -> GeoTable.load(database("GeoLite2-ASN-Test")))
        .isInstanceOf(BadTableException.class)
        .hasMessage("no usable record in a database of type GeoLite2-ASN");
  }

  private static Path database(String name) {
    return GEO.resolve("test-data/" + name + ".mmdb");
  }
}
