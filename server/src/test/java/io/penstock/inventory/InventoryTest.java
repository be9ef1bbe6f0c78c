package io.penstock.inventory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.penstock.event.Ip;
import io.penstock.exchange.Asked;
import io.penstock.exchange.Exchange;
import io.penstock.exchange.Verdict;
import io.penstock.inventory.Alert.Kind;
import io.penstock.inventory.Difference.Change;
import io.penstock.profile.FieldType;
import io.penstock.profile.Identifier;
import io.penstock.profile.Profiles;
import io.penstock.profile.TestProfiles;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class InventoryTest {

  private static final byte[] KEY = "a key of the test, 32 octets long".getBytes(UTF_8);
  private static final String HOST = "cdn.cribl.io";
  private static final String GUID = "b117a3cd-37e2-4c3d-9f00-0123456789ab";

  private static final InventoryConfig AT_ONCE =
      new InventoryConfig(3, 2, 10, 25, 4, Duration.ZERO, 5, 20, Duration.ofHours(24), 3);

  private final Profiles profiles = TestProfiles.shipped();
  private Instant now = Instant.parse("2026-11-22T10:00:00Z");
  private final InstantSource clock = () -> now;
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private Inventory inventory = new Inventory(InventoryConfig.DEFAULT, KEY, clock, registry);

  @Test
  void everyFieldIsKeptWithTypesCountsAndTimes() {
    send("/telemetry/?v=4.16.1-a&guid=" + GUID + "&pc=9");
    now = now.plusSeconds(60);
    send("/telemetry/?v=4.16.1-a&guid=" + GUID + "&pc=nine");

    var seen = inventory.snapshot().find("default", "cribl", "4.16.1").orElseThrow();

    assertThat(seen.requests()).isEqualTo(2);
    assertThat(seen.hosts()).containsExactly(HOST);
    assertThat(seen.fields())
        .extracting(SeenField::key, SeenField::types, SeenField::values, SeenField::count)
        .containsExactly(
            tuple("query guid", Set.of(FieldType.TEXT), 1, 2L),
            tuple("query pc", Set.of(FieldType.INTEGER, FieldType.TEXT), 2, 2L),
            tuple("query v", Set.of(FieldType.TEXT), 1, 2L));
    assertThat(Duration.between(seen.first(), seen.last())).isEqualTo(Duration.ofSeconds(60));
  }

  @Test
  void anIdentifierIsNeverShownAndWhatNobodyExplainsIsMasked() {
    send("/telemetry/?v=4.16.1-a&guid=" + GUID + "&mystery=Bob-42");

    var snapshot = inventory.snapshot();

    assertThat(new String(snapshot.json(), UTF_8)).doesNotContain(GUID).doesNotContain("Bob");
    assertThat(snapshot.products().getFirst().fields())
        .extracting(SeenField::example)
        .satisfiesExactly(
            guid -> assertThat(guid).matches("hmac:[0-9a-f]{16}"),
            mystery -> assertThat(mystery).isEqualTo("aaa-99"),
            version -> assertThat(version).isEqualTo("4.16.1-a"));
  }

  @Test
  void aSnapshotSurvivesItsFileAndIsContinued() {
    send("/telemetry/?v=4.16.1&guid=" + GUID);
    var file = inventory.snapshot().json();

    var read = Snapshot.parse(file).orElseThrow();
    inventory = new Inventory(InventoryConfig.DEFAULT, KEY, clock, new PrometheusRegistry());
    inventory.restore(read);
    send("/telemetry/?v=4.16.1&guid=" + GUID);

    assertThat(read.json()).isEqualTo(file);
    assertThat(inventory.snapshot().products())
        .singleElement()
        .satisfies(
            seen -> {
              assertThat(seen.requests()).isEqualTo(2);
              assertThat(seen.fields()).allSatisfy(f -> assertThat(f.values()).isEqualTo(1));
            });
  }

  @Test
  void aFileOfSomebodyElsesIsNoSnapshot() {
    send("/telemetry/?v=4.16.1&guid=" + GUID);
    var file = inventory.snapshot().json();
    var random = new Random(5);

    for (int length = 0; length < file.length; length += 7) {
      assertThat(Snapshot.parse(Arrays.copyOf(file, length))).isEmpty();
    }
    for (int round = 0; round < 2_000; round++) {
      var mutated = file.clone();
      mutated[random.nextInt(mutated.length)] = (byte) (32 + random.nextInt(95));
      // Whatever comes of it, nothing is thrown.
      assertThat(Snapshot.parse(mutated)).isNotNull();
    }
  }

  @Test
  void twoVersionsDifferInWhatWasAddedRemovedAndChanged() {
    send("/telemetry/?v=4.16.1&pc=9&old=1");
    send("/telemetry/?v=4.17.0&pc=nine&guid=" + GUID);

    var difference =
        Difference.ofVersions(inventory.snapshot(), "default", "cribl", "4.16.1", "4.17.0");

    assertThat(difference.changes())
        .extracting(Change::kind, Change::field)
        .containsExactly(
            tuple(Difference.Kind.ADDED, "query guid"),
            tuple(Difference.Kind.NEW_IDENTIFIER, "query guid"),
            tuple(Difference.Kind.REMOVED, "query old"),
            tuple(Difference.Kind.TYPE_CHANGED, "query pc"));
  }

  @Test
  void twoDaysDifferInWhatWasSentOnThem() {
    send("/telemetry/?v=4.16.1&a=1");
    now = now.plus(Duration.ofDays(3));
    send("/telemetry/?v=4.16.1&b=1");

    var difference =
        Difference.ofDays(
            inventory.snapshot(),
            "default",
            "cribl",
            LocalDate.parse("2026-11-22"),
            LocalDate.parse("2026-11-25"));

    assertThat(difference.changes())
        .extracting(Change::kind, Change::field)
        .containsExactly(
            tuple(Difference.Kind.REMOVED, "query a"), tuple(Difference.Kind.ADDED, "query b"));
  }

  @Test
  void theSameSnapshotTwiceDoesNotDiffer() {
    send("/telemetry/?v=4.16.1&a=1");

    assertThat(Difference.between(inventory.snapshot(), inventory.snapshot()).isEmpty()).isTrue();
  }

  @Test
  void newHostsAndFieldsAreNewsAfterTheTimeOfLearningAndIdentifiersAlways() {
    var learning = send("/telemetry/?v=4.16.1&guid=" + GUID);
    now = now.plus(Duration.ofHours(2));
    var known = send("/telemetry/?v=4.16.1&guid=" + GUID);
    var field = send("/telemetry/?v=4.16.1&x=1");
    var host = record(Verdict.TUNNEL, TestProfiles.get("new.example", "/"));

    assertThat(learning).extracting(Alert::kind).containsExactly(Kind.IDENTIFIER_SEEN);
    assertThat(known).isEmpty();
    assertThat(field)
        .extracting(Alert::kind, Alert::subject)
        .containsExactly(tuple(Kind.NEW_FIELD, "query x"));
    assertThat(host)
        .extracting(Alert::kind, Alert::subject)
        .containsExactly(tuple(Kind.NEW_HOST, "new.example"));
  }

  @Test
  void aFieldThatNoProfileKnowsButLooksLikeAMailAddressIsAnIdentifier() {
    var alerts = record(Verdict.OBSERVE, TestProfiles.get("unknown.example", "/x?m=a@b.example"));

    assertThat(alerts)
        .singleElement()
        .satisfies(alert -> assertThat(alert.product()).isEqualTo("host:unknown.example"));
    assertThat(inventory.snapshot().products().getFirst().fields().getFirst().identifier())
        .isEqualTo(Identifier.PERSON);
  }

  @Test
  void manyMoreRequestsThanUsualAreOneSpikeAnHour() {
    inventory = new Inventory(AT_ONCE, KEY, clock, new PrometheusRegistry());
    for (int hour = 0; hour < 4; hour++) {
      for (int i = 0; i < 4; i++) {
        send("/telemetry/");
      }
      now = now.plus(Duration.ofHours(1));
    }

    var spikes = new ArrayList<Alert>();
    for (int i = 0; i < 100; i++) {
      spikes.addAll(send("/telemetry/"));
    }

    assertThat(spikes).extracting(Alert::kind).containsExactly(Kind.VOLUME_SPIKE);
  }

  @Test
  void aProductThatStopsSendingIsSilentOnceAndAgainAfterItSpoke() {
    for (int i = 0; i < 10; i++) {
      send("/telemetry/");
      now = now.plusSeconds(60);
    }
    var tooSoon = inventory.silences();
    now = now.plus(Duration.ofHours(25));
    var first = inventory.silences();
    var again = inventory.silences();
    send("/telemetry/");
    now = now.plus(Duration.ofDays(9));

    assertThat(tooSoon).isEmpty();
    assertThat(first).extracting(Alert::kind).containsExactly(Kind.SILENCE);
    assertThat(again).isEmpty();
    assertThat(inventory.silences()).hasSize(1);
  }

  @Test
  void whatIsBeyondTheBoundsIsCountedAndLeftOut() {
    var small = new PrometheusRegistry();
    inventory = new Inventory(AT_ONCE, KEY, clock, small);
    for (int i = 0; i < 9; i++) {
      send("/telemetry/?v=4.16." + i);
      record(Verdict.OBSERVE, TestProfiles.get("h" + i + ".example", "/"));
    }
    for (int i = 0; i < 30; i++) {
      send("/telemetry/?v=4.16.0&f" + i + "=1");
    }

    var snapshot = inventory.snapshot();

    assertThat(snapshot.hosts()).hasSize(4);
    assertThat(snapshot.products()).extracting(SeenProduct::product).hasSizeLessThanOrEqualTo(5);
    assertThat(snapshot.versions("default", "cribl"))
        .extracting(SeenProduct::version)
        .containsExactlyInAnyOrder("4.16.0", "4.16.1", Inventory.OTHER_VERSION);
    assertThat(snapshot.products().stream().mapToInt(seen -> seen.fields().size()).sum())
        .isEqualTo(10);
    assertThat(small.scrape().stream().map(metric -> metric.getMetadata().getName()))
        .contains("intercept_inventory_dropped", "intercept_alerts", "intercept_inventory_fields");
  }

  @Test
  void aFewAreCountedExactlyAndManyNearly() {
    var few = new Cardinality();
    var many = new Cardinality();
    var tooMany = new Cardinality();
    for (int i = 0; i < 10_000; i++) {
      few.add("v" + i % 7, 42);
      many.add("v" + i % 800, 42);
      tooMany.add("v" + i, 42);
    }

    assertThat(few.estimate()).isEqualTo(7);
    assertThat(many.estimate()).isBetween(750, 850);
    assertThat(tooMany.estimate()).isEqualTo(Cardinality.COUNTED_MAX + 1);
    assertThat(Cardinality.parse(many.text()).estimate()).isEqualTo(many.estimate());
    assertThat(Cardinality.parse("nonsense").estimate()).isZero();
  }

  @Test
  void oneTenantDoesNotSeeWhatAnotherSends() {
    send("/telemetry/?v=4.16.1");

    assertThat(inventory.snapshot().of("default").products()).hasSize(1);
    assertThat(inventory.snapshot().of("other").products()).isEmpty();
    assertThat(inventory.snapshot().of("other").hosts()).isEmpty();
  }

  private List<Alert> send(String target) {
    return record(Verdict.OBSERVE, TestProfiles.get(HOST, target));
  }

  private List<Alert> record(Verdict verdict, Asked asked) {
    long nanos = now.getEpochSecond() * 1_000_000_000L;
    var exchange =
        new Exchange(
            new UUID(1, 2),
            "default",
            nanos,
            nanos,
            nanos,
            "proxy",
            new Exchange.Client(Ip.v4(0x7f000001), 1, null),
            verdict,
            "test",
            null,
            asked,
            null,
            null,
            null,
            null,
            null);
    return inventory.record(exchange, profiles.explain(exchange));
  }
}
