package io.penstock.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.destination.HecChannel.Fate;
import io.penstock.destination.HecChannel.Patience;
import io.penstock.destination.HecChannel.Post;
import io.penstock.destination.HecChannel.Told;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class HecChannelTest {

  private static final Patience PATIENCE =
      new Patience(Duration.ofMillis(2), Duration.ofMillis(10), Duration.ofSeconds(30));

  /** What the indexer says yes to; each once. */
  private final Set<Long> safe = ConcurrentHashMap.newKeySet();

  private final List<List<Long>> questions = new CopyOnWriteArrayList<>();
  private final HecChannel channel = new HecChannel(PATIENCE, this::ask);

  private Told ask(String name, Collection<Long> ids) {
    questions.add(List.copyOf(ids));
    var told = Set.copyOf(ids.stream().filter(safe::remove).toList());
    return new Told.Acknowledged(told);
  }

  private CompletableFuture<Fate> awaited(HecChannel on, Post post, long id) {
    var fate = new CompletableFuture<Fate>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                fate.complete(on.awaitAcknowledged(post, id));
              } catch (InterruptedException e) {
                fate.completeExceptionally(e);
              }
            });
    return fate;
  }

  private CompletableFuture<Fate> awaited(Post post, long id) {
    return awaited(channel, post, id);
  }

  /** Waits until the indexer was asked about a number and has said yes. */
  private void awaitTold(long id) {
    await().until(() -> questions.stream().anyMatch(ids -> ids.contains(id)));
    safe.add(id);
    await().until(() -> !safe.contains(id));
  }

  @Test
  void whatTheIndexerSaysIsSafeIsAcknowledged() {
    var fate = awaited(channel.begin(), 0);

    awaitTold(0);

    assertThat(fate.join()).isEqualTo(Fate.ACKNOWLEDGED);
    assertThat(channel.isRetired()).isFalse();
  }

  @Test
  void yesIsBelievedOnceItCannotBeAboutAnotherPost() {
    var first = awaited(channel.begin(), 0);
    await().until(() -> !questions.isEmpty());
    var second = channel.begin();
    awaitTold(0);
    assertThat(first).isNotDone();

    var ofSecond = awaited(second, 1);

    assertThat(first.join()).isEqualTo(Fate.ACKNOWLEDGED);
    awaitTold(1);
    assertThat(ofSecond.join()).isEqualTo(Fate.ACKNOWLEDGED);
  }

  @Test
  void aNumberThatComesAgainMeansThatAllBeforeIsForgotten() {
    var first = awaited(channel.begin(), 0);
    await().until(() -> !questions.isEmpty());
    var second = channel.begin();
    awaitTold(0);

    var ofSecond = awaited(second, 0);

    assertThat(first.join()).isEqualTo(Fate.FORGOTTEN);
    assertThat(channel.isRetired()).isTrue();
    awaitTold(0);
    assertThat(ofSecond.join()).isEqualTo(Fate.ACKNOWLEDGED);
  }

  @Test
  void aLowerNumberThanBeforeMeansThatAllBeforeIsForgotten() {
    var first = awaited(channel.begin(), 7);
    await().until(() -> !questions.isEmpty());

    var second = awaited(channel.begin(), 2);

    assertThat(first.join()).isEqualTo(Fate.FORGOTTEN);
    awaitTold(2);
    assertThat(second.join()).isEqualTo(Fate.ACKNOWLEDGED);
  }

  @Test
  void aPostWithoutAnAnswerMayHaveTheNumberThatIsWaitedFor() {
    var first = awaited(channel.begin(), 0);
    await().until(() -> !questions.isEmpty());
    var second = channel.begin();
    awaitTold(0);

    channel.unanswered(second);

    assertThat(first.join()).isEqualTo(Fate.FORGOTTEN);
    assertThat(channel.isRetired()).isTrue();
  }

  @Test
  void aPostWithoutAnAnswerCannotHaveAHighNumber() {
    var first = awaited(channel.begin(), 40);
    await().until(() -> !questions.isEmpty());

    channel.unanswered(channel.begin());
    awaitTold(40);

    assertThat(first.join()).isEqualTo(Fate.ACKNOWLEDGED);
  }

  @Test
  void aHighNumberIsBelievedWhileOthersAreUnderWay() {
    var first = awaited(channel.begin(), 40);
    await().until(() -> !questions.isEmpty());
    var second = channel.begin();

    awaitTold(40);

    assertThat(first.join()).isEqualTo(Fate.ACKNOWLEDGED);
    channel.ended(second);
  }

  @Test
  void answersMayOvertakeEachOther() {
    var slow = channel.begin();
    var fast = awaited(channel.begin(), 1);
    await().until(() -> !questions.isEmpty());

    var ofSlow = awaited(slow, 0);
    awaitTold(0);
    awaitTold(1);

    assertThat(ofSlow.join()).isEqualTo(Fate.ACKNOWLEDGED);
    assertThat(fast.join()).isEqualTo(Fate.ACKNOWLEDGED);
    assertThat(channel.isRetired()).isFalse();
  }

  @Test
  void whatIsNotAcknowledgedInTimeIsLateAndItsChannelHasNoMorePosts() throws Exception {
    var shortly = new Patience(Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofMillis(50));
    var impatient = new HecChannel(shortly, this::ask);

    assertThat(impatient.awaitAcknowledged(impatient.begin(), 0)).isEqualTo(Fate.LATE);
    assertThat(impatient.isRetired()).isTrue();
  }

  @Test
  void questionsBecomeRarer() throws Exception {
    var growing = new Patience(Duration.ofMillis(10), Duration.ofHours(1), Duration.ofMillis(400));
    var patient = new HecChannel(growing, this::ask);

    assertThat(patient.awaitAcknowledged(patient.begin(), 0)).isEqualTo(Fate.LATE);
    // After 10, 30, 70, 150, 310 ms at the earliest.
    assertThat(questions).hasSizeBetween(1, 5);
  }

  @Test
  void oneQuestionIsAboutAllThatWait() {
    var slowly = new Patience(Duration.ofMillis(300), Duration.ofSeconds(5), Duration.ofMinutes(1));
    var patient = new HecChannel(slowly, this::ask);
    safe.addAll(List.of(0L, 1L, 2L));

    var first = awaited(patient, patient.begin(), 0);
    var second = awaited(patient, patient.begin(), 1);
    var third = awaited(patient, patient.begin(), 2);

    assertThat(List.of(first.join(), second.join(), third.join())).containsOnly(Fate.ACKNOWLEDGED);
    assertThat(questions).contains(List.of(0L, 1L, 2L)).hasSizeLessThan(3);
  }

  @Test
  void aChannelThatTheIndexerDoesNotKnowHasForgottenEverything() throws Exception {
    var unknown = new HecChannel(PATIENCE, (_, _) -> new Told.UnknownChannel());

    assertThat(unknown.awaitAcknowledged(unknown.begin(), 0)).isEqualTo(Fate.FORGOTTEN);
    assertThat(unknown.isRetired()).isTrue();
  }

  @Test
  void anIndexerThatAcknowledgesNothingSaysSo() throws Exception {
    var never = new HecChannel(PATIENCE, (_, _) -> new Told.Never());

    assertThat(never.awaitAcknowledged(never.begin(), 0)).isEqualTo(Fate.NEVER);
  }
}
