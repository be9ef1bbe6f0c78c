package io.penstock;

import io.penstock.admit.AdmitConfig;
import io.penstock.admit.KernelAllowList;
import io.penstock.api.ApiConfig;
import io.penstock.api.ApiConfig.Version;
import io.penstock.api.DemoConfig;
import io.penstock.audit.AuditConfig;
import io.penstock.config.Environment;
import io.penstock.control.DatabaseConfig;
import io.penstock.control.KeyConfig;
import io.penstock.decode.DecodeConfig;
import io.penstock.decode.DecodeConfig.Tunnels;
import io.penstock.decode.SamplingRates;
import io.penstock.dial.DialPolicy;
import io.penstock.enrich.EnrichConfig;
import io.penstock.exporters.BookConfig;
import io.penstock.exporters.BookConfig.Duplicates;
import io.penstock.forward.ForwardConfig;
import io.penstock.http.HttpConfig;
import io.penstock.http.HttpConfig.AccessLog;
import io.penstock.http.HttpConfig.Clients;
import io.penstock.http.ProxyConfig;
import io.penstock.log.LogConfig;
import io.penstock.outputs.OutputsConfig;
import io.penstock.packet.PacketHeaders;
import io.penstock.prefix.Prefix;
import io.penstock.receive.ReceiveConfig;
import io.penstock.receive.ReceiveConfig.Listener;
import io.penstock.stream.StreamConfig;
import io.penstock.stream.TlsConfig;
import io.penstock.stream.TlsKeys;
import java.io.Console;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Everything that an operator can set, read from the environment.
 *
 * @param data the folder under which everything is kept
 * @param database where the control plane's tables are
 * @param keys the keys that are not in the database
 * @param retention how long stored events are kept
 * @param adminAuditLife how long it is remembered what operators did
 * @param receiptLife how long an idempotency key is remembered
 * @param intel indicators and databases that come through the API
 * @param signInLink whether a start prints an address that signs in to the dashboard once
 * @param elements the operator's own Information Elements, when there are any
 */
record ServerConfig(
    Path data,
    DatabaseConfig database,
    KeyConfig keys,
    Duration retention,
    Duration adminAuditLife,
    Duration receiptLife,
    HttpConfig http,
    ApiConfig api,
    DemoConfig demo,
    SignInLink signInLink,
    ReceiveConfig receive,
    ForwardConfig forward,
    StreamConfig stream,
    DecodeConfig decode,
    Optional<Path> elements,
    EnrichConfig enrich,
    IntelConfig intel,
    LogConfig log,
    AuditConfig audit,
    AdmitConfig admit,
    DialPolicy dial,
    OutputsConfig outputs,
    InterceptionConfig interception) {

  /** When a start prints the dashboard's address with a code that signs in once. */
  enum SignInLink {
    /** To a person at a terminal, not into a log. */
    AUTO,
    ON,
    OFF;

    boolean isPrinted() {
      return switch (this) {
        case ON -> true;
        case OFF -> false;
        case AUTO -> Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
      };
    }
  }

  static final String NETFLOW = "netflow";
  static final String IPFIX = "ipfix";
  static final String SFLOW = "sflow";
  static final String IPFIX_TCP = "ipfix/tcp";
  static final String IPFIX_TLS = "ipfix/tls";

  private static final int IPFIX_STANDARD_PORT = 4739;

  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** Reads everything; what is wrong is in {@link Environment#problems}. */
  static ServerConfig from(Environment env, String version) {
    var data = env.path(Path.of("data"), "PENSTOCK_DATA");
    var receive = receive(env);
    return new ServerConfig(
        data,
        database(env, data),
        KeyConfig.from(env),
        env.duration(DAY.multipliedBy(7), DAY, "RETENTION_DAYS"),
        env.duration(DAY.multipliedBy(400), DAY, "ADMIN_AUDIT_RETENTION_DAYS"),
        env.duration(DAY, SECOND, "IDEMPOTENCY_TTL_SECONDS"),
        http(env),
        api(env, version),
        demo(env),
        env.choice(SignInLink.AUTO, "SIGN_IN_LINK"),
        receive,
        ForwardConfig.from(env, List.of(NETFLOW, IPFIX, SFLOW)),
        stream(env),
        decode(env, receive.workers()),
        env.path("ELEMENTS_FILE"),
        EnrichConfig.from(env),
        IntelConfig.from(env),
        log(env, data),
        AuditConfig.from(env),
        AdmitConfig.from(env),
        DialPolicy.from(env),
        OutputsConfig.from(env, data),
        InterceptionConfig.from(env, data));
  }

  /** The ports that exporters send to. */
  KernelAllowList.Ports telemetryPorts() {
    return new KernelAllowList.Ports(
        receive.listeners().stream().map(listener -> listener.address().getPort()).toList(),
        stream.listeners().stream().map(listener -> listener.address().getPort()).toList());
  }

  private static DatabaseConfig database(Environment env, Path data) {
    var standard = new DatabaseConfig.Sqlite(data.resolve("penstock.db"));
    var url = env.text("DATABASE_URL");
    var file = env.path("SQLITE_PATH");
    if (url.isEmpty()) {
      return file.<DatabaseConfig>map(DatabaseConfig.Sqlite::new).orElse(standard);
    }
    try {
      return DatabaseConfig.parse(url.get());
    } catch (IllegalArgumentException e) {
      env.problem("DATABASE_URL", String.valueOf(e.getMessage()));
      return standard;
    }
  }

  private static HttpConfig http(Environment env) {
    if (env.text("APP_PORT").isEmpty() && env.text("API_PORT").isPresent()) {
      env.warning("API_PORT is deprecated: use APP_PORT");
    }
    var standard = HttpConfig.onPort(env.port(8080, "APP_PORT", "API_PORT", "PORT"));
    var origins = env.list("CORS_ORIGINS");
    var excluded = env.list("HTTP_LOG_EXCLUDE_PATHS", "LOG_EXCLUDE_PATHS");
    return new HttpConfig(
        env.text("APP_HOST", "API_HOST").orElse(standard.host()),
        standard.port(),
        (int) env.bytes(standard.headerBytesMax(), 1024, 1 << 20, "HTTP_HEADER_BYTES_MAX"),
        (int)
            env.bytes(standard.requestLineBytesMax(), 256, 1 << 20, "HTTP_REQUEST_LINE_BYTES_MAX"),
        (int) env.number(standard.connectionsMax(), 1, Integer.MAX_VALUE, "HTTP_CONNECTIONS_MAX"),
        env.bytes(
            standard.bodyBytesInFlightMax(), 1 << 20, 1L << 40, "HTTP_BODY_BYTES_IN_FLIGHT_MAX"),
        seconds(env, standard.readTimeout(), "HTTP_READ_TIMEOUT_SECONDS"),
        seconds(env, standard.bodyTimeout(), "HTTP_BODY_TIMEOUT_SECONDS"),
        seconds(env, standard.idleTimeout(), "HTTP_IDLE_TIMEOUT_SECONDS"),
        standard.stopTimeout(),
        origins.isEmpty() ? standard.corsOrigins() : origins,
        new AccessLog(
            env.flag(true, "HTTP_LOG_ENABLED"),
            env.fraction(
                standard.log().sampleRate(), 0, 1, "HTTP_LOG_SAMPLE_RATE", "LOG_SAMPLE_RATE"),
            excluded.isEmpty() ? standard.log().excludedPaths() : Set.copyOf(excluded)),
        clients(env));
  }

  private static Duration seconds(Environment env, Duration standard, String name) {
    return Duration.ofSeconds(env.number(standard.toSeconds(), 1, 86_400, name));
  }

  private static Clients clients(Environment env) {
    var standard = Clients.DEFAULT;
    return new Clients(
        (int)
            env.number(
                standard.connectionsPerAddressMax(),
                1,
                Integer.MAX_VALUE,
                "HTTP_CONNECTIONS_PER_ADDRESS_MAX"),
        (int) env.number(standard.requestsPerMinute(), 0, 1_000_000_000, "RATE_LIMIT_PER_MIN"),
        (int) env.number(standard.failuresPerMinute(), 0, 1_000_000_000, "AUTH_FAILURES_PER_MIN"),
        new ProxyConfig(
            trustedProxies(env),
            env.choice(ProxyConfig.Header.X_FORWARDED_FOR, "TRUSTED_PROXY_HEADER")));
  }

  private static List<Prefix> trustedProxies(Environment env) {
    var networks = new ArrayList<Prefix>();
    for (var entry : env.list("TRUSTED_PROXIES")) {
      Prefix.parse(entry)
          .ifPresentOrElse(
              networks::add,
              () ->
                  env.problem(
                      "TRUSTED_PROXIES: expected addresses or networks like 10.0.0.0/8, not '"
                          + entry
                          + "'"));
    }
    return networks;
  }

  private static ApiConfig api(Environment env, String version) {
    var number = env.text("TELEMETRY_VERSION", "APP_VERSION").orElse(version);
    var standard =
        ApiConfig.defaults(
            new Version(
                number,
                env.text("GIT_SHA").orElse("unknown"),
                env.text("IMAGE").orElse("unknown"),
                env.text("IMAGE_TAG").orElse(number),
                env.text("IMAGE_DIGEST").orElse("unknown")));
    int status = (int) env.number(standard.ingestStatus(), 200, 202, "INGEST_SUCCESS_STATUS");
    if (status == 201) {
      env.problem("INGEST_SUCCESS_STATUS", "expected 200 or 202, not '201'");
    }
    return new ApiConfig(
        standard.recordsMax(),
        standard.wireBytesMax(),
        standard.inflatedBytesMax(),
        standard.workingBytesMax(),
        status,
        env.flag(standard.bodyHashDuplicates(), "IDEMPOTENCY_BODY_HASH"),
        env.flag(standard.publicPrometheus(), "PUBLIC_PROMETHEUS"),
        (int) env.number(standard.retryAfterSeconds(), 1, 3600, "QUEUE_RETRY_AFTER_SECONDS"),
        standard.version());
  }

  private static DemoConfig demo(Environment env) {
    var standard = DemoConfig.OFF;
    var variants = EnumSet.noneOf(DemoConfig.Variant.class);
    for (var name : env.list("DEMO_VARIANTS")) {
      try {
        variants.add(DemoConfig.Variant.valueOf(name.toUpperCase(Locale.ROOT)));
      } catch (IllegalArgumentException _) {
        env.problem("DEMO_VARIANTS", "expected netflow or zeek, not '" + name + "'");
      }
    }
    return new DemoConfig(
        env.flag(standard.enabled(), "DEMO_MODE"),
        (int) env.number(standard.eps(), 1, 10_000, "DEMO_EPS"),
        env.duration(standard.duration(), SECOND, "DEMO_DURATION_SEC"),
        variants.isEmpty() ? standard.variants() : variants);
  }

  private static ReceiveConfig receive(Environment env) {
    var listeners =
        List.of(
            Listener.everywhere(NETFLOW, env.port(2055, "NETFLOW_PORT", "UDP_PORT")),
            Listener.everywhere(IPFIX, env.port(IPFIX_STANDARD_PORT, "IPFIX_PORT")),
            Listener.everywhere(SFLOW, env.port(6343, "SFLOW_PORT")));
    var standard = ReceiveConfig.of(listeners);
    return standard
        .withBufferBytes(
            (int)
                env.bytes(
                    standard.bufferBytes(), 4096, Integer.MAX_VALUE, "UDP_RECEIVE_BUFFER_BYTES"))
        .withSocketsPerListener((int) env.number(1, 1, 64, "UDP_SOCKETS"))
        .withWorkers((int) env.number(standard.workers(), 1, 256, "DECODE_WORKERS"));
  }

  private static StreamConfig stream(Environment env) {
    var listeners = new ArrayList<StreamConfig.Listener>();
    if (env.text("IPFIX_TCP_PORT").filter("off"::equalsIgnoreCase).isEmpty()) {
      int sameAsUdp = env.port(IPFIX_STANDARD_PORT, "IPFIX_PORT");
      listeners.add(StreamConfig.Listener.plain(IPFIX_TCP, env.port(sameAsUdp, "IPFIX_TCP_PORT")));
    }
    tls(env).ifPresent(listeners::add);
    var standard = StreamConfig.of(listeners);
    return standard
        .withConnections(
            (int) env.number(standard.connectionsMax(), 1, 100_000, "IPFIX_CONNECTIONS_MAX"),
            (int)
                env.number(
                    standard.connectionsPerAddressMax(),
                    1,
                    100_000,
                    "IPFIX_CONNECTIONS_PER_ADDRESS_MAX"))
        .withTimeouts(
            standard.handshakeTimeout(),
            standard.messageTimeout(),
            env.duration(
                standard.idleTimeout(), Duration.ofSeconds(1), "IPFIX_IDLE_TIMEOUT_SECONDS"));
  }

  private static Optional<StreamConfig.Listener> tls(Environment env) {
    int port = env.port(4740, "IPFIX_TLS_PORT");
    var certificate = env.path("IPFIX_TLS_CERT");
    var key = env.path("IPFIX_TLS_KEY");
    var authority = env.path("IPFIX_TLS_CLIENT_CA");
    if (certificate.isEmpty() || key.isEmpty()) {
      if (certificate.isPresent() || key.isPresent() || authority.isPresent()) {
        env.problem("IPFIX_TLS_CERT and IPFIX_TLS_KEY: TLS needs both, or neither");
      }
      return Optional.empty();
    }
    var keys = new TlsConfig(certificate.get(), key.get(), authority);
    TlsKeys.problem(keys).ifPresent(why -> env.problem("IPFIX_TLS_CERT, IPFIX_TLS_KEY: " + why));
    return Optional.of(StreamConfig.Listener.tls(IPFIX_TLS, port, keys));
  }

  private static DecodeConfig decode(Environment env, int workers) {
    var standard = DecodeConfig.live();
    long heap = Runtime.getRuntime().maxMemory();
    int sequences = StateLimits.sequences(env, workers, heap);
    var limits = StateLimits.read(env, sequences, workers, heap);
    return new DecodeConfig(
        env.duration(standard.clockSkewMax(), Duration.ofHours(1), "CLOCK_SKEW_MAX_HOURS"),
        sampling(env),
        limits.exporters(),
        standard.options().withBytes(StateLimits.optionsBytes(workers, heap)),
        standard.exporterLabelsMax(),
        limits,
        tunnels(env),
        book(env, limits.exporters(), sequences, StateLimits.recordingBytes(workers, heap)));
  }

  private static BookConfig book(
      Environment env, int exportersMax, int sequencesMax, long recordingBytes) {
    var standard = BookConfig.DEFAULT;
    var duplicates = env.choice(Duplicates.KEEP, "DUPLICATE_DATAGRAMS");
    return new BookConfig(
        exportersMax,
        standard.agentsMax(),
        standard.streamsMax(),
        sequencesMax,
        recordingBytes,
        duplicates == Duplicates.DROP);
  }

  private static SamplingRates sampling(Environment env) {
    long standard = env.number(0, 0, Integer.MAX_VALUE, "SAMPLING_RATE_DEFAULT");
    var networks = new ArrayList<SamplingRates.Network>();
    for (var entry : env.list("SAMPLING_RATES")) {
      try {
        networks.add(SamplingRates.Network.parse(entry));
      } catch (IllegalArgumentException _) {
        env.problem(
            "SAMPLING_RATES", "expected address=rate or network/prefix=rate, not '" + entry + "'");
      }
    }
    return new SamplingRates(standard, networks);
  }

  private static Tunnels tunnels(Environment env) {
    var standard = Tunnels.DEFAULT;
    return new Tunnels(
        env.choice(standard.primary(), "TUNNEL_PRIMARY"),
        (int) env.number(standard.depthMax(), 0, PacketHeaders.TUNNELS_MAX, "TUNNEL_DEPTH_MAX"));
  }

  private static LogConfig log(Environment env, Path data) {
    var standard = LogConfig.in(data.resolve("log"));
    long segment = env.bytes(standard.segmentBytes(), 1 << 20, 1 << 30, "LOG_SEGMENT_BYTES");
    long reserve = env.bytes(standard.reserveBytes(), 0, 1L << 50, "DISK_RESERVE_BYTES");
    long queue = Math.min(standard.queueBytes(), Runtime.getRuntime().maxMemory() / 16);
    return standard.withSegmentBytes(segment).withReserveBytes(reserve).withQueueBytes(queue);
  }
}
