package io.penstock.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.awaitility.Awaitility.await;

import io.penstock.destination.HecChannel.Patience;
import io.penstock.destination.HecReceiver.Stored;
import io.penstock.dial.DialPolicy;
import io.penstock.dial.Dialer;
import io.penstock.dial.HttpLimits;
import io.penstock.event.Event;
import io.penstock.event.EventJson;
import io.penstock.json.Json;
import io.penstock.shape.Schema;
import io.penstock.shape.Shape;
import io.penstock.sink.Batch;
import io.penstock.sink.Delivery;
import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Later;
import io.penstock.sink.Delivery.Refusal;
import io.penstock.sink.Delivery.Split;
import io.penstock.sink.Delivery.Taken;
import io.penstock.sink.Flows;
import io.penstock.sink.Sink;
import io.penstock.sink.SinkContract;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HecSinkTest {

  private static final Shape DOCUMENT =
      (tenant, event, out) -> out.put(EventJson.write(tenant, event));
  private static final Patience PATIENCE =
      new Patience(Duration.ofMillis(5), Duration.ofMillis(50), Duration.ofSeconds(30));
  private static final Patience LITTLE =
      new Patience(Duration.ofMillis(5), Duration.ofMillis(50), Duration.ofMillis(300));

  private final Dialer dialer =
      new Dialer(DialPolicy.DEFAULT, InetAddress::getAllByName, _ -> false, "penstock/1.2.3");
  private final List<HecSink> opened = new ArrayList<>();
  private HecReceiver receiver;

  @BeforeEach
  void listen() throws IOException {
    receiver = new HecReceiver();
  }

  @AfterEach
  void close() throws IOException {
    opened.forEach(HecSink::close);
    receiver.close();
    dialer.close();
  }

  @Nested
  class WithoutAcknowledgement extends Contract {
    @Override
    HecReceiver receiver() throws IOException {
      return new HecReceiver();
    }
  }

  @Nested
  class Acknowledged extends Contract {
    @Override
    HecReceiver receiver() throws IOException {
      return new HecReceiver().acknowledgingAfter(2);
    }
  }

  @Nested
  class Balanced extends Contract {
    @Override
    HecReceiver receiver() throws IOException {
      return new HecReceiver().acknowledgingAfter(1).balancing(3, true);
    }
  }

  abstract static class Contract extends SinkContract {

    abstract HecReceiver receiver() throws IOException;

    @Override
    protected List<Trait> traits() {
      return List.of(Trait.KNOWS_WHO_SENDS);
    }

    @Override
    protected Stand stand() throws Exception {
      var receiver = receiver();
      var dialer =
          new Dialer(DialPolicy.DEFAULT, InetAddress::getAllByName, _ -> false, "penstock/1.2.3");
      return new Stand() {

        @Override
        public Sink sink() {
          return open(dialer, members(receiver.uri()), PATIENCE, DOCUMENT);
        }

        @Override
        public Sink stranger() {
          var members = members(receiver.uri());
          members.put("token", "11111111-2222-3333-4444-555555555555");
          return open(dialer, members, PATIENCE, DOCUMENT);
        }

        @Override
        public List<String> arrived() {
          return receiver.ids();
        }

        @Override
        public void down() throws Exception {
          receiver.down();
        }

        @Override
        public void up() throws IOException {
          receiver.up();
        }

        @Override
        public void close() throws IOException {
          receiver.close();
          dialer.close();
        }
      };
    }
  }

  private static Map<String, @Nullable Object> members(URI... urls) {
    var members = new HashMap<String, @Nullable Object>();
    members.put("urls", List.of(urls).stream().map(URI::toString).toList());
    members.put("token", HecReceiver.TOKEN);
    return members;
  }

  private static HecSink open(
      Dialer dialer, Map<String, @Nullable Object> members, Patience patience, Shape document) {
    if (SinkConfig.read("splunk", members) instanceof SinkConfig.Read.Sound sound
        && sound.config().destination() instanceof HecConfig hec) {
      try {
        return new HecSink(hec, dialer, () -> document, HttpLimits.DEFAULT, patience);
      } catch (java.security.GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
    throw new IllegalArgumentException("not a configuration: " + members);
  }

  private HecSink open(Map<String, @Nullable Object> members, Patience patience) {
    var sink = open(dialer, members, patience, DOCUMENT);
    opened.add(sink);
    return sink;
  }

  private HecSink open(String... namesAndValues) {
    var members = members(receiver.uri());
    for (int i = 0; i < namesAndValues.length; i += 2) {
      members.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return open(members, PATIENCE);
  }

  private static Delivery send(Sink sink, List<Event> flows) throws InterruptedException {
    return sink.send(Flows.batch(sink, flows));
  }

  private static CompletableFuture<Delivery> sending(Sink sink, Batch batch) {
    var sent = new CompletableFuture<Delivery>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                sent.complete(sink.send(batch));
              } catch (InterruptedException | RuntimeException e) {
                sent.completeExceptionally(e);
              }
            });
    return sent;
  }

  /** A word for what became of a batch. */
  private static String outcome(Delivery delivery) {
    return switch (delivery) {
      case Taken taken when !taken.refused().isEmpty() -> "refused";
      case Taken taken when !taken.later().isEmpty() -> "partly";
      case Taken taken when taken.isNearlyFull() -> "barely";
      case Taken _ -> "taken";
      case Later later -> later.cause().name();
      case Split split -> "split " + split.reason();
    };
  }

  private static List<String> ids(List<Event> flows) {
    return flows.stream().map(Flows::id).toList();
  }

  // What is sent

  @Test
  void aBatchIsObjectsOneBehindTheOtherWithTheirEnvelopes() throws Exception {
    var members = members(receiver.uri());
    members.put("extra_fields", Map.of("site", "north", "tier", "1"));
    members.put("source", "a \"quoted\" source");
    var sink = open(members, PATIENCE);
    var flow = Flows.of(2).getLast();

    assertThat(outcome(send(sink, List.of(Flows.of(1).getFirst(), flow)))).isEqualTo("taken");

    assertThat(receiver.asked("/event").getFirst().body())
        .startsWith("{\"time\":")
        .contains("}}{\"time\":");
    assertThat(receiver.stored().getLast())
        .isEqualTo(
            new Stored(
                BigDecimal.valueOf(flow.startNanos() / 1_000, 6),
                flow.origin().exporter().toString(),
                "a \"quoted\" source",
                "telemetry:event",
                "telemetry",
                Map.of("site", "north", "tier", "1"),
                receiver.stored().getLast().event()));
    assertThat(receiver.ids()).contains(Flows.id(flow));
  }

  @Test
  void aHostThatIsConfiguredStandsForTheExporter() throws Exception {
    assertThat(outcome(send(open("host", "collector-1", "index", "main"), Flows.of(1))))
        .isEqualTo("taken");

    assertThat(receiver.stored().getFirst().host()).isEqualTo("collector-1");
    assertThat(receiver.stored().getFirst().index()).isEqualTo("main");
  }

  @Test
  void aRequestSaysWhoSendsItAndKeepsItsConnection() throws Exception {
    var sink = open();

    for (var flow : Flows.of(5)) {
      assertThat(outcome(send(sink, List.of(flow)))).isEqualTo("taken");
    }

    assertThat(receiver.asked("/event"))
        .hasSize(5)
        .allSatisfy(
            asked -> {
              assertThat(asked.line()).isEqualTo("POST /services/collector/event HTTP/1.1");
              assertThat(asked.connection()).isZero();
              assertThat(asked.headers())
                  .contains(
                      entry("user-agent", "penstock/1.2.3"),
                      entry("content-type", "application/json"),
                      entry("authorization", "Splunk " + HecReceiver.TOKEN))
                  .containsKey("content-length");
            });
    // Splunk closes after 12 seconds; whoever sends just then does not know what became of it.
    assertThat(HttpLimits.DEFAULT.idle()).isLessThan(Duration.ofSeconds(12));
  }

  @Test
  void bodiesAreCompressedOnDemand() throws Exception {
    var members = members(receiver.uri());
    members.put("gzip", true);

    assertThat(outcome(send(open(members, PATIENCE), Flows.of(3)))).isEqualTo("taken");

    assertThat(receiver.asked("/event").getFirst().headers())
        .contains(entry("content-encoding", "gzip"));
  }

  // Every code

  @ParameterizedTest
  @CsvSource({
    "0, 200, taken",
    "1, 403, CREDENTIALS",
    "2, 401, CREDENTIALS",
    "3, 401, CREDENTIALS",
    "4, 403, CREDENTIALS",
    "5, 400, FAILING",
    "6, 400, refused",
    "7, 400, CONFIGURATION",
    "8, 500, FAILING",
    "9, 503, BUSY",
    "10, 400, CONFIGURATION",
    "11, 400, FAILING",
    "12, 400, refused",
    "13, 400, refused",
    "14, 400, FAILING",
    "15, 400, refused",
    "16, 400, CONFIGURATION",
    "17, 200, CONFIGURATION",
    "18, 503, BUSY",
    "19, 503, BUSY",
    "20, 503, BUSY",
    "21, 400, CREDENTIALS",
    "22, 400, CREDENTIALS",
    "23, 503, BUSY",
    "24, 200, barely",
    "25, 200, barely",
    "26, 429, BUSY",
    "27, 429, BUSY",
    "28, 400, CONFIGURATION",
    "28, 200, CONFIGURATION"
  })
  void aCodeIsHandledByItsMeaningAndTheEventsArriveAfterIt(int code, int status, String outcome)
      throws Exception {
    var sink = open();
    var flows = Flows.of(1);
    receiver.next(status, answer(code), 1);

    var delivery = send(sink, flows);

    assertThat(outcome(delivery)).isEqualTo(outcome);
    assertThat(delivery.answer().code()).isEqualTo(status);
    assertThat(delivery.answer().text()).contains("(code " + code + ")");
    if (delivery instanceof Later) {
      assertThat(outcome(send(sink, flows))).isEqualTo("taken");
      assertThat(receiver.ids()).isEqualTo(ids(flows));
    }
  }

  private static String answer(int code) {
    return Json.text(Json.object("text", "What it says", "code", code));
  }

  @ParameterizedTest
  @CsvSource({
    "200, '<html>Welcome</html>', CONFIGURATION",
    "200, '', CONFIGURATION",
    "200, '{\"text\":\"Success\"}', taken",
    "302, '', CONFIGURATION",
    "400, '<html>Bad Request</html>', CONFIGURATION",
    "401, '', CREDENTIALS",
    "403, '<html>Forbidden</html>', CREDENTIALS",
    "404, '<html>no backend</html>', FAILING",
    "408, '', BUSY",
    "413, '<html>too large</html>', split payload_too_large",
    "429, '', BUSY",
    "500, '', FAILING",
    "502, '<html>Bad Gateway</html>', FAILING",
    "503, '', BUSY",
    "503, '{\"text\":\"Success\",\"code\":0}', BUSY",
    "504, '', FAILING"
  })
  void aProxyInTheCollectorsPlaceIsNotBelievedAndNothingIsLost(
      int status, String body, String outcome) throws Exception {
    receiver.next(status, body, 1);

    assertThat(outcome(send(open(), Flows.of(2)))).isEqualTo(outcome);
  }

  @Test
  void aRequestThatIsRefusedWithoutAReasonIsHalvedOnceOthersWereTaken() throws Exception {
    var sink = open();
    assertThat(outcome(send(sink, Flows.of(1)))).isEqualTo("taken");
    receiver.next(400, "<html>blocked</html>", 1);

    assertThat(outcome(send(sink, Flows.of(4)))).isEqualTo("split bad_request");
  }

  @Test
  void anAnswerThatShowsOurTokenIsMasked() throws Exception {
    receiver.next(400, "you sent: Authorization: Splunk " + HecReceiver.TOKEN, 1);

    var delivery = send(open(), Flows.of(1));

    assertThat(delivery.answer().text()).contains("Splunk ***").doesNotContain(HecReceiver.TOKEN);
  }

  @Test
  void aDisabledTokenHoldsEverything() throws Exception {
    var sink = open("token", HecReceiver.DISABLED_TOKEN);

    var delivery = send(sink, Flows.of(2));

    assertThat(outcome(delivery)).isEqualTo("CREDENTIALS");
    assertThat(delivery.answer().text()).isEqualTo("Token disabled (code 1)");
    assertThat(receiver.stored()).isEmpty();
  }

  @Test
  void anIndexThatTheTokenMayNotWriteToHoldsEverything() throws Exception {
    var sink = open();
    var flows = Flows.of(2);
    receiver.indexes("main");

    var delivery = send(sink, flows);
    receiver.indexes("telemetry");

    assertThat(outcome(delivery)).isEqualTo("CONFIGURATION");
    assertThat(delivery.answer().text()).isEqualTo("Incorrect index (code 7)");
    assertThat(outcome(send(sink, flows))).isEqualTo("taken");
  }

  // Events at fault

  /** The event in the middle is written so that it cannot be taken. */
  private HecSink writing(String fault, Event at, String onAmbiguous) {
    Shape document =
        (tenant, event, out) -> {
          if (event.equals(at)) {
            out.put(fault);
          } else {
            DOCUMENT.write(tenant, event, out);
          }
        };
    var members = members(receiver.uri());
    members.put("on_ambiguous", onAmbiguous);
    var sink = open(dialer, members, PATIENCE, document);
    opened.add(sink);
    return sink;
  }

  @ParameterizedTest
  @CsvSource({
    "0, false, null, event_field_required",
    "1, false, null, event_field_required",
    "0, true, '\"\"', event_field_blank",
    "1, true, '\"\"', event_field_blank",
    "0, true, '{\"a\":}', invalid_data_format",
    "1, false, '{\"a\":}', invalid_data_format",
    "1, false, '{},\"fields\":{\"a\":{\"b\":1}}', indexed_fields",
  })
  void theEventAtFaultIsRefusedAndNoOtherHoweverTheyAreCounted(
      int first, boolean keeps, String fault, String reason) throws Exception {
    receiver.numberingFrom(first).keepingEventsBeforeFault(keeps);
    var flows = Flows.of(9);
    var sink = writing(fault, flows.get(4), "resend");

    var delivery = (Taken) send(sink, flows);

    assertThat(delivery.refused())
        .extracting(Refusal::index, Refusal::reason)
        .containsExactly(org.assertj.core.groups.Tuple.tuple(4, reason));
    assertThat(delivery.pause()).isNotNull();
    assertThat(delivery.later().get(0, 9).stream()).doesNotContain(4).hasSizeBetween(7, 8);
    var rest = delivery.later().stream().mapToObj(flows::get).toList();
    assertThat(outcome(send(sink, rest))).isEqualTo("taken");
    var others = new ArrayList<>(flows);
    others.remove(4);
    assertThat(new HashSet<>(receiver.ids())).containsAll(ids(others)).hasSize(8);
  }

  @Test
  void eventsBeforeTheOneAtFaultCountAsArrivedWhereThatIsAskedFor() throws Exception {
    receiver.keepingEventsBeforeFault(true);
    var flows = Flows.of(9);
    var sink = writing("null", flows.get(4), "skip");

    var delivery = (Taken) send(sink, flows);

    assertThat(delivery.later().stream()).containsExactly(5, 6, 7, 8);
    assertThat(receiver.ids()).isEqualTo(ids(flows.subList(0, 4)));
  }

  @Test
  void anEventThatIsTooLongIsRefusedAndTheOthersArrive() throws Exception {
    receiver.takingEventsOf(8_000);
    var flows = Flows.of(9);
    var sink = writing("\"" + "x".repeat(9_000) + "\"", flows.getLast(), "resend");

    var delivery = (Taken) send(sink, flows);

    assertThat(delivery.refused()).extracting(Refusal::index).containsExactly(8);
    assertThat(delivery.later().cardinality()).isBetween(7, 8);
  }

  @Test
  void aFaultWithoutANumberIsLookedForByHalving() throws Exception {
    receiver.next(400, answer(6), 1);

    assertThat(outcome(send(open(), Flows.of(4)))).isEqualTo("split invalid_data_format");
  }

  @Test
  void aFaultWithANumberThatIsNoneIsLookedForByHalving() throws Exception {
    receiver.next(400, "{\"text\":\"x\",\"code\":6,\"invalid-event-number\":99999999999}", 1);

    assertThat(outcome(send(open(), Flows.of(4)))).isEqualTo("split invalid_data_format");
  }

  // Too much

  @Test
  void aBodyThatIsTooLongIsSplit() throws Exception {
    receiver.takingBodiesOf(2_000);

    var delivery = send(open(), Flows.of(200));

    assertThat(outcome(delivery)).isEqualTo("split payload_too_large");
    assertThat(delivery.answer().code()).isEqualTo(413);
  }

  @Test
  void whatIsNearlyFullHasTakenEverythingAndAsksForLess() throws Exception {
    receiver.next(200, answer(24), 1);

    var delivery = (Taken) send(open(), Flows.of(3));

    assertThat(delivery.isNearlyFull()).isTrue();
    assertThat(delivery.later().isEmpty()).isTrue();
  }

  @Test
  void anEmptyBatchIsNotSent() throws Exception {
    assertThat(outcome(send(open(), List.of()))).isEqualTo("taken");
    assertThat(receiver.asked()).isEmpty();
  }

  // Acknowledgement

  @Test
  void aBatchIsTakenOnceTheIndexerSaysThatItIsSafe() throws Exception {
    receiver.acknowledgingAfter(3);
    var sink = open();

    assertThat(outcome(send(sink, Flows.of(3)))).isEqualTo("taken");

    assertThat(receiver.asked("/ack")).hasSize(4);
    assertThat(receiver.asked("/ack").getFirst().body()).isEqualTo("{\"acks\":[0]}");
    assertThat(receiver.asked("/ack"))
        .extracting(HecReceiver.Asked::channel)
        .doesNotContainNull()
        .containsOnly(receiver.asked("/event").getFirst().channel());
  }

  @Test
  void whatIsNotAcknowledgedIsSentAgainOverANewChannel() throws Exception {
    receiver.acknowledging(true).losingAcknowledgements(true);
    var sink = open(members(receiver.uri()), LITTLE);
    var flows = Flows.of(2);

    var lost = send(sink, flows);
    receiver.losingAcknowledgements(false);

    assertThat(outcome(lost)).isEqualTo("FAILING");
    assertThat(lost.answer().text()).contains("not acknowledged within", "sticky");
    assertThat(outcome(send(sink, flows))).isEqualTo("taken");
    assertThat(receiver.ids()).containsAll(ids(flows));
    assertThat(receiver.asked("/event"))
        .extracting(HecReceiver.Asked::channel)
        .doesNotHaveDuplicates();
  }

  @Test
  void anAcknowledgementWhoseAnswerIsLostIsNotGivenAgainSoThatTheBatchIs() throws Exception {
    receiver.acknowledging(true).losingAnswers(1);
    var sink = open(members(receiver.uri()), LITTLE);
    var flows = Flows.of(2);

    assertThat(outcome(send(sink, flows))).isEqualTo("FAILING");
    assertThat(outcome(send(sink, flows))).isEqualTo("taken");
  }

  @Test
  void aLiarIsNotBelieved() throws Exception {
    receiver.acknowledging(true).lying(true);
    var sink = open(members(receiver.uri()), LITTLE);
    var flows = Flows.of(2);

    assertThat(outcome(send(sink, flows))).isEqualTo("FAILING");
    receiver.lying(false);

    assertThat(outcome(send(sink, flows))).isEqualTo("taken");
    assertThat(receiver.ids()).isEqualTo(ids(flows));
  }

  @Test
  void anIndexerThatBeginsToCountAgainHasForgottenWhatWaits() throws Exception {
    receiver.acknowledgingAfter(1_000_000);
    var seldom = new Patience(Duration.ofMillis(300), Duration.ofSeconds(9), Duration.ofMinutes(1));
    var sink = open(members(receiver.uri()), seldom);
    var first = sending(sink, Flows.batch(sink, Flows.of(1)));
    await().until(() -> !receiver.asked("/ack").isEmpty());
    receiver.forgetChannels();
    receiver.acknowledgingAfter(0);

    assertThat(outcome(send(sink, Flows.of(2)))).isEqualTo("taken");

    assertThat(outcome(first.get())).isEqualTo("FAILING");
    assertThat(first.get().answer().text()).contains("forgotten");
  }

  @Test
  void aRestartLosesAcknowledgementsAndNoEvents() throws Exception {
    receiver.acknowledgingAfter(1_000_000);
    var sink = open(members(receiver.uri()), LITTLE);
    var flows = Flows.of(1);
    var sent = sending(sink, Flows.batch(sink, flows));
    await().until(() -> !receiver.asked("/ack").isEmpty());

    receiver.restart();
    receiver.acknowledgingAfter(0);

    assertThat(outcome(sent.get())).isEqualTo("FAILING");
    assertThat(outcome(send(sink, flows))).isEqualTo("taken");
  }

  @Test
  void whoeverWaitsForAnAcknowledgementCanBeStopped() throws Exception {
    receiver.acknowledging(true).losingAcknowledgements(true);
    var sink = open();
    var batch = Flows.batch(sink, Flows.of(1));
    var ended = new CompletableFuture<Boolean>();
    var thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    sink.send(batch);
                    ended.complete(false);
                  } catch (InterruptedException _) {
                    ended.complete(true);
                  }
                });
    await().until(() -> receiver.asked("/ack").size() > 1);

    thread.interrupt();

    assertThat(ended.get()).isTrue();
  }

  @Test
  void oneConnectionIsEnoughForManyThatWait() throws Exception {
    receiver.acknowledgingAfter(3);
    var sink = open();
    var sent = new ArrayList<CompletableFuture<Delivery>>();
    var flows = Flows.of(20);
    for (var flow : flows) {
      sent.add(sending(sink, Flows.batch(sink, List.of(flow))));
    }

    for (var one : sent) {
      assertThat(outcome(one.get())).isEqualTo("taken");
    }
    assertThat(receiver.ids()).containsExactlyInAnyOrderElementsOf(ids(flows));
  }

  @Test
  void whereItIsOffNoChannelIsNamedAndATokenThatWantsOneHoldsEverything() throws Exception {
    var sink = open("acknowledgement", "off");
    assertThat(outcome(send(sink, Flows.of(1)))).isEqualTo("taken");
    receiver.acknowledging(true);

    var held = send(sink, Flows.of(1));

    assertThat(outcome(held)).isEqualTo("CONFIGURATION");
    assertThat(held.answer().text()).isEqualTo("Data channel is missing (code 10)");
    assertThat(receiver.asked()).extracting(HecReceiver.Asked::channel).containsOnlyNulls();
    assertThat(receiver.asked("/ack")).isEmpty();
  }

  @Test
  void whereItIsRequiredNothingIsSentToATokenThatDoesNotAcknowledge() throws Exception {
    var sink = open("acknowledgement", "required");
    var flows = Flows.of(2);

    var held = send(sink, flows);
    assertThat(receiver.asked("/event")).isEmpty();
    receiver.acknowledging(true);

    assertThat(outcome(held)).isEqualTo("CONFIGURATION");
    assertThat(held.answer().text()).isEqualTo("ACK is disabled (code 14)");
    assertThat(outcome(send(sink, flows))).isEqualTo("taken");
    assertThat(receiver.ids()).isEqualTo(ids(flows));
  }

  @Test
  void aTokenThatStopsToAcknowledgeIsFollowedWhereThatIsLeftToIt() throws Exception {
    receiver.acknowledging(true).losingAcknowledgements(true);
    var sink = open();
    var flows = Flows.of(1);
    var waiting = sending(sink, Flows.batch(sink, flows));
    await().until(() -> !receiver.asked("/ack").isEmpty());

    receiver.acknowledging(false);

    assertThat(outcome(waiting.get())).isEqualTo("FAILING");
    assertThat(outcome(send(sink, flows))).isEqualTo("taken");
    receiver.acknowledging(true).losingAcknowledgements(false);
    assertThat(outcome(send(sink, flows))).isEqualTo("FAILING");
    assertThat(outcome(send(sink, flows))).isEqualTo("taken");
  }

  @ParameterizedTest
  @ValueSource(ints = {11, 27})
  void aChannelThatIsFullOrNotKnownIsLeft(int code) throws Exception {
    receiver.acknowledging(true);
    var sink = open();
    receiver.next(code == 11 ? 400 : 429, answer(code), 1);

    var first = send(sink, Flows.of(1));

    assertThat(first).isInstanceOf(Later.class);
    assertThat(outcome(send(sink, Flows.of(1)))).isEqualTo("taken");
    assertThat(receiver.asked("/event"))
        .extracting(HecReceiver.Asked::channel)
        .doesNotHaveDuplicates();
  }

  @Test
  void aNewChannelThatIsNotKnownEitherNeedsAPerson() throws Exception {
    receiver.acknowledging(true).next(400, answer(11), 2);
    var sink = open();

    assertThat(outcome(send(sink, Flows.of(1)))).isEqualTo("FAILING");
    assertThat(outcome(send(sink, Flows.of(1)))).isEqualTo("CONFIGURATION");
  }

  @Test
  void cookiesKeepUsAtTheIndexerThatKnowsOurChannel() throws Exception {
    receiver.acknowledgingAfter(1).balancing(2, true);
    var sink = open();

    for (var flow : Flows.of(6)) {
      assertThat(outcome(send(sink, List.of(flow)))).isEqualTo("taken");
    }

    assertThat(receiver.asked().getLast().headers().get("cookie")).contains("channel_cookie=");
    assertThat(receiver.ids()).hasSize(6);
  }

  // Several hosts, and their health

  @Test
  void hostsTakeTurnsEachWithAChannelOfItsOwn() throws Exception {
    try (var second = new HecReceiver().acknowledging(true)) {
      receiver.acknowledging(true);
      var sink = open(members(receiver.uri(), second.uri()), PATIENCE);

      for (var flow : Flows.of(4)) {
        assertThat(outcome(send(sink, List.of(flow)))).isEqualTo("taken");
      }

      assertThat(receiver.ids()).hasSize(2);
      assertThat(second.ids()).hasSize(2);
      assertThat(receiver.asked("/event").getFirst().channel())
          .isNotEqualTo(second.asked("/event").getFirst().channel());
    }
  }

  @Test
  void aHostThatIsDownIsLeftOut() throws Exception {
    try (var second = new HecReceiver()) {
      var sink = open(members(receiver.uri(), second.uri()), PATIENCE);
      receiver.down();
      int refused = 0;
      for (var flow : Flows.of(30)) {
        refused += send(sink, List.of(flow)) instanceof Later ? 1 : 0;
      }

      assertThat(refused).isBetween(1, 10);
      assertThat(second.ids()).hasSize(30 - refused);
    }
  }

  @Test
  void aHostThatShutsDownLeavesItsTurnToAnother() throws Exception {
    try (var second = new HecReceiver()) {
      var sink = open(members(receiver.uri(), second.uri()), PATIENCE);
      receiver.always(503, answer(23)).health(18);
      var flows = Flows.of(1);

      assertThat(outcome(send(sink, flows))).isEqualTo("BUSY");
      assertThat(outcome(send(sink, flows))).isEqualTo("taken");
      assertThat(second.ids()).isEqualTo(ids(flows));
    }
  }

  @ParameterizedTest
  @CsvSource({"18, BUSY", "19, BUSY", "20, BUSY", "21, CREDENTIALS", "22, CREDENTIALS"})
  void aHostThatFailedIsAskedForItsHealthBeforeItGetsEvents(int code, String outcome)
      throws Exception {
    var sink = open();
    var flows = Flows.of(1);
    receiver.next(500, answer(8), 1);
    assertThat(outcome(send(sink, flows))).isEqualTo("FAILING");
    receiver.health(code);

    assertThat(outcome(send(sink, flows))).isEqualTo(outcome);
    assertThat(receiver.asked("/event")).hasSize(1);
    receiver.health(17);

    assertThat(outcome(send(sink, flows))).isEqualTo("taken");
    assertThat(receiver.asked("/health").getFirst().line())
        .isEqualTo("GET /services/collector/health?ack=true HTTP/1.1");
  }

  @Test
  void whenNobodyAnswersTheLastTroubleIsTold() throws Exception {
    var sink = open();
    receiver.down();
    for (int i = 0; i < 5; i++) {
      send(sink, Flows.of(1));
    }

    var delivery = (Later) send(sink, Flows.of(1));

    assertThat(delivery.cause()).isEqualTo(Cause.UNREACHABLE);
    assertThat(delivery.answer().text()).contains("no connection");
    assertThat(delivery.pause()).isPositive();
  }

  @Test
  void aConnectionThatIsResetAfterTheEventsArrivedBringsThemAgain() throws Exception {
    receiver.acknowledging(true).resetting(1, true);
    var sink = open();
    var flows = Flows.of(2);

    assertThat(outcome(send(sink, flows))).isEqualTo("UNREACHABLE");
    assertThat(outcome(send(sink, flows))).isEqualTo("taken");

    assertThat(receiver.ids()).hasSize(4).containsAll(ids(flows));
  }

  @Test
  void anAddressThatMayNotBeConnectedToNeedsAPerson() throws Exception {
    var sink = open(members(URI.create("http://169.254.169.254")), PATIENCE);

    assertThat(outcome(send(sink, Flows.of(1)))).isEqualTo("FORBIDDEN");
  }

  @Test
  void severalPostsUnderWayAreNotConfused() throws InterruptedException, ExecutionException {
    receiver.acknowledging(true).hold();
    var sink = open();
    var flows = Flows.of(8);
    var sent = new ArrayList<CompletableFuture<Delivery>>();
    for (var flow : flows) {
      sent.add(sending(sink, Flows.batch(sink, List.of(flow))));
    }
    await().until(() -> receiver.asked("/event").size() == 8);

    receiver.release();

    for (var one : sent) {
      assertThat(outcome(one.get())).isEqualTo("taken");
    }
    assertThat(receiver.ids()).containsExactlyInAnyOrderElementsOf(ids(flows));
  }

  @Test
  void aSchemaThatIsNotJsonIsRefused() {
    if (SinkConfig.read("splunk", members(receiver.uri())) instanceof SinkConfig.Read.Sound sound
        && sound.config().destination() instanceof HecConfig hec) {
      assertThatThrownBy(() -> new HecSink(hec, Schema.GOFLOW2, () -> DOCUMENT, dialer))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("GOFLOW2");
    }
  }
}
