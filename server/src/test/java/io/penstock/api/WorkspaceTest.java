package io.penstock.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

final class WorkspaceTest {

  @Test
  void theLargestBatchHasTheRoomToItselfAndTheNextOneWaits() {
    var workspace = new Workspace(1 << 20);
    int first = workspace.take(100 << 20);

    var second = CompletableFuture.supplyAsync(() -> workspace.take(1000));

    assertThat(second).isNotDone();
    workspace.giveBack(first);
    Awaitility.await().until(second::isDone);
    assertThat(second.join()).isPositive();
  }

  @Test
  void smallBatchesShareTheRoom() {
    var workspace = new Workspace(1 << 20);

    for (int i = 0; i < 100; i++) {
      assertThat(workspace.take(1000)).isPositive();
    }
  }
}
