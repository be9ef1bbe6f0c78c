package io.penstock.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.penstock.certificate.Leaf;
import io.penstock.dial.Authority;
import io.penstock.dial.DialPolicy;
import io.penstock.dial.Dialer;
import io.penstock.dial.Pem;
import io.penstock.exchange.Asked;
import io.penstock.exchange.Exchange;
import io.penstock.exchange.Headers;
import io.penstock.exchange.Verdict;
import io.penstock.intercept.InterceptConfig.Kind;
import io.penstock.intercept.InterceptConfig.Listener;
import io.penstock.policy.HostPattern;
import io.penstock.policy.PathPattern;
import io.penstock.policy.Policy;
import io.penstock.policy.Rule;
import io.penstock.stub.Answer;
import io.penstock.upstream.Dialing;
import io.penstock.upstream.Open;
import io.penstock.upstream.UpstreamConfig;
import io.penstock.upstream.Upstreams;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Every kind of listener on loopback, with all that they need; every name is on loopback, too. */
final class Rig implements AutoCloseable {

  private static final ListAppender<ILoggingEvent> LEAKS = new ListAppender<>();

  static {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    LEAKS.start();
    ((Logger) LoggerFactory.getLogger(ResourceLeakDetector.class)).addAppender(LEAKS);
  }

  /** Nothing is waited for at the end. */
  private static final InterceptConfig BRIEF =
      InterceptConfig.DEFAULT.withTimeouts(
          InterceptConfig.Timeouts.DEFAULT.withDrain(Duration.ofMillis(200)));

  static final String HOST = "mocked.test";

  final Authority authority;
  final List<Exchange> journal = new CopyOnWriteArrayList<>();
  final AtomicInteger lookUps = new AtomicInteger();
  final PrometheusRegistry registry = new PrometheusRegistry();
  final Dialing dialing;
  final Interceptor interceptor;
  volatile boolean takesExchanges = true;
  volatile Answers answers = Rig::echo;
  volatile Policy policy;
  private final Upstreams upstreams;
  private final @Nullable Dialer dialer;
  private final Map<String, CompletableFuture<Leaf>> leaves = new ConcurrentHashMap<>();

  Rig(Rule... rules) {
    this(UnaryOperator.identity(), rules);
  }

  Rig(UnaryOperator<InterceptConfig> change, Rule... rules) {
    this(change, null, authority(), rules);
  }

  /** Which trusts what another one is certified by. */
  Rig(Authority authority, Rule... rules) {
    this(UnaryOperator.identity(), null, authority, rules);
  }

  Rig(
      UnaryOperator<InterceptConfig> change,
      @Nullable Dialing sealed,
      Authority authority,
      Rule... rules) {
    this.authority = authority;
    policy = new Policy(List.of(rules), Verdict.TUNNEL);
    dialer =
        new Dialer(
            DialPolicy.DEFAULT,
            _ -> {
              lookUps.incrementAndGet();
              return new InetAddress[] {InetAddress.getLoopbackAddress()};
            },
            _ -> false,
            "test");
    dialing = sealed == null ? new Open(dialer, dialer) : sealed;
    var trusting =
        new UpstreamConfig(
            Optional.empty(),
            Optional.empty(),
            UpstreamConfig.DEFAULT.noProxy(),
            new UpstreamConfig.Trust(authority.certificatePem(), List.of()),
            List.of(),
            UpstreamConfig.DEFAULT.times(),
            UpstreamConfig.DEFAULT.limits());
    upstreams = new Upstreams(trusting, dialing, registry);
    var listeners = new ArrayList<Listener>();
    for (var kind : Kind.values()) {
      listeners.add(
          Listener.of(
              kind.name(), kind, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
    }
    interceptor =
        new Interceptor(
            change.apply(BRIEF.withListeners(listeners)),
            () -> policy,
            this::leaf,
            (asked, product) -> answers.answer(asked, product),
            upstreams,
            exchange -> takesExchanges && journal.add(exchange),
            (user, password) ->
                password.equals("secret") ? new Login(user, "tenant of " + user) : null,
            (_, host) -> !host.equals("greedy.test"),
            InstantSource.system(),
            registry);
    interceptor.start();
  }

  static Authority authority() {
    try {
      return new Authority("the test's authority");
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** A rule about one host. */
  static Rule rule(String host, Verdict verdict, String... paths) {
    var patterns =
        paths.length == 0
            ? List.of(PathPattern.ANY)
            : List.of(paths).stream().map(path -> PathPattern.parse(path).orElseThrow()).toList();
    return new Rule(
        host + " " + InterceptMetrics.word(verdict),
        "product",
        List.of(HostPattern.parse(host).orElseThrow()),
        patterns,
        Set.of(),
        verdict);
  }

  static Answer echo(Asked asked, @Nullable String product) {
    var body = asked.method() + " " + asked.url() + " " + asked.body().length();
    return answer(200, body);
  }

  static Answer answer(int status, String body) {
    return new Answer(
        "stub", status, Headers.of("X-Stub", "1"), body.getBytes(StandardCharsets.UTF_8));
  }

  private CompletableFuture<Leaf> leaf(String host) {
    return leaves.computeIfAbsent(host, name -> CompletableFuture.supplyAsync(() -> issued(name)));
  }

  private Leaf issued(String host) {
    try {
      var issued = authority.issue(host);
      var chain = Pem.certificates(new ByteArrayInputStream(issued.certificate()));
      return new Leaf(host, issued.keys().getPrivate(), chain, Instant.MAX);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** The exchanges that are journaled, when there are as many. */
  List<Exchange> exchanges(int count) {
    await().until(() -> journal.size() >= count);
    assertThat(journal).hasSize(count);
    return journal;
  }

  int port(Kind kind) {
    return interceptor.ports().getOrDefault(kind.name(), 0);
  }

  /** A client that trusts the authority and asks through the proxy. */
  HttpClient client(HttpClient.Version version) {
    return HttpClient.newBuilder()
        .version(version)
        .proxy(
            ProxySelector.of(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port(Kind.PROXY))))
        .sslContext(trust())
        .connectTimeout(Duration.ofSeconds(10))
        .build();
  }

  SSLContext trust() {
    try {
      var store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      store.setCertificateEntry(
          "ours", Pem.certificates(new ByteArrayInputStream(authority.certificate())).getFirst());
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      var context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    interceptor.close();
    upstreams.close();
    if (dialer != null) {
      dialer.close();
    }
  }

  /** A buffer that nobody released is found by the next one, after it was collected. */
  static void demandNoLeaks() {
    System.gc();
    for (int i = 0; i < 10; i++) {
      ByteBufAllocator.DEFAULT.buffer().release();
    }
    assertThat(LEAKS.list).extracting(ILoggingEvent::getFormattedMessage).isEmpty();
  }
}
