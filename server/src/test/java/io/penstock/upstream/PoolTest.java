package io.penstock.upstream;

import static io.penstock.upstream.UpstreamsTest.awaitNoConnections;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.penstock.upstream.Caller.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@Timeout(60)
@ExtendWith(NoLeaks.class)
class PoolTest {

  private static final int LOOPS = 3;
  private static final int REQUESTS = 600;
  private static final int PER_TARGET = 4;
  private static final int TOTAL = 6;

  private static final UpstreamConfig.Limits NARROW =
      new UpstreamConfig.Limits(PER_TARGET, TOTAL, 2, 3, REQUESTS, 100);

  /** Counts who is there at once. */
  private static final class Guests {

    private final AtomicInteger now = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    Origin.Script script() {
      return talk -> {
        int count = now.incrementAndGet();
        most.accumulateAndGet(count, Math::max);
        try {
          Origin.echo(talk);
        } finally {
          now.decrementAndGet();
        }
      };
    }
  }

  @Test
  void everybodyGetsATurnOnWhateverEventLoopAndNobodyMoreThanThereIs() throws IOException {
    var guests = new Guests();
    var group = new MultiThreadIoEventLoopGroup(LOOPS, NioIoHandler.newFactory());
    try (var one = Origin.plain(guests.script());
        var two = Origin.plain(guests.script());
        var three = Origin.plain(guests.script());
        var caller = new Caller(Caller.config(Caller.times(Duration.ofSeconds(30)), NARROW))) {
      var origins = List.of(one, two, three);
      var asked = new ArrayList<CompletableFuture<Answer>>();
      for (int i = 0; i < REQUESTS; i++) {
        var target = new Target("http", "origin.test", origins.get(i % 3).port());
        asked.add(
            caller
                .upstreams
                .request(target, group.next(), Caller.H1)
                .thenCompose(
                    link ->
                        Caller.send(link, Caller.get("origin.test", "/"))
                            .whenComplete((_, _) -> link.release())));
      }

      assertThat(asked.stream().map(Caller::await)).extracting(Answer::status).containsOnly(200);
      // A connection that was closed for another may be seen to go a moment after that has come.
      assertThat(guests.most.get()).isLessThanOrEqualTo(2 * TOTAL);
      assertThat(caller.metric("intercept_upstream_connections")).isLessThanOrEqualTo(2 * TOTAL);
      caller.upstreams.close();
      awaitNoConnections(caller);
    } finally {
      group.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  @Test
  void cancelledRequestsLeaveNothingBehind() throws IOException {
    try (var origin = Origin.plain(Origin::echo);
        var caller = new Caller(Caller.config(Caller.times(Duration.ofSeconds(30)), NARROW))) {
      var target = new Target("http", "origin.test", origin.port());
      for (int i = 0; i < 100; i++) {
        caller.forgo(caller.upstreams.request(target, caller.loop, Caller.H1));
      }

      assertThat(caller.ask(target, Caller.H1, "/").status()).isEqualTo(200);
      caller.upstreams.close();
      awaitNoConnections(caller);
    }
  }

  @Test
  void closedThereIsNoMore() throws IOException {
    try (var origin = Origin.plain(Origin::echo);
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      var target = new Target("http", "origin.test", origin.port());
      caller.ask(target, Caller.H1, "/");
      caller.upstreams.close();

      assertThat(caller.upstreams.request(target, caller.loop, Caller.H1))
          .failsWithin(Duration.ofSeconds(5));
      assertThat(caller.upstreams.raw(target, caller.loop)).failsWithin(Duration.ofSeconds(5));
      awaitNoConnections(caller);
    }
  }
}
