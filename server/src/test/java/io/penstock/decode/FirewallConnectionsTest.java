package io.penstock.decode;

import static io.penstock.decode.Rig.extra;
import static io.penstock.decode.Rig.fields;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.exporters.ExporterId;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Decoding case 60: a firewall's octets count once. Values as a Cisco ASA 9.8 sends them. */
class FirewallConnectionsTest {

  private static final int CREATED = 1;
  private static final int DELETED = 2;
  private static final int UPDATED = 5;

  private final Rig rig = new Rig();

  private Event report(int event, long connection, long bytes, long reverse) {
    return rig.v9(
        fields()
            .number(148, 4, connection)
            .ends()
            .number(233, 1, event)
            .number(231, 4, bytes)
            .number(232, 4, reverse)
            .number(298, 4, bytes / 100)
            .number(299, 4, reverse / 100));
  }

  @Test
  @Tag("case-60")
  void theTotalsOfALongConnectionWereCountedByItsUpdates() {
    report(CREATED, 9, 0, 0);
    var first = report(UPDATED, 9, 2_500, 1_100);
    var second = report(UPDATED, 9, 300, 0);
    var end = report(DELETED, 9, 2_800, 1_100);

    assertThat(first.source().bytes()).isEqualTo(2_500);
    assertThat(first.destination().bytes()).isEqualTo(1_100);
    assertThat(second.source().bytes()).isEqualTo(300);
    assertThat(end.source().bytes()).isZero();
    assertThat(end.source().packets()).isZero();
    assertThat(end.destination().bytes()).isZero();
    assertThat(extra(end))
        .contains("\"bytesAsSent\":2800", "\"packetsAsSent\":28", "\"reverseBytesAsSent\":1100");
    assertThat(extra(second)).doesNotContain("AsSent");
  }

  @Test
  @Tag("case-60")
  void aShortConnectionHasNothingButItsTotals() {
    report(CREATED, 9, 0, 0);
    var end = report(DELETED, 9, 800, 400);

    assertThat(end.source().bytes()).isEqualTo(800);
    assertThat(end.destination().bytes()).isEqualTo(400);
    assertThat(extra(end)).doesNotContain("AsSent");
  }

  @Test
  @Tag("case-60")
  void whatALostUpdateWouldHaveToldIsInTheTotals() {
    report(UPDATED, 9, 1_000, 0);

    assertThat(report(DELETED, 9, 5_000, 700).source().bytes()).isEqualTo(4_000);
  }

  @Test
  @Tag("case-60")
  void anUpdateThatComesAfterTheEndWasInTheTotals() {
    report(UPDATED, 9, 1_000, 0);
    report(DELETED, 9, 1_500, 0);
    var late = report(UPDATED, 9, 500, 0);

    assertThat(late.source().bytes()).isZero();
    assertThat(extra(late)).contains("\"bytesAsSent\":500");
  }

  @Test
  @Tag("case-60")
  void theNumberOfAConnectionMayBeUsedAgain() {
    report(UPDATED, 9, 1_000, 0);
    report(DELETED, 9, 1_000, 0);
    report(CREATED, 9, 0, 0);

    assertThat(report(DELETED, 9, 1_000, 0).source().bytes()).isEqualTo(1_000);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  @Tag("case-60")
  void aConnectionThatWasMadeOrDeniedHasCarriedNothing(int event) {
    var made = report(event, 9, 700, 0);

    assertThat(made.source().bytes()).isEqualTo(Event.ABSENT);
    assertThat(extra(made)).contains("\"bytesAsSent\":700");
  }

  @Test
  @Tag("case-60")
  void ordinaryDeltasCountWhateverTheEvent() {
    // Firewalls that export flows as routers do set the event as well (Palo Alto, Fortinet).
    var event = rig.v9(fields().ends().number(233, 1, CREATED).number(1, 4, 500));

    assertThat(event.source().bytes()).isEqualTo(500);
  }

  @Test
  @Tag("case-60")
  @Tag("case-91")
  void connectionsAreKnownByExporterAndDomain() throws Exception {
    report(UPDATED, 9, 1_000, 0);

    rig.domain = 8;
    assertThat(report(DELETED, 9, 1_000, 0).source().bytes()).isEqualTo(1_000);
    rig.domain = 7;
    rig.from = new InetSocketAddress("127.0.0.2", 4000);
    assertThat(report(DELETED, 9, 1_000, 0).source().bytes()).isEqualTo(1_000);
  }

  @Test
  @Tag("case-91")
  void connectionsAreBounded() {
    var books = new DecodeMetrics(new PrometheusRegistry(), 1).announcements();
    var book =
        new AnnouncementBook(1, Corpus.REGISTRY, OptionsLimits.DEFAULT, SamplingRates.NONE, books);
    var connections = book.of(new ExporterId(Ip.v4(1))).connections();

    for (int i = 0; i < 65_600; i++) {
      connections.updated(7, i, new long[] {100, 1, 100, 1});
    }

    var oldest = new long[] {150, 2, 150, 2};
    connections.ended(7, 63, oldest);
    var kept = new long[] {150, 2, 150, 2};
    connections.ended(7, 64, kept);
    assertThat(books.displacedConnections().get()).isEqualTo(64);
    assertThat(oldest).containsExactly(150, 2, 150, 2);
    assertThat(kept).containsExactly(50, 1, 50, 1);
  }

  @ParameterizedTest
  @CsvSource({
    "1,nat_translation_create",
    "4,nat44_session_create",
    "5,nat44_session_delete",
    "16,port_block_allocation",
    "18,threshold_reached"
  })
  @Tag("case-60")
  void natEventsAreToldByName(int number, String name) {
    var event = rig.ipfix(fields().ends().number(230, 1, number));

    assertThat(extra(event))
        .isEqualTo("\"natEvent\":" + number + ",\"nat_event\":\"" + name + "\"");
  }

  @Test
  @Tag("case-60")
  void aNatEventThatIsNotRegisteredKeepsItsNumber() {
    assertThat(extra(rig.ipfix(fields().ends().number(230, 1, 99)))).isEqualTo("\"natEvent\":99");
  }
}
