package io.penstock.dial;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.dial.Endpoints.Endpoint;
import io.penstock.dial.Endpoints.Order;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EndpointsTest {

  private static final URI A = URI.create("http://a.test");
  private static final URI B = URI.create("http://b.test");

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1000);

  private Endpoints endpoints(Order order, URI... urls) {
    return new Endpoints(List.of(urls), order, nanos::get);
  }

  private void pass(Duration duration) {
    nanos.addAndGet(duration.toNanos());
  }

  private static List<URI> next(Endpoints endpoints, int times) {
    return Stream.generate(endpoints::next)
        .limit(times)
        .map(next -> next.map(Endpoint::url).orElse(URI.create("none")))
        .toList();
  }

  private static void failThrice(Endpoint endpoint) {
    for (int i = 0; i < 3; i++) {
      endpoint.failed();
    }
  }

  @Test
  void hostsTakeTurnsInARound() {
    assertThat(next(endpoints(Order.ROUND, A, B), 4)).containsExactly(A, B, A, B);
  }

  @Test
  void aStickyHostIsKeptUntilItFails() {
    var endpoints = endpoints(Order.STICKY, A, B);
    assertThat(next(endpoints, 3)).containsExactly(A, A, A);

    failThrice(endpoints.all().get(0));

    assertThat(next(endpoints, 3)).containsExactly(B, B, B);
    pass(Duration.ofMinutes(5));
    assertThat(next(endpoints, 2)).containsExactly(B, B);
  }

  @Test
  void aStreakOfFailuresLeavesAHostAloneAndASuccessEndsTheStreak() {
    var endpoints = endpoints(Order.ROUND, A, B);
    var a = endpoints.all().get(0);

    a.failed();
    a.failed();
    a.worked();
    a.failed();
    a.failed();
    assertThat(a.isOpen()).isFalse();
    a.failed();

    assertThat(a.isOpen()).isTrue();
    assertThat(next(endpoints, 3)).containsExactly(B, B, B);
  }

  @Test
  void aHostThatIsLeftAloneIsTriedOnceInAWhileEverMoreRarely() {
    var endpoints = endpoints(Order.ROUND, A);
    var a = endpoints.all().getFirst();
    failThrice(a);

    var pauses =
        Stream.generate(
                () -> {
                  var pause = endpoints.pause();
                  assertThat(endpoints.next()).isEmpty();
                  pass(pause);
                  assertThat(endpoints.next()).isPresent();
                  assertThat(endpoints.next()).as("one try").isEmpty();
                  a.failed();
                  return pause.toSeconds();
                })
            .limit(8)
            .toList();

    assertThat(pauses).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L);
    pass(endpoints.pause());
    endpoints.next().orElseThrow().worked();
    assertThat(next(endpoints, 2)).containsExactly(A, A);
    assertThat(endpoints.pause()).isZero();
  }

  @Test
  void callsThatWereUnderWayDoNotMakeTheWaitLonger() {
    var endpoints = endpoints(Order.ROUND, A);
    var a = endpoints.all().getFirst();

    for (int i = 0; i < 30; i++) {
      a.failed();
    }

    assertThat(endpoints.pause()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void aTryThatNeverTellsIsFollowedByAnother() {
    var endpoints = endpoints(Order.ROUND, A);
    failThrice(endpoints.all().getFirst());
    pass(endpoints.pause());
    assertThat(endpoints.next()).isPresent();

    pass(endpoints.pause());

    assertThat(endpoints.next()).isPresent();
  }
}
