package io.penstock.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.event.Ip;
import io.penstock.event.Nanos;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SeededDayTest {

  private static final Instant NOW = Instant.parse("2026-11-22T15:30:00Z");

  private static List<EventBatch> day(long seed, int events, Instant now) {
    var batches = new ArrayList<EventBatch>();
    try {
      new SeededDay(Networks.load(), seed, events, now).play("default", batches::add);
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts a test", e);
    }
    return batches;
  }

  private static Map<String, List<Event>> byTenant(List<EventBatch> batches) {
    var all = new LinkedHashMap<String, List<Event>>();
    for (var batch : batches) {
      all.computeIfAbsent(batch.tenant(), _ -> new ArrayList<>()).addAll(batch.events());
    }
    return all;
  }

  private static List<Event> events(List<EventBatch> batches) {
    return batches.stream().flatMap(batch -> batch.events().stream()).toList();
  }

  /** Everything of an event, its bytes among it. */
  private static List<Object> content(Event event) {
    return List.of(
        event.idHigh(),
        event.idLow(),
        event.origin(),
        event.startNanos(),
        event.endNanos(),
        event.source(),
        event.destination(),
        event.traffic(),
        extra(event));
  }

  private static String extra(Event event) {
    return new String(event.extra(), StandardCharsets.UTF_8);
  }

  private static List<Event> of(Scene scene, List<Event> events) {
    var mark = "\"demo_scene\":\"" + scene.word() + "\"";
    return events.stream().filter(event -> extra(event).contains(mark)).toList();
  }

  @Test
  void theSameSeedMakesTheSameDayAndAnotherMakesAnother() {
    var day = events(day(7, 3_000, NOW)).stream().map(SeededDayTest::content).toList();
    var again = events(day(7, 3_000, NOW)).stream().map(SeededDayTest::content).toList();
    var other = events(day(8, 3_000, NOW)).stream().map(SeededDayTest::content).toList();

    assertThat(again).isEqualTo(day);
    assertThat(other).doesNotContainAnyElementsOf(day);
  }

  @Test
  void everythingIsLabelledOfTheLastDayAndInTheOrderOfTime() {
    var all = byTenant(day(1, 20_000, NOW));

    assertThat(all).containsOnlyKeys("default", "demo-clinic", "demo-campus");
    for (var events : all.values()) {
      assertThat(events).allSatisfy(SeededDayTest::isOfTheDay);
      // Slots follow each other; in one, and into the next, a long flow may be told of late.
      long latest = 0;
      for (var event : events) {
        long received = event.origin().receivedNanos();
        assertThat(received).isGreaterThan(latest - Duration.ofMinutes(10).toNanos());
        latest = Math.max(latest, received);
      }
    }
  }

  private static void isOfTheDay(Event event) {
    assertThat(extra(event)).startsWith("\"demo\":true");
    assertThat(event.endNanos()).isGreaterThanOrEqualTo(event.startNanos());
    assertThat(event.origin().receivedNanos())
        .isBetween(Nanos.of(NOW.minus(Duration.ofDays(1))), Nanos.of(NOW));
  }

  @Test
  void thereAreAboutAsManyEventsAsAreWantedInBatchesThatAreBounded() {
    var batches = day(1, 60_000, NOW);

    assertThat(events(batches)).hasSizeBetween(59_000, 61_000);
    assertThat(batches).allSatisfy(batch -> assertThat(batch.events()).hasSizeBetween(1, 2_000));
  }

  @Test
  void idsAreUnique() {
    var events = events(day(1, 60_000, NOW));

    assertThat(events.stream().map(event -> List.of(event.idHigh(), event.idLow())).distinct())
        .hasSameSizeAs(events);
  }

  @Test
  void noonIsBusierThanTheNight() {
    var hours = new int[24];
    for (var event : events(day(1, 60_000, NOW))) {
      hours[(int) (event.startNanos() / Duration.ofHours(1).toNanos() % 24)]++;
    }

    assertThat(hours[10]).isGreaterThan(3 * hours[3]);
    assertThat(hours[3]).isPositive();
  }

  @Test
  void everyDeviceHasSeenSomethingAndSaysWhichItIs() {
    var events = events(day(1, 20_000, NOW));

    for (var device : Device.values()) {
      assertThat(events)
          .as(device.id())
          .filteredOn(event -> device.id().equals(event.origin().sourceId()))
          .hasSizeGreaterThan(100)
          .allSatisfy(
              event -> {
                assertThat(event.origin().exporter()).isEqualTo(device.address());
                assertThat(event.origin().protocol()).isEqualTo(device.protocol());
              });
    }
  }

  @Test
  void twelveGigabytesLeaveAtNight() {
    var sent = of(Scene.EXFILTRATION, events(day(1, 20_000, NOW)));

    assertThat(sent.stream().mapToLong(event -> event.source().bytes()).sum())
        .isEqualTo(12_000_000_000L);
    assertThat(sent)
        .allSatisfy(
            event -> {
              assertThat(event.destination().ip())
                  .isEqualTo(Ip.parse(Incidents.DROP).orElseThrow());
              assertThat(Nanos.instant(event.startNanos()))
                  .isBetween("2026-11-22T02:00:00Z", "2026-11-22T04:00:00Z");
            });
  }

  @Test
  void theBeaconComesOnceAMinuteAndHardlyVaries() {
    var times =
        of(Scene.BEACON, events(day(1, 60_000, NOW))).stream()
            .filter(event -> event.destination().port() == 443)
            .mapToLong(event -> event.startNanos() / 1_000_000)
            .sorted()
            .toArray();

    assertThat(times).hasSize(1_430);
    for (int i = 1; i < times.length; i++) {
      assertThat(times[i] - times[i - 1]).isBetween(56_000L, 64_000L);
    }
  }

  @Test
  void theScanTriesEachPortOnceWithoutAnAnswer() {
    var tried = of(Scene.PORT_SCAN, events(day(1, 60_000, NOW)));

    assertThat(tried).hasSize(1_024);
    assertThat(tried.stream().map(event -> event.destination().port()).distinct()).hasSize(1_024);
    assertThat(tried).allSatisfy(event -> assertThat(event.traffic().tcpFlags()).isEqualTo(2));
  }

  @Test
  void aSmallDayHasLessOfEverythingAndYetAllOfIt() {
    var events = events(day(1, SeededDay.EVENTS_MIN, NOW));

    assertThat(events).hasSizeLessThan(1_200);
    Arrays.stream(Scene.values())
        .forEach(scene -> assertThat(of(scene, events)).as(scene.word()).isNotEmpty());
  }

  @Test
  void theListOfIndicatorsNamesThoseWhoAreTalkedTo() {
    assertThat(Incidents.indicators().lines())
        .hasSize(4)
        .anyMatch(line -> line.startsWith(Incidents.CONTROLLER + ","))
        .noneMatch(line -> line.startsWith(Incidents.DROP));
  }
}
