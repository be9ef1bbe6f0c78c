package io.penstock.certificate;

import io.penstock.certificate.LeafMetrics.Outcome;
import io.penstock.certificate.NoLeafException.Reason;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificates of hosts, issued when they are first asked for. Signing takes a fraction of a
 * millisecond of CPU, which is too long for an event loop: it is done by a few threads of its own,
 * once for all who ask for the same host at the same time. The hosts that were asked for last are
 * kept. A certificate is issued anew when two thirds of its life are over; until the new one is
 * there the old one serves.
 *
 * <p>All leaves of a process have one key. It never leaves memory and ends with the process; a key
 * for each host would take as much CPU again and protect nothing: whoever reads one from this
 * process reads them all, and the authority's with them.
 *
 * <p>Who can open connections can ask for any number of hosts. Waiting and signing are bounded;
 * what is beyond fails at once, and is counted. Safe for many threads; {@link #leaf} never blocks.
 */
public final class Leaves implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Leaves.class);

  private static final int NAME_SHOWN_MAX = 80;
  private static final Duration IDLE = Duration.ofMinutes(1);

  private final LeafConfig config;
  private final InstantSource clock;
  private final LeafMetrics metrics;
  private final ThreadPoolExecutor signers;
  private final KeyPair pair = Issuer.keyPair();
  private final SubjectKeyIdentifier keyId = Issuer.keyId(pair.getPublic());

  private final Object lock = new Object();
  // Under the lock, all four. The cache is in the order of use.
  private final LinkedHashMap<String, Leaf> cache = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<String, CompletableFuture<Leaf>> waiting = new HashMap<>();
  private final IssueBudget budget;
  private volatile Authority authority;

  public Leaves(
      Authority authority, LeafConfig config, InstantSource clock, PrometheusRegistry registry) {
    this.authority = authority;
    this.config = config;
    this.clock = clock;
    this.metrics = new LeafMetrics(registry, this::cached, this::waiting);
    this.budget = new IssueBudget(config.perSecondMax(), System.nanoTime());
    this.signers = signers(config);
  }

  /** Has another authority issue from now on; what the one before issued is served no more. */
  public void issueBy(Authority other) {
    synchronized (lock) {
      boolean isSame = authority.chain().equals(other.chain());
      authority = other;
      if (!isSame) {
        cache.clear();
      }
    }
  }

  private static ThreadPoolExecutor signers(LeafConfig config) {
    var number = new AtomicInteger();
    var signers =
        new ThreadPoolExecutor(
            config.threads(),
            config.threads(),
            IDLE.toMillis(),
            TimeUnit.MILLISECONDS,
            new ArrayBlockingQueue<>(config.waitingMax()),
            task -> {
              var thread = new Thread(task, "certificates-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    signers.allowCoreThreadTimeOut(true);
    return signers;
  }

  /**
   * The certificate for a host, at once or when it is signed. Fails with a {@link NoLeafException}.
   *
   * @param host as {@link io.penstock.exchange.HostName} writes it
   */
  public CompletableFuture<Leaf> leaf(String host) {
    try {
      return found(host);
    } catch (NoLeafException e) {
      metrics.refused(e.reason());
      return CompletableFuture.failedFuture(e);
    }
  }

  private CompletableFuture<Leaf> found(String host) throws NoLeafException {
    var now = clock.instant();
    synchronized (lock) {
      var cached = cache.get(host);
      if (cached != null && now.isBefore(cached.notAfter())) {
        if (!now.isBefore(cached.renewAt())) {
          renew(host);
        }
        metrics.asked(Outcome.CACHED);
        return CompletableFuture.completedFuture(cached);
      }
      var shared = waiting.get(host);
      if (shared != null) {
        metrics.asked(Outcome.SHARED);
        return shared.copy();
      }
      var fresh = sign(host, name(host));
      metrics.asked(Outcome.NEW);
      // A copy: whoever gives up waiting does not give up for the others.
      return fresh.copy();
    }
  }

  private GeneralName name(String host) throws NoLeafException {
    var name =
        HostNames.of(host)
            .orElseThrow(() -> new NoLeafException(Reason.NO_HOST, "no host: " + shown(host)));
    if (!authority.permits(host)) {
      throw new NoLeafException(
          Reason.NOT_PERMITTED, "the authority's constraints do not permit " + shown(host));
    }
    var problem = authority.problem(clock.instant());
    if (problem.isPresent()) {
      throw new NoLeafException(Reason.EXPIRED, problem.get());
    }
    return name;
  }

  private static String shown(String host) {
    return host.length() <= NAME_SHOWN_MAX ? host : host.substring(0, NAME_SHOWN_MAX) + "...";
  }

  /** Has a new one made while the old one serves; when that is not possible now, then later. */
  private void renew(String host) {
    if (waiting.containsKey(host)) {
      return;
    }
    try {
      var _ = sign(host, name(host));
    } catch (NoLeafException e) {
      metrics.refused(e.reason());
    }
  }

  private CompletableFuture<Leaf> sign(String host, GeneralName name) throws NoLeafException {
    if (!budget.take(System.nanoTime())) {
      throw new NoLeafException(
          Reason.BUSY, "more than " + config.perSecondMax() + " new hosts a second");
    }
    var future = new CompletableFuture<Leaf>();
    try {
      signers.execute(() -> signed(host, name, future));
    } catch (RejectedExecutionException _) {
      throw new NoLeafException(
          Reason.BUSY, "more than " + config.waitingMax() + " hosts wait for a certificate");
    }
    waiting.put(host, future);
    return future;
  }

  private void signed(String host, GeneralName name, CompletableFuture<Leaf> future) {
    try {
      var issuing = authority;
      var leaf = issue(issuing, host, name);
      keep(leaf, issuing);
      metrics.issued();
      future.complete(leaf);
    } catch (RuntimeException e) {
      // Nothing that a client sends leads here: it is a bug of ours, or of the JDK's providers.
      LOG.atError().setCause(e).addKeyValue("host", host).log("cannot sign a certificate");
      metrics.refused(Reason.FAILED);
      forget(host);
      future.completeExceptionally(
          new NoLeafException(Reason.FAILED, "cannot sign a certificate for " + shown(host)));
    }
  }

  private Leaf issue(Authority authority, String host, GeneralName name) {
    var issuer = authority.issuer();
    var life = issuer.life(clock.instant(), config.life());
    var certificate = issuer.leaf(host, name, pair.getPublic(), keyId, life);
    var chain = new ArrayList<X509Certificate>();
    chain.add(certificate);
    chain.addAll(authority.intermediates());
    var twoThirds =
        Duration.between(life.notBefore(), life.notAfter()).multipliedBy(2).dividedBy(3);
    return new Leaf(host, pair.getPrivate(), chain, life.notBefore().plus(twoThirds));
  }

  /** Keeps it for others, unless another authority issues by now. */
  private void keep(Leaf leaf, Authority issuing) {
    synchronized (lock) {
      waiting.remove(leaf.host());
      if (!issuing.chain().equals(authority.chain())) {
        return;
      }
      cache.put(leaf.host(), leaf);
      while (cache.size() > config.cachedMax()) {
        cache.pollFirstEntry();
        metrics.evicted();
      }
    }
  }

  private void forget(String host) {
    synchronized (lock) {
      waiting.remove(host);
    }
  }

  private int cached() {
    synchronized (lock) {
      return cache.size();
    }
  }

  private int waiting() {
    synchronized (lock) {
      return waiting.size();
    }
  }

  /** Issues no more; who still waits is told so. */
  @Override
  public void close() {
    signers.shutdownNow();
    synchronized (lock) {
      var closed = new NoLeafException(Reason.BUSY, "certificates are not issued any more");
      waiting.values().forEach(future -> future.completeExceptionally(closed));
      waiting.clear();
    }
  }
}
