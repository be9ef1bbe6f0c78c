package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.config.Environment;
import io.penstock.config.Reading;
import io.penstock.config.Setting;
import io.penstock.config.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The page of settings has what the table of settings and those who read them say. {@code
 * -Dgolden.update=true} writes its tables anew, to be reviewed as a diff; the prose around them is
 * by hand.
 */
class ConfigurationGoldenTest {

  private static final Path PAGE = Path.of("..", "docs", "configuration.md");
  private static final List<String> HEAD =
      List.of("| key | variables | value | default | meaning |", "|---|---|---|---|---|");
  private static final String IGNORED_HEADING = "Accepted and ignored";
  private static final List<String> IGNORED_HEAD = List.of("| variable | why |", "|---|---|");

  /** Names the file itself; read before there is an environment. */
  private static final String FILE = "PENSTOCK_CONFIG";

  /** With one worker, so that no bound depends on the machine; the table says which defaults do. */
  private final Environment environment = CheckCommand.read(Map.of("DECODE_WORKERS", "1"));

  @Test
  void thePageListsEverySettingOfARunningServer() throws IOException {
    var page = page(Files.readAllLines(PAGE));

    if (Boolean.getBoolean("golden.update")) {
      Files.write(PAGE, page);
    }
    assertThat(Files.readAllLines(PAGE)).containsExactlyElementsOf(page);
    assertThat(String.join("\n", page)).contains("`" + FILE + "`");
  }

  @Test
  void everyVariableThatIsReadIsInTheTableUnderAllItsNames() {
    for (var reading : environment.readings()) {
      var setting = Settings.of(reading.names().getFirst());
      assertThat(setting)
          .as("%s is read: describe it in config.Settings", reading.names())
          .isPresent();
      assertThat(setting.orElseThrow().names())
          .as(reading.names().getFirst())
          .containsAll(reading.names());
    }
  }

  @Test
  void everyNameOfTheTableIsReadOrIgnoredButNotBoth() {
    var read = new HashSet<>(environment.asked());
    var ignored = Settings.ignored().stream().map(i -> i.name()).collect(Collectors.toSet());
    var listed = Settings.all().stream().flatMap(s -> s.names().stream()).toList();

    assertThat(listed).doesNotHaveDuplicates();
    assertThat(ignored).hasSameSizeAs(Settings.ignored()).doesNotContainAnyElementsOf(listed);
    assertThat(read).containsExactlyInAnyOrderElementsOf(listed);
  }

  @Test
  void everyVariableOfTheReferenceIsReadOrIgnoredWithAReason() {
    var known = new HashSet<>(environment.asked());
    Settings.ignored().forEach(ignored -> known.add(ignored.name()));

    assertThat(known).containsAll(REFERENCE);
  }

  /** The page with its tables written anew. */
  private List<String> page(List<String> old) {
    var tables = tables();
    var page = new ArrayList<String>();
    @Nullable List<String> table = null;
    boolean inTable = false;
    for (var line : old) {
      if (line.startsWith("#")) {
        table = tables.remove(line.replaceFirst("#+ ", ""));
      }
      if (table != null && line.startsWith("|")) {
        page.addAll(table);
        table = null;
        inTable = true;
      }
      if (!inTable || !line.startsWith("|")) {
        inTable = false;
        page.add(line);
      }
    }
    assertThat(tables).as("headings that the page lacks").isEmpty();
    return page;
  }

  private Map<String, List<String>> tables() {
    var tables = new LinkedHashMap<String, List<String>>();
    for (var setting : Settings.all()) {
      var reading = reading(setting);
      if (reading != null) {
        tables
            .computeIfAbsent(setting.section().heading(), _ -> new ArrayList<>(HEAD))
            .add(row(setting, reading));
      }
    }
    var ignored = new ArrayList<>(IGNORED_HEAD);
    Settings.ignored().forEach(i -> ignored.add("| `" + i.name() + "` | " + i.why() + " |"));
    tables.put(IGNORED_HEADING, ignored);
    return tables;
  }

  private @Nullable Reading reading(Setting setting) {
    return environment.readings().stream()
        .filter(reading -> setting.names().contains(reading.names().getFirst()))
        .findFirst()
        .orElse(null);
  }

  private static String row(Setting setting, Reading reading) {
    var names = setting.names().stream().map(n -> "`" + n + "`").collect(Collectors.joining(", "));
    var own = reading.standard().isEmpty() ? "–" : "`" + reading.standard() + "`";
    return "| `%s` | %s | %s | %s | %s |"
        .formatted(
            setting.key(),
            names,
            reading.expected().replaceFirst(", such as.*", "")
                + (setting.isSecret() ? ", secret" : ""),
            setting.standard().isEmpty() ? own : setting.standard(),
            setting.meaning());
  }

  /** Every variable that the reference documents or reads, but for those of its own scripts. */
  private static final List<String> REFERENCE =
      List.of(
          ("TELEMETRY_SEED_KEYS API_KEY FEATURE_UDP_HEAD FEATURE_SOURCES ENRICH_ENABLE_GEOIP"
                  + " ENRICH_ENABLE_ASN ENRICH_ENABLE_TI RETENTION_DAYS ENVIRONMENT LOG_FORMAT"
                  + " HTTP_LOG_SAMPLE_RATE HTTP_LOG_EXCLUDE_PATHS DEMO_MODE DEMO_EPS"
                  + " DEMO_DURATION_SEC DEMO_VARIANTS DEMO_BASE_URL DATABASE_URL SQLITE_PATH"
                  + " PUBLIC_PROMETHEUS DEV_BYPASS_SCOPES GEOIP_DB_CITY GEOIP_DB_ASN GEOIP_CITY_DB"
                  + " GEOIP_ASN_DB GEOIP_DB_PATH ASN_DB_PATH THREATLIST_CSV TI_PATH TI_DATA_DIR"
                  + " SPLUNK_HEC_URL SPLUNK_HEC_TOKEN ELASTIC_URL ELASTIC_USERNAME ELASTIC_PASSWORD"
                  + " REDACT_HEADERS REDACT_FIELDS ADMIN_API_KEY ADMISSION_HTTP_ENABLED"
                  + " ADMISSION_UDP_ENABLED ADMISSION_LOG_ONLY ADMISSION_FAIL_OPEN"
                  + " ADMISSION_COMPAT_ALLOW_EMPTY_IPS ADMISSION_BLOCK_ON_EXCEED_DEFAULT"
                  + " HTTP_IP_ALLOWLIST_ENABLED HTTP_TRUST_XFF TRUST_PROXY ADMIN_AUDIT_MAX"
                  + " ADMIN_AUDIT_TTL_MINUTES ADMIN_SHOW_LOG_TAIL EXPORT_ELASTIC_ENABLED"
                  + " EXPORT_SPLUNK_ENABLED QUEUE_MAX_DEPTH WORKER_POOL_SIZE"
                  + " QUEUE_RETRY_AFTER_SECONDS ENRICH_TIMEOUT_MS DISPATCH_TIMEOUT_MS"
                  + " RATE_LIMIT_PER_MIN IDEMPOTENCY_TTL_SECONDS REDIS_URL TELEMETRY_DLQ_DIR"
                  + " DLQ_MAX_SIZE_MB DLQ_MAX_AGE_DAYS LOG_LEVEL LOG_SAMPLE_RATE LOG_EXCLUDE_PATHS"
                  + " LOG_FILE HTTP_LOG_ENABLED CORS_ORIGINS DEFAULT_TENANT AUTO_MIGRATE"
                  + " APP_VERSION TELEMETRY_VERSION GIT_SHA GIT_TAG IMAGE IMAGE_TAG IMAGE_DIGEST"
                  + " DOCKERHUB_REPO DOCKERHUB_TAG UPDATE_CHECK_ENABLED APP_NAME ADMIN_TOKEN"
                  + " ENRICH_DATA_DIR GEOIP_MMDB_PATH UDP_PORT ADMIN_KEYS USER_KEYS DEV_ADMIN_KEY"
                  + " DEV_USER_KEY TEST_ADMIN_KEY TEST_ADMIN_KEY_FALLBACK TEST_USER_KEY_FALLBACK"
                  + " USER_API_KEY ALLOW_DEV_KEYS BOOTSTRAP_ADMIN_API_KEY BOOTSTRAP_TENANT_ID"
                  + " ADMIN_BOOTSTRAP_KEY SEED_DEFAULT_TENANT APP_PORT API_PORT PORT API_HOST"
                  + " COLLECTOR_LISTEN GOFLOW_ARGS MAPPER_API MAPPER_KEY MAPPER_COLLECTOR_ID"
                  + " FLUSH_INTERVAL MAX_RECORDS_PER_BATCH MAX_PAYLOAD_SIZE GZIP_THRESHOLD"
                  + " MAX_BATCH_BYTES MAX_RECORDS FIFO_MAX_RECORDS FIFO_DROP_POLICY")
              .split(" "));
}
