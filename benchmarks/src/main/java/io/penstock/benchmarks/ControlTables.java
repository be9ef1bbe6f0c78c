package io.penstock.benchmarks;

import io.penstock.control.Database;
import io.penstock.control.DatabaseConfig;
import io.penstock.control.Secret;
import io.penstock.control.Source;
import io.penstock.control.Sources;
import io.penstock.control.Tenant;
import io.penstock.control.Tenants;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;

/**
 * The tables of a large installation, written in a few transactions: what takes minutes one by one,
 * through the product's own interface, is not what is measured with them.
 *
 * @param tenants how many besides the default one
 * @param keysPerTenant keys of each
 * @param sources of all tenants together, each with two networks of its own; some post, most send
 *     flows
 */
record ControlTables(int tenants, int keysPerTenant, int sources) {

  /** As many as the goals speak of. */
  static final ControlTables LARGE = new ControlTables(1_000, 10, 10_000);

  private static final int SECRETS_MAX = 1_000;

  /** Of how many sources one posts. */
  private static final int POSTING = 10;

  /** The database of a server whose data is in this folder. */
  static Database open(Path data) {
    return Database.open(
        new DatabaseConfig.Sqlite(data.resolve("penstock.db")), new PrometheusRegistry());
  }

  /**
   * Fills the tables of a data folder.
   *
   * @return some of the secrets that open
   */
  List<String> fill(Path data) {
    try (var database = open(data)) {
      var _ = new Tenants(database, Tenants.RETENTION_DAYS, InstantSource.system());
      var secrets = database.write(this::fill);
      new Sources(database, InstantSource.system()).addAll(allSources());
      return secrets;
    }
  }

  private List<String> fill(Handle handle) {
    long now = System.currentTimeMillis();
    var tenant =
        handle.prepareBatch(
            """
            INSERT INTO tenants
              (tenant_id, name, retention_days, quotas, redaction, created_at, updated_at)
            VALUES (?, ?, 7, '{}', '{"fields":[]}', ?, ?)
            """);
    for (int i = 0; i < tenants; i++) {
      tenant.add(tenant(i), "Tenant " + i, now, now);
    }
    tenant.execute();
    var secrets = new ArrayList<String>();
    var key =
        handle.prepareBatch(
            """
            INSERT INTO api_keys (key_id, tenant_id, hash, prefix, scopes, note, created_at)
            VALUES (?, ?, ?, ?, '["ingest","read_metrics"]', ?, ?)
            """);
    for (int i = 0; i < tenants * keysPerTenant; i++) {
      var secret = Secret.random();
      key.add(
          "key-%016x".formatted(i),
          tenant(i % tenants),
          sha256(secret.text()),
          secret.text().substring(0, 8),
          "of collector " + i,
          now);
      if (secrets.size() < SECRETS_MAX) {
        secrets.add(secret.text());
      }
    }
    key.execute();
    return secrets;
  }

  private static String tenant(int i) {
    return "tenant-" + i;
  }

  private List<Source> allSources() {
    return IntStream.range(0, sources).mapToObj(this::source).toList();
  }

  private Source source(int i) {
    var now = Instant.ofEpochMilli(System.currentTimeMillis());
    boolean posts = i % POSTING == 0;
    return new Source(
        new Source.Key(tenant(i % tenants), (posts ? "collector-" : "router-") + i),
        posts ? Source.Type.HTTP : Source.Type.UDP,
        "Router " + i,
        "branch",
        "Site " + i % 100,
        List.of("branch", "edge"),
        null,
        true,
        List.of("10.%d.%d.0/24".formatted(i >> 8, i & 0xff), "2001:db8:%x::/48".formatted(i)),
        posts ? 0 : 5_000,
        true,
        now,
        now);
  }

  /** As the table keeps a secret. */
  private static String sha256(String secret) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(secret.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** A source that posts as the benchmarks' bodies say, of the default tenant. */
  static Source poster(String id) {
    var now = Instant.ofEpochMilli(System.currentTimeMillis());
    return new Source(
        new Source.Key(Tenant.DEFAULT, id),
        Source.Type.HTTP,
        id,
        id,
        null,
        List.of(),
        null,
        true,
        List.of("127.0.0.0/8"),
        100_000_000,
        true,
        now,
        now);
  }
}
