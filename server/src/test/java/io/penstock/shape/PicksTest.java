package io.penstock.shape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.event.Event;
import io.penstock.event.Events;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PicksTest {

  private static final List<Event> EVENTS = new Events(3).batch("acme", 20_000).events();

  private static Picks picks(Schema schema, @Nullable String filter, int sampling) {
    return new Picks(new Selection(schema, filter, Set.of(), Set.of(), sampling));
  }

  @Test
  void withoutAFilterEveryEventIsTaken() {
    assertThat(EVENTS).allMatch(new Picks(Selection.ALL)::takes);
    assertThat(EVENTS).allMatch(picks(Schema.ECS, " ", 1)::takes);
  }

  @Test
  void theFilterDecides() {
    var picks = picks(Schema.TELEMETRY, "dst_port < 1024", 1);

    assertThat(EVENTS)
        .allMatch(
            event -> {
              int port = event.destination().port();
              return picks.takes(event) == (port != Event.ABSENT && port < 1024);
            });
  }

  @Test
  void oneEventOfSoManyIsTakenAndTheSameOnesAgain() {
    var taken = EVENTS.stream().filter(picks(Schema.TELEMETRY, null, 10)::takes).toList();

    assertThat(taken).hasSizeBetween(1_800, 2_200);
    assertThat(taken).allMatch(picks(Schema.TELEMETRY, null, 10)::takes);
  }

  @Test
  void idsThatCountUpAreSampledEvenly() {
    var event = EVENTS.getFirst();
    var picks = picks(Schema.TELEMETRY, null, 4);
    int taken = 0;
    for (long id = 0; id < 10_000; id++) {
      taken += picks.takes(withId(event, id)) ? 1 : 0;
    }

    assertThat(taken).isBetween(2_300, 2_700);
  }

  private static Event withId(Event event, long low) {
    return new Event(
        0x018bcfe568007000L,
        low,
        event.kind(),
        event.origin(),
        event.startNanos(),
        event.endNanos(),
        event.source(),
        event.destination(),
        event.traffic(),
        event.quirks(),
        event.extra(),
        event.enrichment());
  }

  @Test
  void whatASchemaHasNoPlaceForIsNotTaken() {
    assertThat(EVENTS)
        .allMatch(
            event -> picks(Schema.OCSF, null, 1).takes(event) == (event.kind() == Event.Kind.FLOW));
  }

  @Test
  void aFilterThatIsNoneIsRefusedWithItsPlace() {
    assertThatThrownBy(() -> picks(Schema.ECS, "dst_port = ", 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the filter is wrong at character ");
  }
}
