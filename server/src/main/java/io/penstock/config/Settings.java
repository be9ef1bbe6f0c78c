package io.penstock.config;

import static io.penstock.config.Setting.Section.ADMISSION;
import static io.penstock.config.Setting.Section.ENRICHING;
import static io.penstock.config.Setting.Section.HTTP;
import static io.penstock.config.Setting.Section.INTERCEPTION;
import static io.penstock.config.Setting.Section.LIMITS;
import static io.penstock.config.Setting.Section.LOGS;
import static io.penstock.config.Setting.Section.RECEIVING;
import static io.penstock.config.Setting.Section.SINKS;
import static io.penstock.config.Setting.Section.STORAGE;

import io.penstock.config.Setting.Section;
import io.penstock.config.Setting.Shown;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The table of all settings. Their types, bounds and defaults stand where they are read; this says
 * what each is called, in the file and in the environment, and what it means. The reference page is
 * made of both.
 */
public final class Settings {

  /** Behind the name of a secret: the file that has it, as container platforms mount them. */
  static final String FILE_SUFFIX = "_FILE";

  private static final String KEY_FILE_SUFFIX = "_file";

  private static final List<Setting> ALL =
      List.of(
          setting(STORAGE, "data", "PENSTOCK_DATA")
              .says(
                  "the folder under which everything is kept: log, store, receipts, templates, the"
                      + " database"),
          setting(STORAGE, "database.url", "DATABASE_URL")
              .says(
                  "where tenants, keys, sources and other settings are: `sqlite:///file` (four"
                      + " slashes for an absolute path) or"
                      + " `postgresql://user:password@host:port/name`")
              .otherwise("a file under `PENSTOCK_DATA`")
              .asAddressWithPassword(),
          setting(STORAGE, "database.sqlite", "SQLITE_PATH")
              .says("the SQLite file, when there is no `DATABASE_URL`")
              .otherwise("`penstock.db` under `PENSTOCK_DATA`"),
          setting(STORAGE, "keys.admin", "API_KEY").says("an admin key").asSecret(),
          setting(STORAGE, "keys.seed", "TELEMETRY_SEED_KEYS")
              .says("more admin keys, comma-separated")
              .asSecret(),
          setting(
                  STORAGE,
                  "keys.bootstrap",
                  "ADMIN_API_KEY",
                  "BOOTSTRAP_ADMIN_API_KEY",
                  "ADMIN_BOOTSTRAP_KEY")
              .says("one more admin key")
              .asSecret(),
          setting(STORAGE, "keys.admins", "ADMIN_KEYS")
              .says("more admin keys, comma-separated")
              .asSecret(),
          setting(STORAGE, "keys.user", "USER_API_KEY")
              .says(
                  "a key of the default tenant with the scopes `ingest`, `read_metrics`,"
                      + " `read_requests` and `read_sources`; never an admin's")
              .asSecret(),
          setting(STORAGE, "keys.users", "USER_KEYS")
              .says("more such keys, comma-separated")
              .asSecret(),
          setting(STORAGE, "keys.bypass_scopes", "DEV_BYPASS_SCOPES")
              .says(
                  "whether every key may do everything; for development, and a warning at each"
                      + " start. Acting for another tenant still takes an admin's key"),
          setting(STORAGE, "retention.days", "RETENTION_DAYS")
              .says(
                  "days after which stored events are deleted, counted from the day they were"
                      + " received; a tenant may have a number of its own"),
          setting(STORAGE, "log.reserve", "DISK_RESERVE_BYTES")
              .says(
                  "free space that the log leaves to others; below it ingest answers 503 until"
                      + " there is room"),
          setting(STORAGE, "log.segment", "LOG_SEGMENT_BYTES").says("size of one file of the log"),
          //
          setting(HTTP, "http.port", "APP_PORT", "API_PORT", "PORT")
              .says("port; `API_PORT` is deprecated and says so"),
          setting(HTTP, "http.host", "APP_HOST", "API_HOST")
              .says("address to listen on")
              .otherwise("every address, IPv4 and IPv6"),
          setting(HTTP, "http.connections", "HTTP_CONNECTIONS_MAX").says("connections at a time"),
          setting(HTTP, "http.connections_per_address", "HTTP_CONNECTIONS_PER_ADDRESS_MAX")
              .says(
                  "connections of one IPv4 address or one IPv6 /64 at a time; what comes beyond is"
                      + " closed at once. Trusted proxies may have any number"),
          setting(HTTP, "http.rate_per_minute", "RATE_LIMIT_PER_MIN")
              .says(
                  "requests a minute of one key, by the tenant it acts for; so many may come at"
                      + " once, then one whenever there is room again. 0 for no limit"),
          setting(HTTP, "http.auth_failures_per_minute", "AUTH_FAILURES_PER_MIN")
              .says(
                  "requests without a valid key that one address (IPv6: one /64) may make in a"
                      + " minute. 0 for no limit"),
          setting(HTTP, "http.trusted_proxies", "TRUSTED_PROXIES")
              .says(
                  "addresses and networks, comma-separated, whose word on their client's address"
                      + " is taken. Without it nobody's is"),
          setting(HTTP, "http.trusted_proxy_header", "TRUSTED_PROXY_HEADER")
              .says(
                  "the one header that is read: `x_forwarded_for` or `forwarded` (RFC 7239). The"
                      + " proxy must write it itself"),
          setting(HTTP, "http.header_bytes", "HTTP_HEADER_BYTES_MAX")
              .says("bytes of a request's headers; 431 beyond"),
          setting(HTTP, "http.request_line_bytes", "HTTP_REQUEST_LINE_BYTES_MAX")
              .says("bytes of a request's first line"),
          setting(HTTP, "http.body_bytes_in_flight", "HTTP_BODY_BYTES_IN_FLIGHT_MAX")
              .says("bytes of request bodies in memory at a time; 503 beyond")
              .otherwise("an eighth of the heap, at most 128m"),
          setting(HTTP, "http.read_timeout", "HTTP_READ_TIMEOUT_SECONDS")
              .says("longest wait for the next byte of a request"),
          setting(HTTP, "http.body_timeout", "HTTP_BODY_TIMEOUT_SECONDS")
              .says("longest time that a body may take as a whole; 408 beyond"),
          setting(HTTP, "http.idle_timeout", "HTTP_IDLE_TIMEOUT_SECONDS")
              .says("how long a connection may stay open without a request"),
          setting(HTTP, "http.cors_origins", "CORS_ORIGINS")
              .says("origins whose scripts may call, comma-separated")
              .otherwise("`*`"),
          setting(HTTP, "http.log.enabled", "HTTP_LOG_ENABLED")
              .says(
                  "whether requests are logged; while they are, answers of 400 and above always"
                      + " are"),
          setting(HTTP, "http.log.sample_rate", "HTTP_LOG_SAMPLE_RATE", "LOG_SAMPLE_RATE")
              .says("share of the other answers that is logged"),
          setting(HTTP, "http.log.exclude", "HTTP_LOG_EXCLUDE_PATHS", "LOG_EXCLUDE_PATHS")
              .says("paths that are not logged when they succeed")
              .otherwise("`/v1/metrics`, `/v1/system`, `/v1/logs/tail`, `/v1/admin/requests`"),
          setting(HTTP, "http.public_prometheus", "PUBLIC_PROMETHEUS")
              .says("whether `/v1/metrics/prometheus` needs no key"),
          setting(HTTP, "ingest.success_status", "INGEST_SUCCESS_STATUS")
              .says("status of a taken `POST /v1/ingest`: 200 or 202"),
          setting(HTTP, "ingest.idempotency_seconds", "IDEMPOTENCY_TTL_SECONDS")
              .says("how long an `Idempotency-Key` is remembered"),
          setting(HTTP, "ingest.body_hash", "IDEMPOTENCY_BODY_HASH")
              .says(
                  "whether a body that was taken before is answered 209 and not taken again; equal"
                      + " bodies can be honest"),
          setting(HTTP, "ingest.retry_after_seconds", "QUEUE_RETRY_AFTER_SECONDS")
              .says("what a client is told to wait when nothing can be taken"),
          setting(HTTP, "http.sign_in_link", "SIGN_IN_LINK")
              .says(
                  "whether a start prints the dashboard's address with a code that signs an admin in"
                      + " once: `on`, `off`, or `auto`, which prints it at a terminal"),
          setting(HTTP, "demo.enabled", "DEMO_MODE")
              .says("whether an admin may have made-up records sent with `POST /v1/demo/start`"),
          setting(HTTP, "demo.eps", "DEMO_EPS")
              .says("records a second of the demo, over all its kinds"),
          setting(HTTP, "demo.seconds", "DEMO_DURATION_SEC").says("how long the demo runs"),
          setting(HTTP, "demo.variants", "DEMO_VARIANTS")
              .says("what kinds of records the demo sends"),
          //
          setting(ADMISSION, "admission.http", "ADMISSION_HTTP_ENABLED")
              .says(
                  "posts that name a source are measured against it: whether it is enabled, and its"
                      + " rate"),
          setting(ADMISSION, "admission.udp", "ADMISSION_UDP_ENABLED")
              .says(
                  "exporters, over UDP and TCP, are measured against the source of their address"),
          setting(ADMISSION, "admission.http_ip_allowlist", "HTTP_IP_ALLOWLIST_ENABLED")
              .says("posts must come from the networks of the source that they name, too"),
          setting(ADMISSION, "admission.log_only", "ADMISSION_LOG_ONLY")
              .says("what would be refused is counted and taken"),
          setting(ADMISSION, "admission.fail_open", "ADMISSION_FAIL_OPEN")
              .says("what cannot be decided because of a fault of the server is taken"),
          setting(ADMISSION, "admission.compat_allow_empty_ips", "ADMISSION_COMPAT_ALLOW_EMPTY_IPS")
              .says("a source that lists no networks may post from anywhere; else from nowhere"),
          setting(
                  ADMISSION,
                  "admission.block_on_exceed_default",
                  "ADMISSION_BLOCK_ON_EXCEED_DEFAULT")
              .says(
                  "whether what is beyond the rate of a source is refused, where the source does"
                      + " not say"),
          setting(ADMISSION, "admission.http_trust_xff", "HTTP_TRUST_XFF")
              .says("what a trusted proxy says in `X-Forwarded-For` is believed"),
          setting(ADMISSION, "admission.trust_proxy", "TRUST_PROXY")
              .says("there is a proxy before this server"),
          setting(ADMISSION, "admission.unknown_exporters", "UNKNOWN_EXPORTERS")
              .says(
                  "exporters that are no source, while `ADMISSION_UDP_ENABLED`: `drop`, or `allow`"
                      + " for the default tenant"),
          setting(ADMISSION, "firewall.sync", "FIREWALL_SYNC")
              .says(
                  "`auto` keeps the kernel's allow-list as the sources are; needs `nft` and"
                      + " CAP_NET_ADMIN"),
          //
          setting(RECEIVING, "receive.netflow_port", "NETFLOW_PORT", "UDP_PORT")
              .says("UDP port; takes NetFlow, IPFIX and sFlow"),
          setting(RECEIVING, "receive.ipfix_port", "IPFIX_PORT")
              .says("a second UDP port; takes the same"),
          setting(RECEIVING, "receive.sflow_port", "SFLOW_PORT")
              .says("a third UDP port; takes the same"),
          setting(RECEIVING, "receive.tcp.port", "IPFIX_TCP_PORT")
              .says("TCP port for IPFIX; `off` for none")
              .otherwise("the number of `IPFIX_PORT`"),
          setting(RECEIVING, "receive.tls.certificate", "IPFIX_TLS_CERT")
              .says(
                  "PEM file that, with the next, opens the TLS port: the collector's certificate"
                      + " with the issuing ones behind it"),
          setting(RECEIVING, "receive.tls.key", "IPFIX_TLS_KEY")
              .says("PEM file with its private key, without a passphrase"),
          setting(RECEIVING, "receive.tls.port", "IPFIX_TLS_PORT")
              .says("TCP port for IPFIX over TLS 1.2 and 1.3, when the two files are set"),
          setting(RECEIVING, "receive.tls.client_authority", "IPFIX_TLS_CLIENT_CA")
              .says(
                  "PEM file of authorities; when set, only exporters with a certificate of one of"
                      + " them are let in"),
          setting(RECEIVING, "receive.tcp.connections", "IPFIX_CONNECTIONS_MAX")
              .says(
                  "TCP connections at a time; the eldest one that has sent nothing makes room for"
                      + " the next")
              .otherwise("by the heap, at most 1000"),
          setting(
                  RECEIVING,
                  "receive.tcp.connections_per_address",
                  "IPFIX_CONNECTIONS_PER_ADDRESS_MAX")
              .says("TCP connections of one address at a time"),
          setting(RECEIVING, "receive.tcp.idle_timeout", "IPFIX_IDLE_TIMEOUT_SECONDS")
              .says("how long a TCP connection may be silent"),
          setting(RECEIVING, "receive.buffer", "UDP_RECEIVE_BUFFER_BYTES")
              .says(
                  "receive buffer asked of the kernel for each socket; what it grants is logged and"
                      + " in the metrics"),
          setting(RECEIVING, "receive.sockets", "UDP_SOCKETS")
              .says("sockets that share each port (SO_REUSEPORT)"),
          setting(RECEIVING, "forward.to", "FORWARD_TO")
              .says(
                  "other collectors that get the datagrams as they come, see"
                      + " [forwarding.md](forwarding.md):"
                      + " `collector1:2055,10.0.0.5:6343?listener=sflow`"),
          setting(RECEIVING, "forward.queue", "FORWARD_QUEUE_BYTES")
              .says("memory for the datagrams that wait to be sent to one of them"),
          setting(RECEIVING, "decode.workers", "DECODE_WORKERS")
              .says("threads that decode")
              .otherwise("one a processor"),
          setting(RECEIVING, "decode.duplicates", "DUPLICATE_DATAGRAMS")
              .says(
                  "what to do with a datagram that the same exporter sent seconds ago, as when two"
                      + " relays mirror it: `keep` counts it, `drop` does not decode it again"),
          setting(RECEIVING, "decode.clock_skew_hours", "CLOCK_SKEW_MAX_HOURS")
              .says(
                  "how far an exporter's clock may be off before the time of receipt is believed"
                      + " instead; 0 believes every exporter"),
          setting(RECEIVING, "decode.sampling.standard", "SAMPLING_RATE_DEFAULT")
              .says("sampling rate of exporters that say nothing; 0 for unknown"),
          setting(RECEIVING, "decode.sampling.rates", "SAMPLING_RATES")
              .says(
                  "sampling rates of exporters that say nothing, by address or network, the longest"
                      + " prefix first: `192.0.2.1=1000,2001:db8::/32=512`"),
          setting(RECEIVING, "decode.tunnels.primary", "TUNNEL_PRIMARY")
              .says(
                  "which packet of a sampled frame with tunnels the event is about; the others"
                      + " stand in its `tunnels`"),
          setting(RECEIVING, "decode.tunnels.depth", "TUNNEL_DEPTH_MAX")
              .says("how many tunnels within one another are entered"),
          setting(RECEIVING, "decode.elements", "ELEMENTS_FILE")
              .says(
                  "YAML file that names private Information Elements, see"
                      + " [elements.md](elements.md); looked at every second"),
          //
          setting(LIMITS, "exporters.count", "EXPORTERS_MAX")
              .says(
                  "exporters (transport sessions) that each decode worker remembers, and"
                      + " [pages](exporters.md) of exporters")
              .otherwise("by the heap, at most 10000"),
          setting(LIMITS, "exporters.per_address", "EXPORTERS_PER_ADDRESS_MAX")
              .says("of those, from one address"),
          setting(LIMITS, "exporters.templates", "TEMPLATES_PER_EXPORTER_MAX")
              .says("templates of one exporter; beyond it the one not used for longest goes"),
          setting(LIMITS, "exporters.fields", "TEMPLATE_FIELDS_PER_EXPORTER_MAX")
              .says("fields of all templates of one exporter; each template counts three more")
              .otherwise("by the heap, at most 65536"),
          setting(LIMITS, "exporters.fields_together", "TEMPLATE_FIELDS_MAX")
              .says("the same of all exporters together; each worker has its share")
              .otherwise("by the heap, at most 4000000 a worker"),
          setting(LIMITS, "exporters.pending_bytes", "PENDING_BYTES_PER_EXPORTER")
              .says(
                  "memory for data sets of one exporter that wait for their template; beyond it"
                      + " they are refused"),
          setting(LIMITS, "exporters.pending_bytes_together", "PENDING_BYTES")
              .says("the same of all exporters together; each worker has its share")
              .otherwise("by the heap, at most 64m a worker"),
          setting(LIMITS, "exporters.sequences", "SEQUENCES_MAX")
              .says(
                  "[sequences](exporters.md) of all exporters together that are followed to find"
                      + " losses; each worker has its share")
              .otherwise("by the heap, at most 65536 a worker"),
          setting(LIMITS, "exporters.pending_minutes", "PENDING_MINUTES")
              .says("how long a data set waits for its template"),
          setting(LIMITS, "exporters.template_life_hours", "TEMPLATE_LIFE_HOURS")
              .says("how long a template lives that came over UDP and is not sent again"),
          //
          setting(
                  ENRICHING,
                  "enrich.city",
                  "GEOIP_DB_CITY",
                  "GEOIP_CITY_DB",
                  "GEOIP_DB_PATH",
                  "GEOIP_MMDB_PATH")
              .says("MaxMind DB with cities or countries")
              .otherwise("the built-in country table"),
          setting(ENRICHING, "enrich.as", "GEOIP_DB_ASN", "GEOIP_ASN_DB", "ASN_DB_PATH")
              .says("MaxMind DB or CSV (`ip_range,asn,organization`) with autonomous systems"),
          setting(ENRICHING, "enrich.threats.csv", "THREATLIST_CSV")
              .says("a threat list or a folder of them; this and the next two are all used"),
          setting(ENRICHING, "enrich.threats.list", "TI_PATH").says("another list or folder"),
          setting(ENRICHING, "enrich.threats.folder", "TI_DATA_DIR").says("another list or folder"),
          setting(ENRICHING, "enrich.folder", "ENRICH_DATA_DIR")
              .says("where databases are looked for when no file is named"),
          setting(ENRICHING, "indicators.count", "INDICATORS_MAX")
              .says(
                  "[indicators](threat-intelligence.md) that may be stored through the API, of all"
                      + " tenants together"),
          setting(ENRICHING, "indicators.per_tenant", "INDICATORS_PER_TENANT_MAX")
              .says("of those, of one tenant"),
          setting(ENRICHING, "enrich.upload_bytes", "UPLOAD_BYTES_MAX")
              .says("size of a database that is uploaded or downloaded"),
          setting(ENRICHING, "enrich.download_url", "GEOIP_DOWNLOAD_URL")
              .says(
                  "where `POST /v1/geo/download` gets a MaxMind DB with cities or countries;"
                      + " without it nothing is ever called")
              .asAddressWithPassword(),
          setting(ENRICHING, "enrich.enabled.geo", "ENRICH_ENABLE_GEOIP")
              .says("whether events get geography"),
          setting(ENRICHING, "enrich.enabled.as", "ENRICH_ENABLE_ASN")
              .says("whether events get autonomous systems"),
          setting(ENRICHING, "enrich.enabled.threats", "ENRICH_ENABLE_TI")
              .says("whether events are matched against threat lists"),
          setting(ENRICHING, "enrich.internal_networks", "INTERNAL_NETWORKS")
              .says("networks that count as ours beside the private ones, comma-separated CIDRs"),
          setting(ENRICHING, "enrich.risk_profile", "RISK_PROFILE")
              .says("how the risk score is made"),
          setting(ENRICHING, "enrich.reload_seconds", "ENRICH_RELOAD_SECONDS")
              .says(
                  "how often files are looked at; a changed one is loaded and swapped in at the"
                      + " second look that finds it unchanged since, so that no half-written file"
                      + " is taken"),
          //
          setting(SINKS, "dial.allow", "DIAL_ALLOW")
              .says(
                  "addresses and networks, comma-separated, that may be connected to although they"
                      + " are link-local, multicast, reserved or a cloud's metadata service; the"
                      + " server's own ports never may"),
          setting(SINKS, "dial.deny", "DIAL_DENY")
              .says(
                  "addresses and networks, comma-separated, that may not be connected to, whatever"
                      + " else is said"),
          setting(SINKS, "sinks.splunk.url", "SPLUNK_HEC_URL")
              .says(
                  "Splunk's HTTP Event Collector: with the token, the [sink](sinks.md) `splunk` of"
                      + " the default tenant, unless one of that name is configured through the"
                      + " API"),
          setting(SINKS, "sinks.splunk.token", "SPLUNK_HEC_TOKEN").says("its token").asSecret(),
          setting(SINKS, "sinks.splunk.enabled", "EXPORT_SPLUNK_ENABLED")
              .says("whether these two make a sink"),
          setting(SINKS, "sinks.elastic.url", "ELASTIC_URL")
              .says(
                  "Elasticsearch or OpenSearch, its nodes comma-separated: the [sink](sinks.md)"
                      + " `elastic` of the default tenant, unless one of that name is configured"
                      + " through the API"),
          setting(SINKS, "sinks.elastic.username", "ELASTIC_USERNAME")
              .says("for basic authentication"),
          setting(SINKS, "sinks.elastic.password", "ELASTIC_PASSWORD")
              .says("for basic authentication")
              .asSecret(),
          setting(SINKS, "sinks.elastic.enabled", "EXPORT_ELASTIC_ENABLED")
              .says("whether these make a sink"),
          setting(SINKS, "sinks.secret_key", "PENSTOCK_SECRET_KEY")
              .says(
                  "base64 of the 32 octets with which the configurations of sinks are sealed in the"
                      + " database; servers with one database must have the same")
              .otherwise("`secret.key` under `PENSTOCK_DATA`, made at first need")
              .asSecret(),
          setting(SINKS, "sinks.dead_letters.folder", "TELEMETRY_DLQ_DIR")
              .says("the folder of [dead letters](sinks.md#dead-letters)")
              .otherwise("`dlq` under `PENSTOCK_DATA`"),
          setting(SINKS, "sinks.dead_letters.megabytes", "DLQ_MAX_SIZE_MB")
              .says("size of all dead letters together; the oldest go"),
          setting(SINKS, "sinks.dead_letters.days", "DLQ_MAX_AGE_DAYS")
              .says("how long dead letters are kept"),
          //
          setting(INTERCEPTION, "intercept.proxy.port", "PROXY_PORT")
              .says(
                  "the port of the intercepting proxy; it listens when this is set, usually to"
                      + " 8081"),
          setting(INTERCEPTION, "intercept.proxy.host", "PROXY_HOST")
              .says(
                  "where proxy, SOCKS, mock and reverse listeners bind. Beyond loopback set"
                      + " `PROXY_AUTH` too, or everybody who reaches it has an open proxy")
              .otherwise("`127.0.0.1`"),
          setting(INTERCEPTION, "intercept.socks.port", "SOCKS_PORT")
              .says("the port of a SOCKS 5 proxy"),
          setting(INTERCEPTION, "intercept.mock.port", "MOCK_PORT")
              .says("the port of a server that answers everything from stubs and profiles"),
          setting(INTERCEPTION, "intercept.reverse.ports", "REVERSE_PORTS")
              .says(
                  "ports where programs are sent to by DNS or by their configuration, told apart by"
                      + " the name in TLS or by `Host`: `443,80`, or `8443:443` where requests go"
                      + " on to another port than they came to"),
          setting(INTERCEPTION, "intercept.reverse.host", "REVERSE_HOST")
              .says("whom a request to them is for that names nobody"),
          setting(INTERCEPTION, "intercept.proxy.auth", "PROXY_AUTH")
              .says(
                  "whether clients of proxy and SOCKS must log in: any name, with an API key as the"
                      + " password; what they send is the key's tenant's"),
          setting(INTERCEPTION, "intercept.proxy.tenant", "PROXY_TENANT")
              .says("whose the exchanges of clients without a login are")
              .otherwise("`default`"),
          setting(INTERCEPTION, "intercept.proxy.via", "PROXY_VIA")
              .says(
                  "a name to add as `Via` to what is forwarded (RFC 9110 §7.6.3); without it"
                      + " nothing is added"),
          setting(INTERCEPTION, "intercept.proxy.connections", "PROXY_CONNECTIONS_MAX")
              .says("connections of all clients at a time"),
          setting(
                  INTERCEPTION,
                  "intercept.proxy.connections_per_address",
                  "PROXY_CONNECTIONS_PER_ADDRESS_MAX")
              .says("connections of one address at a time"),
          setting(INTERCEPTION, "intercept.rate_per_minute", "INTERCEPT_RATE_LIMIT_PER_MIN")
              .says("requests of one client a minute, answered with 429 beyond; 0 for any number"),
          setting(INTERCEPTION, "intercept.profiles", "INTERCEPT_PROFILES")
              .says(
                  "products, and what is done with what they send home:"
                      + " `cribl=mock,grafana=observe,all=observe`; a name alone takes the"
                      + " profile's own verdict, see [profiles.md](profiles.md)"),
          setting(INTERCEPTION, "intercept.profiles_folder", "PROFILES_FOLDER")
              .says("profiles of your own; a file replaces the built-in profile of its name"),
          setting(INTERCEPTION, "intercept.rules", "INTERCEPT_RULES")
              .says(
                  "rules asked before those of profiles, the first that matches holds:"
                      + " `block=*.ads.example,mock=api.example/v1/*,tunnel=bank.example`"),
          setting(INTERCEPTION, "intercept.unlisted", "INTERCEPT_UNLISTED")
              .says(
                  "what is done with hosts that no rule is about: `tunnel` passes them on unread,"
                      + " `block` refuses them"),
          setting(INTERCEPTION, "intercept.sealed", "INTERCEPT_SEALED")
              .says(
                  "whether the proxy looks nothing up and connects to nothing: what is not mocked"
                      + " fails, and is counted"),
          setting(INTERCEPTION, "intercept.allow", "INTERCEPT_ALLOW")
              .says(
                  "private, loopback and other special networks that clients of the proxy may reach"
                      + " through it"),
          setting(INTERCEPTION, "intercept.console", "INTERCEPT_CONSOLE")
              .says("whether each exchange is also printed as a `[TELEMETRY]` block"),
          setting(INTERCEPTION, "intercept.body_bytes", "INTERCEPT_BODY_BYTES_KEPT")
              .says("how much of each body the journal keeps"),
          setting(INTERCEPTION, "intercept.stubs_folder", "STUBS_FOLDER")
              .says(
                  "answers for what is mocked, as YAML or JSON files that are read again when they"
                      + " change, see [stubs.md](stubs.md)"),
          setting(INTERCEPTION, "intercept.journal.overflow", "JOURNAL_OVERFLOW")
              .says(
                  "when the journal's queue is full: `drop` does not keep the exchange and counts"
                      + " it, `refuse` answers 503 instead of letting something go by unseen"),
          setting(INTERCEPTION, "intercept.journal.waiting", "JOURNAL_WAITING_MAX")
              .says("exchanges that may wait for the log"),
          setting(INTERCEPTION, "intercept.journal.waiting_bytes", "JOURNAL_WAITING_BYTES_MAX")
              .says("memory that they may take"),
          setting(INTERCEPTION, "intercept.journal.encrypted", "JOURNAL_ENCRYPTED")
              .says(
                  "whether headers, queries and bodies are sealed with AES-256-GCM and the key of"
                      + " `PENSTOCK_SECRET_KEY`: the log, the store and the sinks have them only"
                      + " sealed"),
          setting(INTERCEPTION, "intercept.upstream.http_proxy", "UPSTREAM_HTTP_PROXY")
              .says(
                  "a proxy for what is forwarded in clear: `http://user:password@proxy:3128`,"
                      + " `https://...` or `socks5://...`")
              .asAddressWithPassword(),
          setting(INTERCEPTION, "intercept.upstream.https_proxy", "UPSTREAM_HTTPS_PROXY")
              .says("the same for TLS and for tunnels")
              .asAddressWithPassword(),
          setting(INTERCEPTION, "intercept.upstream.no_proxy", "UPSTREAM_NO_PROXY")
              .says("hosts, domains and networks that are reached without them, as in `NO_PROXY`"),
          setting(INTERCEPTION, "intercept.upstream.ca_file", "UPSTREAM_CA_FILE")
              .says("authorities to trust besides the machine's, PEM"),
          setting(INTERCEPTION, "intercept.upstream.insecure_hosts", "UPSTREAM_INSECURE_HOSTS")
              .says("hosts whose certificates are not checked"),
          setting(
                  INTERCEPTION,
                  "intercept.upstream.client_certificates",
                  "UPSTREAM_CLIENT_CERTIFICATES")
              .says(
                  "who the proxy is to servers that ask, a host and a file each:"
                      + " `api.example=/etc/penstock/client.pem,*.corp.example=corp.p12`; PEM with"
                      + " chain and key, or PKCS #12, of mode 0600, see"
                      + " [certificates.md](certificates.md)"),
          setting(INTERCEPTION, "intercept.upstream.client_password", "UPSTREAM_CLIENT_PASSWORD")
              .says("the password of those that are PKCS #12")
              .asSecret(),
          setting(INTERCEPTION, "intercept.alerts.webhook", "ALERT_WEBHOOK_URL")
              .says("where alerts of the inventory are posted as JSON, one at a time")
              .asSecret(),
          setting(INTERCEPTION, "intercept.alerts.slack", "ALERT_SLACK_URL")
              .says("an incoming webhook of Slack, or of what understands its messages")
              .asSecret(),
          setting(INTERCEPTION, "intercept.alerts.smtp", "ALERT_SMTP_URL")
              .says(
                  "a mail server for alerts: `smtps://user:password@host:465`, or `smtp://...:587`"
                      + " with STARTTLS, without which no password is sent; at most one mail a"
                      + " minute, with all alerts since the last")
              .asAddressWithPassword(),
          setting(INTERCEPTION, "intercept.alerts.mail_to", "ALERT_MAIL_TO")
              .says("to whom alerts are mailed"),
          setting(INTERCEPTION, "intercept.alerts.mail_from", "ALERT_MAIL_FROM")
              .says("from whom")
              .otherwise("the first of `ALERT_MAIL_TO`"),
          setting(INTERCEPTION, "intercept.ca.folder", "CA_FOLDER")
              .says("where the installation's own certificate authority is")
              .otherwise("`ca` under `PENSTOCK_DATA`"),
          setting(INTERCEPTION, "intercept.ca.password", "CA_PASSWORD")
              .says(
                  "keeps the authority's key in a PKCS #12 file with this password instead of a PEM"
                      + " file of mode 0600")
              .asSecret(),
          setting(INTERCEPTION, "intercept.ca.permitted_hosts", "CA_PERMITTED_HOSTS")
              .says(
                  "the only hosts that a newly made authority is good for, as critical name"
                      + " constraints (RFC 5280 §4.2.1.10)"),
          setting(INTERCEPTION, "intercept.ca.chain_file", "CA_CHAIN_FILE")
              .says(
                  "an intermediate of your own with its chain, PEM, used instead of an own"
                      + " authority"),
          setting(INTERCEPTION, "intercept.ca.key_file", "CA_KEY_FILE")
              .says("its key, PKCS #8 PEM"),
          setting(LOGS, "logs.format", "LOG_FORMAT")
              .says("how a line looks, one line an event, on standard error"),
          setting(LOGS, "logs.level", "LOG_LEVEL")
              .says("least level that is written")
              .otherwise("`INFO`"),
          setting(LOGS, "logs.environment", "ENVIRONMENT")
              .says("`development` with `LOG_FORMAT=text` gives lines with signs, for a terminal"),
          setting(LOGS, "logs.file", "LOG_FILE")
              .says(
                  "a file that gets the same lines; at 10 MiB it becomes `.1`, and five old ones"
                      + " are kept"),
          setting(LOGS, "logs.redact.fields", "REDACT_FIELDS")
              .says(
                  "words; a value whose name has one of them in it is not shown in logs and in the"
                      + " audit of requests")
              .otherwise("`password,token`"),
          setting(LOGS, "logs.redact.headers", "REDACT_HEADERS")
              .says("headers whose values are not shown there either")
              .otherwise("`authorization,x-api-key`"),
          setting(LOGS, "audit.requests", "ADMIN_AUDIT_MAX")
              .says("requests of one tenant that the audit keeps"),
          setting(LOGS, "audit.minutes", "ADMIN_AUDIT_TTL_MINUTES").says("how long it keeps them"),
          setting(LOGS, "audit.retention_days", "ADMIN_AUDIT_RETENTION_DAYS")
              .says("how long the database keeps what operators did"),
          setting(LOGS, "version.number", "TELEMETRY_VERSION", "APP_VERSION")
              .says("what `/v1/version` says")
              .otherwise("the build's"),
          setting(LOGS, "version.git_sha", "GIT_SHA")
              .says("what `/v1/version` says of the build")
              .otherwise("`unknown`"),
          setting(LOGS, "version.image", "IMAGE").says("the same").otherwise("`unknown`"),
          setting(LOGS, "version.image_tag", "IMAGE_TAG").says("the same").otherwise("the version"),
          setting(LOGS, "version.image_digest", "IMAGE_DIGEST")
              .says("the same")
              .otherwise("`unknown`"));

  private static final String COLLECTOR =
      "the server decodes flows itself, see NETFLOW_PORT, IPFIX_PORT and SFLOW_PORT";
  private static final String QUEUE =
      "there is no queue in memory: the log on the disk is the only one";
  private static final String NO_BUILT_IN_KEYS =
      "no key is built in; API_KEY and TELEMETRY_SEED_KEYS set them";
  private static final String NO_EGRESS = "the server asks nobody for updates and runs no other";

  private static final List<Ignored> IGNORED =
      List.of(
          new Ignored("FEATURE_UDP_HEAD", COLLECTOR),
          new Ignored("FEATURE_SOURCES", "sources are always there"),
          new Ignored("DEMO_BASE_URL", "the demo hands its events over in the process"),
          new Ignored("ADMIN_SHOW_LOG_TAIL", "whoever may read logs may read their tail"),
          new Ignored("QUEUE_MAX_DEPTH", QUEUE),
          new Ignored("WORKER_POOL_SIZE", "DECODE_WORKERS says how many threads decode"),
          new Ignored("ENRICH_TIMEOUT_MS", "tables are in memory: enriching waits for nothing"),
          new Ignored("DISPATCH_TIMEOUT_MS", "a batch is durable before it is answered"),
          new Ignored("FIFO_MAX_RECORDS", QUEUE),
          new Ignored("FIFO_DROP_POLICY", QUEUE),
          new Ignored("MAX_BATCH_BYTES", "a batch may always have 5 MiB"),
          new Ignored("MAX_RECORDS", "a batch may always have 10,000 records"),
          new Ignored("REDIS_URL", "receipts and limits are kept in the process and its folder"),
          new Ignored("DEFAULT_TENANT", "the tenant of the start is always called default"),
          new Ignored("SEED_DEFAULT_TENANT", "the tenant default is always there"),
          new Ignored("BOOTSTRAP_TENANT_ID", "the keys of the start are the tenant default's"),
          new Ignored("AUTO_MIGRATE", "the database's tables are always brought up to date"),
          new Ignored("APP_NAME", "the service's name is part of the contract"),
          new Ignored("GIT_TAG", "TELEMETRY_VERSION is the version"),
          new Ignored("DOCKERHUB_REPO", NO_EGRESS),
          new Ignored("DOCKERHUB_TAG", NO_EGRESS),
          new Ignored("UPDATE_CHECK_ENABLED", NO_EGRESS),
          new Ignored("ADMIN_TOKEN", NO_EGRESS),
          new Ignored("DEV_ADMIN_KEY", NO_BUILT_IN_KEYS),
          new Ignored("DEV_USER_KEY", NO_BUILT_IN_KEYS),
          new Ignored("TEST_ADMIN_KEY", NO_BUILT_IN_KEYS),
          new Ignored("TEST_ADMIN_KEY_FALLBACK", NO_BUILT_IN_KEYS),
          new Ignored("TEST_USER_KEY_FALLBACK", NO_BUILT_IN_KEYS),
          new Ignored("ALLOW_DEV_KEYS", NO_BUILT_IN_KEYS),
          new Ignored("COLLECTOR_LISTEN", COLLECTOR),
          new Ignored("GOFLOW_ARGS", COLLECTOR),
          new Ignored("MAPPER_API", COLLECTOR),
          new Ignored("MAPPER_KEY", COLLECTOR),
          new Ignored("MAPPER_COLLECTOR_ID", COLLECTOR),
          new Ignored("MAX_RECORDS_PER_BATCH", COLLECTOR),
          new Ignored("MAX_PAYLOAD_SIZE", COLLECTOR),
          new Ignored("GZIP_THRESHOLD", COLLECTOR),
          new Ignored("FLUSH_INTERVAL", COLLECTOR));

  /** Settings by every name they have in the environment. */
  private static final Map<String, Setting> BY_NAME = new HashMap<>();

  private static final Map<String, Setting> BY_KEY = new HashMap<>();
  private static final Set<String> SECTIONS = new HashSet<>();
  private static final Map<String, Ignored> IGNORED_BY_NAME = new HashMap<>();

  static {
    for (var setting : ALL) {
      BY_KEY.put(setting.key(), setting);
      setting.names().forEach(name -> BY_NAME.put(name, setting));
      for (int dot = setting.key().indexOf('.');
          dot > 0;
          dot = setting.key().indexOf('.', dot + 1)) {
        SECTIONS.add(setting.key().substring(0, dot));
      }
    }
    IGNORED.forEach(ignored -> IGNORED_BY_NAME.put(ignored.name(), ignored));
  }

  private Settings() {}

  /** A row that still has to say what it means. */
  private record Row(Section section, String key, List<String> names) {

    Setting says(String meaning) {
      return new Setting(section, key, names, meaning, "", Shown.ALL);
    }
  }

  private static Row setting(Section section, String key, String... names) {
    return new Row(section, key, List.of(names));
  }

  /** Every setting, in the order of the reference page. */
  public static List<Setting> all() {
    return ALL;
  }

  /** The variables that are accepted and do nothing. */
  public static List<Ignored> ignored() {
    return IGNORED;
  }

  /** The setting that a variable sets. */
  public static Optional<Setting> of(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  static Optional<Ignored> ignored(String name) {
    return Optional.ofNullable(IGNORED_BY_NAME.get(name));
  }

  /** Whether a key of the file has settings under it. */
  static boolean isSection(String key) {
    return SECTIONS.contains(key);
  }

  /**
   * The variable that a key of the file stands for: of a structured key the documented one, else
   * the key itself. Of a secret's file it is the variable that names the file.
   */
  static Optional<String> nameOf(String key) {
    if (BY_NAME.containsKey(key)) {
      return Optional.of(key);
    }
    if (BY_KEY.containsKey(key)) {
      return Optional.of(BY_KEY.get(key).name());
    }
    if (key.endsWith(FILE_SUFFIX)) {
      var secret = BY_NAME.get(key.substring(0, key.length() - FILE_SUFFIX.length()));
      return secret != null && secret.isSecret() ? Optional.of(key) : Optional.empty();
    }
    if (key.endsWith(KEY_FILE_SUFFIX)) {
      var secret = BY_KEY.get(key.substring(0, key.length() - KEY_FILE_SUFFIX.length()));
      return secret != null && secret.isSecret()
          ? Optional.of(secret.name() + FILE_SUFFIX)
          : Optional.empty();
    }
    return Optional.empty();
  }

  /** What all names of one setting have in common. */
  static String identity(String name) {
    var setting = BY_NAME.get(name);
    if (setting == null && name.endsWith(FILE_SUFFIX)) {
      setting = BY_NAME.get(name.substring(0, name.length() - FILE_SUFFIX.length()));
    }
    return setting == null ? name : setting.key();
  }

  /** The known key or variable that an unknown one was probably meant to be. */
  static Optional<String> nearest(String key) {
    if (key.equals(key.toUpperCase(Locale.ROOT))) {
      return nearestVariable(key);
    }
    var keys = new ArrayList<String>(BY_KEY.keySet());
    keys.addAll(SECTIONS);
    return NearMiss.of(key, keys);
  }

  private static Optional<String> nearestVariable(String name) {
    var names = new ArrayList<>(BY_NAME.keySet());
    names.addAll(IGNORED_BY_NAME.keySet());
    return NearMiss.of(name, names);
  }

  /** What an operator should know of the variables that are set: no effect, or a slip. */
  static List<String> warnings(Set<String> variables) {
    var warnings = new ArrayList<String>();
    for (var name : variables.stream().sorted().toList()) {
      var ignored = IGNORED_BY_NAME.get(name);
      if (ignored != null) {
        warnings.add(name + " is ignored: " + ignored.why());
      } else if (nameOf(name).isEmpty()) {
        nearestVariable(name)
            .filter(known -> !variables.contains(known))
            .ifPresent(
                known ->
                    warnings.add(name + " is no setting and ignored: did you mean " + known + "?"));
      }
    }
    return warnings;
  }
}
