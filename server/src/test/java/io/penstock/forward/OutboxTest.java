package io.penstock.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class OutboxTest {

  private static final InetSocketAddress SENDER =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

  private final Outbox outbox = new Outbox(2 * Outbox.BYTES_MIN);

  private boolean add(int length) {
    var buffer = new byte[length + 2];
    if (length > 0) {
      buffer[1] = (byte) length;
    }
    return outbox.add(SENDER, buffer, 1, length);
  }

  private Outbox.Filled take() throws InterruptedException {
    var taken = outbox.take();
    assertThat(taken).isNotNull();
    return Objects.requireNonNull(taken);
  }

  @Test
  void datagramsComeOutAsTheyWentIn() throws Exception {
    assertThat(add(3)).isTrue();
    assertThat(add(0)).isTrue();
    assertThat(add(5)).isTrue();

    var filled = take();

    assertThat(filled.count()).isEqualTo(3);
    assertThat(filled.payload(2).get()).isEqualTo((byte) 5);
    assertThat(filled.payload(0).remaining()).isEqualTo(3);
    assertThat(filled.payload(1).remaining()).isZero();
    assertThat(filled.sender(0)).isSameAs(SENDER);
  }

  @Test
  void whileOneBufferIsSentTheOtherFillsUpAndThenNothingMoreIsTaken() throws Exception {
    add(1);
    take();

    int added = 0;
    while (add(65_000)) {
      added++;
    }

    assertThat(added).isEqualTo(Outbox.BYTES_MIN / 65_000);
    assertThat(outbox.size()).isEqualTo(added + 1);
    assertThat(take().count()).isEqualTo(added);
    assertThat(outbox.size()).isEqualTo(added);
    assertThat(add(65_000)).isTrue();
  }

  @Test
  void emptyDatagramsHaveALimitToo() {
    int added = 0;
    while (add(0)) {
      added++;
    }

    assertThat(added).isEqualTo(Outbox.BYTES_MIN / 128);
  }

  @Test
  void aBufferIsAsLargeAsBeforeWhenItWasSent() throws Exception {
    add(10);
    var first = take();
    first.payload(0);
    add(10);
    take();

    assertThat(add(60_000)).isTrue();
  }

  @Test
  void whoWaitsIsWokenAndGetsAllThatWasAdded() throws Exception {
    var waiting = new AtomicReference<@Nullable Thread>();
    var taken =
        CompletableFuture.supplyAsync(
            () -> {
              waiting.set(Thread.currentThread());
              try {
                return take().count();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    await()
        .until(
            () -> {
              var thread = waiting.get();
              return thread != null && thread.getState() == Thread.State.WAITING;
            });

    add(1);
    add(2);
    outbox.wake();

    assertThat(counted(taken)).isEqualTo(2);
  }

  private static int counted(CompletableFuture<Integer> taken)
      throws InterruptedException, ExecutionException {
    return taken.get();
  }

  @Test
  void aClosedOneGivesWhatIsInItAndThenNothing() throws Exception {
    add(1);
    outbox.close();

    assertThat(take().count()).isEqualTo(1);
    assertThat(outbox.take()).isNull();
    assertThat(outbox.size()).isZero();
  }
}
