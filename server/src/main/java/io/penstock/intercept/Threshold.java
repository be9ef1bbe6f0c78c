package io.penstock.intercept;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.penstock.exchange.Verdict;
import io.penstock.intercept.InterceptConfig.Kind;
import io.penstock.intercept.InterceptMetrics.Refusal;
import io.penstock.policy.Decision;
import org.jspecify.annotations.Nullable;

/** What every request of a connection has to pass: who asks, how much, of whom; then the policy. */
final class Threshold {

  private static final String MOCK_LISTENER = "mock listener";

  private final Means means;
  private final Incoming from;

  Threshold(Means means, Incoming from) {
    this.means = means;
    this.from = from;
  }

  /**
   * Why a request is refused whatever the policy says.
   *
   * @param status as HTTP says it
   */
  record Objection(Refusal reason, int status, String why) {}

  /** Counts what it refuses; null when nothing stands against the request. */
  @Nullable Objection objection(HttpRequest request, Head head) {
    if (from.isOpenProxy() && !isLoggedIn(request)) {
      return refused(Refusal.LOGIN, 407, "who are you?");
    }
    return objection(head.host(), head.port());
  }

  @Nullable Objection objection(String host, int port) {
    if (from.kind() != Kind.MOCK && means.own.isOwn(host, port)) {
      return refused(Refusal.LOOP, 508, "that is this proxy itself");
    }
    if (means.isJournalMissing()) {
      return refused(Refusal.JOURNAL, 503, "the journal takes nothing");
    }
    return means.admission.take(from.ip, host)
        ? null
        : refused(Refusal.RATE, 429, "too many requests");
  }

  private Objection refused(Refusal reason, int status, String why) {
    means.metrics.refused(reason);
    return new Objection(reason, status, why);
  }

  private boolean isLoggedIn(HttpRequest request) {
    var given = request.headers().get(HttpHeaderNames.PROXY_AUTHORIZATION);
    if (given != null) {
      from.login = ProxyLogin.check(given, means.logins);
    }
    return from.login != null || !means.config.requiresLogin();
  }

  /**
   * What is done with a request: the strictest of what is done for each host that it may be for.
   */
  Decision decision(Head head) {
    var policy = means.policy.get();
    var decision = policy.request(head.host(), head.method(), head.path());
    for (var host : from.hosts()) {
      if (!host.equals(head.host())) {
        decision = Strictness.stricter(decision, policy.request(host, head.method(), head.path()));
      }
    }
    if (from.kind() != Kind.MOCK || decision.verdict() == Verdict.MOCK) {
      return decision;
    }
    return new Decision(Verdict.MOCK, MOCK_LISTENER, decision.product());
  }

  /** How much of its bodies is kept: nothing where no rule asked to look. */
  int captured(Decision decision) {
    boolean isSeen =
        switch (decision.verdict()) {
          case MOCK, BLOCK -> true;
          case OBSERVE -> decision.isOfRule();
          case TUNNEL -> false;
        };
    return isSeen ? means.config.limits().captureBytes() : 0;
  }
}
