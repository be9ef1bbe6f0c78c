package io.penstock;

import io.penstock.certificate.CaConfig;
import io.penstock.certificate.LeafConfig;
import io.penstock.config.Environment;
import io.penstock.config.Secret;
import io.penstock.control.Tenant;
import io.penstock.dial.DialPolicy;
import io.penstock.dial.Identity;
import io.penstock.exchange.Verdict;
import io.penstock.intercept.InterceptConfig;
import io.penstock.intercept.InterceptConfig.Kind;
import io.penstock.intercept.InterceptConfig.Limits;
import io.penstock.intercept.InterceptConfig.Listener;
import io.penstock.intercept.InterceptConfig.Timeouts;
import io.penstock.journal.JournalConfig;
import io.penstock.journal.Overflow;
import io.penstock.policy.HostPattern;
import io.penstock.policy.PathPattern;
import io.penstock.policy.Rule;
import io.penstock.prefix.Prefix;
import io.penstock.stub.StubConfig;
import io.penstock.upstream.NoProxy;
import io.penstock.upstream.ParentProxy;
import io.penstock.upstream.UpstreamConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an operator sets of interception.
 *
 * @param profiles which products, and what is done with what they send, as {@code
 *     INTERCEPT_PROFILES} says it
 * @param profilesFolder profiles of the operator's own
 * @param rules of the operator's own, asked before those of the profiles
 * @param unlisted what is done with hosts that nothing is said of
 * @param isSealed whether nothing may be looked up or connected to
 * @param dial where programs may be forwarded to
 * @param stubsFolder stubs in files
 * @param isEncrypted whether the details of exchanges are sealed in the journal
 * @param isShown whether exchanges are shown on the console as they come
 * @param requestsPerMinute of one client; 0 for any number
 * @param alerts where alerts are posted beside the log
 * @param mail where they are mailed
 */
record InterceptionConfig(
    InterceptConfig listening,
    CaConfig authority,
    LeafConfig leaves,
    UpstreamConfig upstream,
    DialPolicy dial,
    DialPolicy dialParents,
    StubConfig stubs,
    Optional<Path> stubsFolder,
    JournalConfig journal,
    String profiles,
    Optional<Path> profilesFolder,
    List<Rule> rules,
    Verdict unlisted,
    boolean isSealed,
    boolean isEncrypted,
    boolean isShown,
    int requestsPerMinute,
    AlertPosts.Config alerts,
    Optional<MailConfig> mail) {

  /** Name of the listener that is a forward proxy. */
  static final String PROXY = "proxy";

  private static final String CLIENT_CERTIFICATES = "UPSTREAM_CLIENT_CERTIFICATES";

  private static final int CLIENT_CERTIFICATES_MAX = 100;

  /** What is done with unlisted hosts. */
  private enum Unlisted {
    TUNNEL,
    BLOCK
  }

  /** Reads everything; what is wrong is in {@link Environment#problems}. */
  static InterceptionConfig from(Environment env, Path data) {
    var unlisted = env.choice(Unlisted.TUNNEL, "INTERCEPT_UNLISTED");
    return new InterceptionConfig(
        listening(env),
        CaConfig.from(env, data),
        LeafConfig.STANDARD,
        upstream(env),
        dial(env),
        DialPolicy.from(env),
        StubConfig.DEFAULT,
        env.path("STUBS_FOLDER"),
        journal(env),
        env.text("INTERCEPT_PROFILES").orElse(""),
        env.path("PROFILES_FOLDER"),
        rules(env),
        unlisted == Unlisted.BLOCK ? Verdict.BLOCK : Verdict.TUNNEL,
        env.flag(false, "INTERCEPT_SEALED"),
        env.flag(false, "JOURNAL_ENCRYPTED"),
        env.flag(false, "INTERCEPT_CONSOLE"),
        (int) env.number(0, 0, 1_000_000_000, "INTERCEPT_RATE_LIMIT_PER_MIN"),
        new AlertPosts.Config(uri(env, "ALERT_WEBHOOK_URL"), uri(env, "ALERT_SLACK_URL")),
        MailConfig.from(env));
  }

  private static Optional<URI> uri(Environment env, String name) {
    return env.text(name).flatMap(text -> uri(env, name, text));
  }

  private static Optional<URI> uri(Environment env, String name, String text) {
    try {
      var uri = new URI(text);
      if (List.of("http", "https").contains(uri.getScheme()) && uri.getHost() != null) {
        return Optional.of(uri);
      }
    } catch (URISyntaxException _) {
      // Told below, as for an address of another kind.
    }
    env.problem(name, "expected an http or https address");
    return Optional.empty();
  }

  /** Whether anything is listened on. */
  boolean isOn() {
    return !listening.listeners().isEmpty();
  }

  private static InterceptConfig listening(Environment env) {
    var host = env.text("PROXY_HOST").orElse("127.0.0.1");
    var listeners = new ArrayList<Listener>();
    listener(env, PROXY, Kind.PROXY, host, "PROXY_PORT").ifPresent(listeners::add);
    listener(env, "socks", Kind.SOCKS, host, "SOCKS_PORT").ifPresent(listeners::add);
    listener(env, "mock", Kind.MOCK, host, "MOCK_PORT").ifPresent(listeners::add);
    var reverseHost = env.text("REVERSE_HOST");
    for (var port : env.list("REVERSE_PORTS")) {
      reverse(env, host, port, reverseHost).ifPresent(listeners::add);
    }
    boolean requiresLogin = env.flag(false, "PROXY_AUTH");
    if (!requiresLogin && !isLoopback(host) && !listeners.isEmpty()) {
      env.warning(
          "PROXY_HOST=%s lets everybody who reaches it use the proxy: set PROXY_AUTH=true"
              .formatted(host));
    }
    return InterceptConfig.DEFAULT
        .withListeners(listeners)
        .withLimits(limits(env))
        .withTimeouts(Timeouts.DEFAULT)
        .withRequired(requiresLogin, overflow(env) == Overflow.REFUSE)
        .withVia(env.text("PROXY_VIA"))
        .withTenant(env.text("PROXY_TENANT").orElse(Tenant.DEFAULT));
  }

  private static boolean isLoopback(String host) {
    return host.equals("localhost") || host.startsWith("127.") || host.equals("::1");
  }

  private static Optional<Listener> listener(
      Environment env, String name, Kind kind, String host, String variable) {
    return env.text(variable).isEmpty()
        ? Optional.empty()
        : Optional.of(Listener.of(name, kind, new InetSocketAddress(host, env.port(0, variable))));
  }

  /** {@code 443}, or {@code 8443:443} where requests go on to another port than they came to. */
  private static Optional<Listener> reverse(
      Environment env, String host, String text, Optional<String> named) {
    var parts = text.split(":", -1);
    try {
      int port = port(parts[0]);
      int towards = parts.length == 2 ? port(parts[1]) : 0;
      if (parts.length <= 2) {
        return Optional.of(
            new Listener(
                "reverse-" + parts[0],
                Kind.REVERSE,
                new InetSocketAddress(host, port),
                named,
                towards));
      }
    } catch (NumberFormatException _) {
      // Told below, as for three parts.
    }
    env.problem("REVERSE_PORTS", "expected ports like 443 or 8443:443, not '" + text + "'");
    return Optional.empty();
  }

  private static int port(String text) {
    int port = Integer.parseInt(text.strip());
    if (port < 0 || port > 65_535) {
      throw new NumberFormatException("no port: " + port);
    }
    return port;
  }

  private static Limits limits(Environment env) {
    var standard = Limits.DEFAULT;
    return standard
        .withConnections(
            (int) env.number(standard.connections(), 1, 1_000_000, "PROXY_CONNECTIONS_MAX"),
            (int)
                env.number(
                    standard.connectionsPerAddress(),
                    1,
                    1_000_000,
                    "PROXY_CONNECTIONS_PER_ADDRESS_MAX"),
            standard.handshakes())
        .withBodies(
            standard.mockBodyBytes(),
            (int) env.bytes(standard.captureBytes(), 0, 16 << 20, "INTERCEPT_BODY_BYTES_KEPT"));
  }

  private static Overflow overflow(Environment env) {
    return env.choice(Overflow.DROP, "JOURNAL_OVERFLOW");
  }

  private static JournalConfig journal(Environment env) {
    var standard = JournalConfig.DEFAULT;
    return new JournalConfig(
        (int) env.number(standard.waitingMax(), 16, 10_000_000, "JOURNAL_WAITING_MAX"),
        env.bytes(standard.waitingBytesMax(), 1 << 20, 1L << 40, "JOURNAL_WAITING_BYTES_MAX"),
        standard.batchMax(),
        overflow(env),
        standard.stopWithin());
  }

  /**
   * Whom a client of the proxy may reach is narrower than where this server may send: it must not
   * get at this machine and its network through the proxy, unless the operator says so.
   */
  private static DialPolicy dial(Environment env) {
    var allow = new ArrayList<Prefix>();
    for (var entry : env.list("INTERCEPT_ALLOW")) {
      Prefix.parse(entry)
          .ifPresentOrElse(
              allow::add,
              () ->
                  env.problem(
                      "INTERCEPT_ALLOW",
                      "expected addresses or networks like 10.0.0.0/8, not '" + entry + "'"));
    }
    var policy = DialPolicy.from(env);
    return new DialPolicy(allow, policy.deny()).publicOnly();
  }

  private static UpstreamConfig upstream(Environment env) {
    var standard = UpstreamConfig.DEFAULT;
    return new UpstreamConfig(
        parent(env, "UPSTREAM_HTTP_PROXY"),
        parent(env, "UPSTREAM_HTTPS_PROXY"),
        env.text("UPSTREAM_NO_PROXY").map(text -> noProxy(env, text)).orElse(NoProxy.NONE),
        new UpstreamConfig.Trust(authorities(env), insecure(env)),
        shown(env),
        standard.times(),
        standard.limits());
  }

  private static Optional<ParentProxy> parent(Environment env, String name) {
    var url = env.text(name);
    if (url.isEmpty()) {
      return Optional.empty();
    }
    var parent = ParentProxy.parse(url.get());
    if (parent.isEmpty()) {
      env.problem(name, "expected an address like http://user:password@proxy:3128 or socks5://...");
    }
    return parent;
  }

  private static NoProxy noProxy(Environment env, String text) {
    var rules = NoProxy.parse(text);
    rules
        .unread()
        .forEach(
            entry ->
                env.problem(
                    "UPSTREAM_NO_PROXY",
                    "expected hosts, domains or networks, not '" + entry + "'"));
    return rules;
  }

  private static @Nullable String authorities(Environment env) {
    var file = env.path("UPSTREAM_CA_FILE");
    if (file.isEmpty()) {
      return null;
    }
    try {
      return Files.readString(file.get());
    } catch (IOException e) {
      env.problem("UPSTREAM_CA_FILE", "cannot be read: " + e.getMessage());
      return null;
    }
  }

  /** {@code api.example=/etc/penstock/client.pem,*.corp.example=...}: the first about a host. */
  private static List<UpstreamConfig.Shown> shown(Environment env) {
    var entries = env.list(CLIENT_CERTIFICATES);
    var password = env.text("UPSTREAM_CLIENT_PASSWORD").map(Secret::new).orElse(null);
    if (entries.size() > CLIENT_CERTIFICATES_MAX) {
      env.problem(CLIENT_CERTIFICATES, "more than " + CLIENT_CERTIFICATES_MAX);
      return List.of();
    }
    var shown = new ArrayList<UpstreamConfig.Shown>();
    for (var entry : entries) {
      int equals = entry.indexOf('=');
      var hosts =
          equals < 0 ? null : HostPattern.parse(entry.substring(0, equals).strip()).orElse(null);
      // Who has one for every host shows every server who it is.
      if (hosts == null || hosts.equals(HostPattern.ANY)) {
        env.problem(
            CLIENT_CERTIFICATES,
            "expected hosts and files like *.example.com=client.pem, not '" + entry + "'");
        continue;
      }
      try {
        var identity = Identity.read(Path.of(entry.substring(equals + 1).strip()), password);
        warnWhenNotValid(env, hosts, identity);
        shown.add(new UpstreamConfig.Shown(hosts, identity));
      } catch (GeneralSecurityException | InvalidPathException e) {
        env.problem(CLIENT_CERTIFICATES, hosts + ": " + e.getMessage());
      }
    }
    return shown;
  }

  private static void warnWhenNotValid(Environment env, HostPattern hosts, Identity identity) {
    try {
      identity.certificate().checkValidity();
    } catch (CertificateException e) {
      env.warning(CLIENT_CERTIFICATES + ": the one for " + hosts + ": " + e.getMessage());
    }
  }

  private static List<HostPattern> insecure(Environment env) {
    return hosts(env, "UPSTREAM_INSECURE_HOSTS");
  }

  private static List<HostPattern> hosts(Environment env, String name) {
    var hosts = new ArrayList<HostPattern>();
    for (var entry : env.list(name)) {
      HostPattern.parse(entry)
          .ifPresentOrElse(
              hosts::add,
              () -> env.problem(name, "expected hosts like *.example.com, not '" + entry + "'"));
    }
    return hosts;
  }

  /** {@code block=*.ads.example, mock=api.example/v1/*}: the first that matches holds. */
  private static List<Rule> rules(Environment env) {
    var rules = new ArrayList<Rule>();
    for (var entry : env.list("INTERCEPT_RULES")) {
      rule(entry)
          .ifPresentOrElse(
              rules::add,
              () ->
                  env.problem(
                      "INTERCEPT_RULES",
                      "expected mock, observe, block or tunnel with a host and perhaps a path, such"
                          + " as block=*.example.com or mock=api.example.com/v1/*, not '"
                          + entry
                          + "'"));
    }
    return rules;
  }

  private static Optional<Rule> rule(String entry) {
    int equals = entry.indexOf('=');
    var verdict = verdict(equals < 0 ? "" : entry.substring(0, equals).strip());
    var where = entry.substring(equals + 1).strip();
    int slash = where.indexOf('/');
    var host = HostPattern.parse(slash < 0 ? where : where.substring(0, slash));
    var path = slash < 0 ? Optional.of(PathPattern.ANY) : PathPattern.parse(where.substring(slash));
    if (verdict.isEmpty() || host.isEmpty() || path.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Rule(entry, null, List.of(host.get()), List.of(path.get()), Set.of(), verdict.get()));
  }

  private static Optional<Verdict> verdict(String word) {
    for (var verdict : Verdict.values()) {
      if (verdict.name().toLowerCase(Locale.ROOT).equals(word.toLowerCase(Locale.ROOT))) {
        return Optional.of(verdict);
      }
    }
    return Optional.empty();
  }
}
