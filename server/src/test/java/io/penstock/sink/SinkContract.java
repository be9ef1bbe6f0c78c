package io.penstock.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.penstock.event.Event;
import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Later;
import io.penstock.sink.Delivery.Taken;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every sink promises to the {@link Shipper}. A test of a sink extends this with a destination
 * that it controls.
 */
public abstract class SinkContract {

  /** A destination under the control of a test. */
  protected interface Stand extends AutoCloseable {

    /** A sink that sends here. */
    Sink sink();

    /** One that soon gives up waiting for a destination that is not there. */
    default Sink impatient() {
      return sink();
    }

    /** A sink that sends here with credentials that are wrong; null where there are none. */
    default Sink stranger() {
      return sink();
    }

    /** Ids of the events that arrived, each as often as it did. */
    List<String> arrived() throws Exception;

    /** Cannot be reached until {@link #up}. */
    void down() throws Exception;

    void up() throws Exception;

    @Override
    void close() throws IOException;
  }

  /** What destinations differ in. */
  protected enum Trait {
    /** Has credentials that can be wrong. */
    KNOWS_WHO_SENDS
  }

  private Stand stand;
  private Sink sink;

  protected abstract Stand stand() throws Exception;

  protected List<Trait> traits() {
    return List.of();
  }

  @BeforeEach
  void open() throws Exception {
    stand = stand();
    sink = stand.sink();
  }

  @AfterEach
  void close() throws Exception {
    sink.close();
    stand.close();
  }

  @Test
  void aBatchArrivesWhole() throws Exception {
    var flows = Flows.of(100);

    var delivery = sink.send(Flows.batch(sink, flows));

    assertThat(delivery).isInstanceOf(Taken.class);
    assertThat(((Taken) delivery).later().isEmpty()).isTrue();
    assertThat(((Taken) delivery).refused()).isEmpty();
    awaitArrived(flows);
  }

  @Test
  void anEventArrivesAlone() throws Exception {
    var flows = Flows.of(1);

    assertThat(sink.send(Flows.batch(sink, flows))).isInstanceOf(Taken.class);

    awaitArrived(flows);
  }

  @Test
  void severalBatchesAreSentAtATime() throws Exception {
    var flows = Flows.of(60);
    var sent = new ArrayList<CompletableFuture<Delivery>>();
    for (int i = 0; i < 6; i++) {
      var batch = Flows.batch(sink, flows.subList(10 * i, 10 * i + 10));
      var result = new CompletableFuture<Delivery>();
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  result.complete(sink.send(batch));
                } catch (InterruptedException | RuntimeException e) {
                  result.completeExceptionally(e);
                }
              });
      sent.add(result);
    }

    for (var result : sent) {
      assertThat(result.get()).isInstanceOf(Taken.class);
    }
    awaitArrived(flows);
  }

  @Test
  void aDestinationThatIsDownAsksForLaterAndTakesTheSameOnceItIsUp() throws Exception {
    try (var impatient = stand.impatient()) {
      var batch = Flows.batch(impatient, Flows.of(10));
      awaitTaken(impatient, Flows.batch(impatient, Flows.of(1)));

      stand.down();
      var whileDown = impatient.send(batch);
      stand.up();

      assertThat(whileDown)
          .isInstanceOfSatisfying(
              Later.class,
              later -> {
                assertThat(later.cause()).isEqualTo(Cause.UNREACHABLE);
                assertThat(later.answer().text()).isNotBlank();
              });
      awaitTaken(impatient, batch);
    }
  }

  private static void awaitTaken(Sink sink, Batch batch) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(sink.send(batch)).isInstanceOf(Taken.class));
  }

  @Test
  void wrongCredentialsAskForAPersonAndLoseNothing() throws Exception {
    assumeThat(traits()).contains(Trait.KNOWS_WHO_SENDS);
    var flows = Flows.of(3);

    Delivery refused;
    try (var stranger = stand.stranger()) {
      refused = stranger.send(Flows.batch(stranger, flows));
    }

    assertThat(refused)
        .isInstanceOfSatisfying(
            Later.class, later -> assertThat(later.cause()).isEqualTo(Cause.CREDENTIALS));
    assertThat(stand.arrived()).isEmpty();
  }

  /** Each id arrived, once. */
  private void awaitArrived(List<Event> flows) {
    var ids = flows.stream().map(Flows::id).toList();
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(stand.arrived()).containsExactlyInAnyOrderElementsOf(ids));
  }
}
