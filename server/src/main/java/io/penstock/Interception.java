package io.penstock;

import io.penstock.api.KeptStubs;
import io.penstock.certificate.Authority;
import io.penstock.certificate.AuthorityWatch;
import io.penstock.certificate.Leaves;
import io.penstock.certificate.Trust;
import io.penstock.control.Keys;
import io.penstock.control.Settings;
import io.penstock.control.Vault;
import io.penstock.dial.Dialer;
import io.penstock.dial.Resolver;
import io.penstock.dial.TlsContext;
import io.penstock.event.EventBatch;
import io.penstock.exchange.Asked;
import io.penstock.exchange.Exchange;
import io.penstock.exchange.Verdict;
import io.penstock.intercept.Admission;
import io.penstock.intercept.Interceptor;
import io.penstock.intercept.Login;
import io.penstock.intercept.Logins;
import io.penstock.inventory.Alert;
import io.penstock.inventory.Inventory;
import io.penstock.inventory.InventoryConfig;
import io.penstock.inventory.InventoryKeeper;
import io.penstock.journal.ExchangeJournal;
import io.penstock.journal.ExchangeReader;
import io.penstock.journal.KeyedHash;
import io.penstock.journal.TelemetryFile;
import io.penstock.json.Json;
import io.penstock.policy.HostPattern;
import io.penstock.policy.Policy;
import io.penstock.policy.Rule;
import io.penstock.profile.Decoder;
import io.penstock.profile.ProfileChoice;
import io.penstock.profile.ProfileFiles;
import io.penstock.profile.Profiles;
import io.penstock.stub.Answer;
import io.penstock.stub.ReferenceSurface;
import io.penstock.stub.StubFolder;
import io.penstock.stub.Stubs;
import io.penstock.upstream.Dialing;
import io.penstock.upstream.Open;
import io.penstock.upstream.Sealed;
import io.penstock.upstream.Upstreams;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The second page of the composition root: what software sends home, from the listeners to the
 * journal. Without a listener it is only what reads exchanges back.
 */
final class Interception implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Interception.class);

  private final InterceptionConfig config;
  private final Path data;
  private final Profiles profiles;
  private final Policy policy;
  private final Stubs stubs;
  private final KeptStubs kept;
  private final StubFolder stubFolder;
  private final ExchangeReader reader;
  private final @Nullable Listening listening;

  /** What there is only where something is listened on; the part built last is closed first. */
  private record Listening(
      AuthorityWatch authorities,
      Leaves leaves,
      Dialing dialing,
      InventoryKeeper inventory,
      ExchangeJournal journal,
      Interceptor interceptor,
      Deque<AutoCloseable> parts) {}

  /** What interception is built from. */
  record Surroundings(
      Path data,
      Keys keys,
      Settings settings,
      Vault vault,
      Resolver resolver,
      IntPredicate isOwnPort,
      Function<EventBatch, CompletableFuture<Long>> log,
      PrintStream console,
      InstantSource clock,
      PrometheusRegistry registry) {}

  Interception(InterceptionConfig config, Surroundings around) throws IOException {
    this.config = config;
    this.data = around.data();
    this.profiles = profiles(config, around);
    this.policy = policy(config, profiles);
    this.stubs =
        new Stubs(
            config.stubs(),
            around.registry(),
            around.clock(),
            new AnyThread(),
            () -> metrics(around.registry()));
    this.kept = new KeptStubs(around.settings(), stubs);
    stubs.replace(Stubs.Layer.BUILT_IN, ReferenceSurface.stubs(false));
    this.stubFolder = new StubFolder(config.stubsFolder().orElse(null), stubs, around.clock());
    this.reader =
        new ExchangeReader(
            config.isEncrypted() ? Optional.of(opener(around.vault())) : Optional.empty());
    this.listening = config.isOn() ? listening(around) : null;
  }

  /** Random numbers for any number of threads. */
  private static final class AnyThread implements RandomGenerator {
    @Override
    public long nextLong() {
      return ThreadLocalRandom.current().nextLong();
    }
  }

  private static Profiles profiles(InterceptionConfig config, Surroundings around) {
    var read = ProfileFiles.read(config.profilesFolder().orElse(null));
    if (!read.problems().isEmpty()) {
      throw new IllegalStateException(
          "profiles cannot be read:\n  "
              + String.join("\n  ", read.problems().stream().map(Object::toString).toList()));
    }
    return new Profiles(read.profiles(), new Decoder(around.registry()), around.clock());
  }

  /** The operator's own rules go before those of the profiles. */
  private static Policy policy(InterceptionConfig config, Profiles profiles) {
    var choice = ProfileChoice.parse(config.profiles(), profiles);
    if (!choice.problems().isEmpty()) {
      throw new IllegalStateException(
          "INTERCEPT_PROFILES: " + String.join("; ", choice.problems()));
    }
    var rules = new ArrayList<Rule>(config.rules());
    rules.addAll(profiles.rules(choice));
    return new Policy(rules, config.unlisted());
  }

  private static ExchangeReader.Opener opener(Vault vault) {
    return (text, place) -> {
      try {
        return vault.open(text, place);
      } catch (Vault.SealedException e) {
        throw new IllegalStateException(e.getMessage(), e);
      }
    };
  }

  private Listening listening(Surroundings around) throws IOException {
    var parts = new ArrayDeque<AutoCloseable>();
    var authorities = new AuthorityWatch(config.authority(), around.clock(), around.registry());
    parts.push(authorities);
    var leaves =
        new Leaves(authorities.current(), config.leaves(), around.clock(), around.registry());
    parts.push(leaves);
    var dialing = dialing(around, parts);
    var upstreams = new Upstreams(config.upstream(), dialing, around.registry());
    parts.push(upstreams);
    var hash = KeyedHash.in(around.data().resolve("redaction.key"));
    var inventory =
        new InventoryKeeper(
            new Inventory(InventoryConfig.DEFAULT, hash.key(), around.clock(), around.registry()),
            around.data().resolve("inventory.json"),
            alerts(around, parts));
    parts.push(inventory);
    var journal = journal(around, hash, inventory);
    parts.push(journal);
    var interceptor =
        new Interceptor(
            config.listening(),
            () -> policy,
            leaves::leaf,
            this::answer,
            upstreams,
            journal,
            logins(around.keys()),
            admission(),
            around.clock(),
            around.registry());
    parts.push(interceptor);
    return new Listening(authorities, leaves, dialing, inventory, journal, interceptor, parts);
  }

  /** Where alerts go beside the log; the operator named it, so the narrow rules do not hold. */
  private Consumer<Alert> alerts(Surroundings around, Deque<AutoCloseable> parts) {
    if (config.alerts().isEmpty() && config.mail().isEmpty()) {
      return _ -> {};
    }
    if (config.isSealed()) {
      LOG.atWarn().log("alerts stay in the log and the api, nothing leaves a sealed server");
      return _ -> {};
    }
    var name = "penstock/" + Main.version();
    var dialer = new Dialer(config.dialParents(), around.resolver(), around.isOwnPort(), name);
    parts.push(dialer);
    try {
      return posts(around, dialer, parts).andThen(mails(around, dialer, parts));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the machine's own roots cannot be read", e);
    }
  }

  private Consumer<Alert> posts(Surroundings around, Dialer dialer, Deque<AutoCloseable> parts)
      throws GeneralSecurityException {
    if (config.alerts().isEmpty()) {
      return _ -> {};
    }
    var posts = new AlertPosts(config.alerts(), dialer, around.registry());
    parts.push(posts);
    posts.start();
    return posts;
  }

  private Consumer<Alert> mails(Surroundings around, Dialer dialer, Deque<AutoCloseable> parts)
      throws GeneralSecurityException {
    if (config.mail().isEmpty()) {
      return _ -> {};
    }
    var tls = TlsContext.besides(null);
    var pace = AlertMails.Pace.DEFAULT;
    var mails = new AlertMails(config.mail().get(), dialer, tls, pace, around.registry());
    parts.push(mails);
    mails.start();
    return mails;
  }

  /** One way out for everything that is forwarded, or none. */
  private Dialing dialing(Surroundings around, Deque<AutoCloseable> parts) {
    if (config.isSealed()) {
      return new Sealed();
    }
    var name = "penstock/" + Main.version();
    var targets = new Dialer(config.dial(), around.resolver(), around.isOwnPort(), name);
    parts.push(targets);
    var parents = new Dialer(config.dialParents(), around.resolver(), around.isOwnPort(), name);
    parts.push(parents);
    return new Open(targets, parents);
  }

  private ExchangeJournal journal(Surroundings around, KeyedHash hash, InventoryKeeper inventory) {
    return ExchangeJournal.of(
        config.journal(),
        hash,
        config.isEncrypted() ? Optional.of(around.vault()::seal) : Optional.empty(),
        around.log(),
        exchange -> seen(exchange, inventory, around.console()),
        around.registry());
  }

  private void seen(Exchange exchange, InventoryKeeper inventory, PrintStream console) {
    inventory.seen(exchange, profiles.explain(exchange));
    if (config.isShown()) {
      console.print(TelemetryFile.console(exchange));
      console.flush();
    }
  }

  /** The operator's stubs, then what the product's client expects. */
  private @Nullable Answer answer(Asked asked, @Nullable String product) {
    var stubbed = stubs.answer(asked, product);
    return stubbed != null || product == null ? stubbed : profiles.answer(asked, product);
  }

  /** A key's text is its password; what stands before it names the program, for the journal. */
  private static Logins logins(Keys keys) {
    return (user, password) ->
        keys.authenticate(password)
            .map(key -> new Login(user.isEmpty() ? key.keyId() : user, key.tenant()))
            .orElse(null);
  }

  private Admission admission() {
    return config.requestsPerMinute() == 0
        ? Admission.OPEN
        : new ClientRates(config.requestsPerMinute());
  }

  void start() {
    if (listening != null) {
      listening.inventory.start();
      listening.journal.start();
      listening.interceptor.start();
      announce(listening);
      listening.authorities.start(authority -> issueBy(listening, authority));
      watchStubs(listening);
      LOG.atInfo()
          .addKeyValue("authority", listening.authorities.current().subject())
          .addKeyValue("sealed", config.isSealed())
          .addKeyValue("rules", policy.rules().size())
          .log("interception is on");
    }
  }

  private void issueBy(Listening now, Authority authority) {
    now.leaves.issueBy(authority);
    tell(now, authority);
  }

  /** Tells the commands beside this server where its proxy is. */
  private void announce(Listening now) {
    long pid = ProcessHandle.current().pid();
    now.parts.push(() -> Running.remove(data, pid));
    tell(now, now.authorities.current());
  }

  private void tell(Listening now, Authority authority) {
    var port = now.interceptor.ports().get(InterceptionConfig.PROXY);
    if (port == null) {
      return;
    }
    var proxy = URI.create("http://127.0.0.1:" + port);
    long pid = ProcessHandle.current().pid();
    try {
      new Running(proxy, pid, Trust.in(authority).pem(), probe()).write(data);
    } catch (IOException e) {
      LOG.atWarn().setCause(e).log("commands beside this server will not find its proxy");
    }
  }

  /**
   * An address that a mock answers, for a look whether all is well; null when nothing is mocked.
   */
  private @Nullable URI probe() {
    for (var rule : policy.rules()) {
      var host = rule.hosts().getFirst();
      if (rule.verdict() == Verdict.MOCK && host.kind() == HostPattern.Kind.EXACT) {
        var path = rule.paths().getFirst().toString().replace("*", "");
        return URI.create("https://" + host.name() + path);
      }
    }
    return null;
  }

  private void watchStubs(Listening now) {
    kept.refresh();
    var watch =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("stubs").factory());
    var _ = watch.scheduleWithFixedDelay(this::refreshStubs, 1, 1, TimeUnit.SECONDS);
    now.parts.push(watch);
  }

  private void refreshStubs() {
    stubFolder.poll();
    try {
      kept.refresh();
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).log("kept stubs are not in use");
    }
  }

  /** What a mock's own page of metrics shows: interception alone. */
  private static String metrics(PrometheusRegistry registry) {
    var out = new ByteArrayOutputStream();
    try {
      ExpositionFormats.init()
          .getPrometheusTextFormatWriter()
          .write(out, registry.scrape(name -> name.startsWith("intercept_")));
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  Stubs stubs() {
    return stubs;
  }

  KeptStubs kept() {
    return kept;
  }

  Optional<InventoryKeeper> inventory() {
    return Optional.ofNullable(listening).map(Listening::inventory);
  }

  ExchangeReader reader() {
    return reader;
  }

  Map<String, @Nullable Object> explain(Exchange exchange) {
    return profiles.explain(exchange).json();
  }

  /** The ports that are listened on, by the name of their listener. */
  Map<String, Integer> ports() {
    return listening == null ? Map.of() : listening.interceptor.ports();
  }

  /** Listeners, rules, and what went out so far, as JSON. */
  Map<String, @Nullable Object> status() {
    var now = listening;
    return Json.object(
        "enabled",
        now != null,
        "sealed",
        config.isSealed(),
        "listeners",
        ports(),
        "unlisted",
        config.unlisted().name().toLowerCase(Locale.ROOT),
        "rules",
        policy.rules().stream().map(Interception::rule).toList(),
        "way_out",
        now == null ? null : wayOut(now.dialing),
        "authority",
        now == null ? null : authority(now.authorities.current()));
  }

  private static Map<String, @Nullable Object> rule(Rule rule) {
    return Json.object(
        "name",
        rule.name(),
        "product",
        rule.product(),
        "hosts",
        rule.hosts().stream().map(Object::toString).toList(),
        "paths",
        rule.paths().stream().map(Object::toString).toList(),
        "methods",
        rule.methods().stream().sorted().toList(),
        "verdict",
        rule.verdict().name().toLowerCase(Locale.ROOT));
  }

  private static Map<String, @Nullable Object> wayOut(Dialing dialing) {
    return Json.object(
        "look_ups", dialing.lookUps(),
        "connects", dialing.connects(),
        "refusals", dialing.refusals());
  }

  private static Map<String, @Nullable Object> authority(Authority authority) {
    return Json.object(
        "subject", authority.subject(),
        "sha256", authority.fingerprint(),
        "not_after", authority.notAfter().toString(),
        "constraints", authority.constraints());
  }

  Profiles profiles() {
    return profiles;
  }

  Optional<Authority> authority() {
    return Optional.ofNullable(listening).map(now -> now.authorities().current());
  }

  @Override
  public void close() {
    if (listening != null) {
      listening.parts.forEach(Interception::close);
    }
  }

  private static void close(AutoCloseable part) {
    try {
      part.close();
    } catch (Exception e) {
      LOG.atError()
          .addKeyValue("part", part.getClass().getSimpleName())
          .setCause(e)
          .log("not closed");
    }
  }
}
