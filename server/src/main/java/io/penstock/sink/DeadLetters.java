package io.penstock.sink;

import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.event.EventCodec;
import io.penstock.event.EventJson;
import io.penstock.json.Json;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import io.penstock.sink.Flight.Refused;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The events that destinations refused, each with the reason and the answer, in files that are
 * there whole or not at all. The files are the JSON lines that clients of the HTTP contract read,
 * with the events once more in the encoding of the log, so that they can be sent again as they
 * were.
 *
 * <p>Files of the default tenant lie in the folder itself, those of others in a folder by tenant.
 * The oldest go when the limits are reached. Safe for many threads.
 */
public final class DeadLetters {

  private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss");
  private static final Pattern NAME =
      Pattern.compile("(\\d{8}_\\d{6})_(.+)_(\\d+)_events(?:-\\d+)?\\.jsonl");
  private static final String DEFAULT_TENANT = "default";

  /** Events of one line; a destination that refuses everything must not make lines of megabytes. */
  private static final int LINE_EVENTS_MAX = 200;

  /** What the files of a sink are called where clients know another name. */
  private static final Map<String, String> FILE_NAMES = Map.of("splunk", "splunk_hec");

  private final Path folder;
  private final Limits limits;
  private final InstantSource clock;
  private final Counter dropped;
  private final TreeMap<String, File> files = new TreeMap<>();

  /**
   * How much is kept.
   *
   * @param bytesMax of all files
   * @param ageMax of a file
   * @param eventsMax that a tenant may have, by tenant
   */
  public record Limits(long bytesMax, Duration ageMax, ToIntFunction<String> eventsMax) {}

  /**
   * A file of dead letters.
   *
   * @param id names it for its tenant and in its folder
   * @param sink that could not deliver them
   */
  public record File(
      String tenant, String id, String sink, Instant at, int events, long bytes, Path path) {

    private String key() {
      return at.getEpochSecond() + "/" + tenant + "/" + id;
    }
  }

  /**
   * Opens the folder, which is made when missing, and finds what it holds.
   *
   * @throws UncheckedIOException when it cannot be used
   */
  public DeadLetters(Path folder, Limits limits, PrometheusRegistry registry, InstantSource clock) {
    this.folder = folder;
    this.limits = limits;
    this.clock = clock;
    this.dropped =
        Counter.builder()
            .name("telemetry_dlq_dropped_events_total")
            .help("Dead letters that were deleted unsent, by limit: size, age or tenant.")
            .labelNames("reason")
            .register(registry);
    List.of("size", "age", "tenant").forEach(dropped::initLabelValues);
    gauge(registry, "events", "Events that the dead letters hold.", this::events);
    gauge(registry, "bytes", "Bytes that the dead letters take on the disk.", this::bytes);
    try {
      Files.createDirectories(folder);
      find();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use the folder of dead letters " + folder, e);
    }
  }

  private static void gauge(
      PrometheusRegistry registry, String name, String help, LongSupplier value) {
    GaugeWithCallback.builder()
        .name("telemetry_dlq_" + name)
        .help(help)
        .callback(gauge -> gauge.call((double) value.getAsLong()))
        .register(registry);
  }

  private void find() throws IOException {
    Files.walkFileTree(
        folder,
        Set.of(),
        2,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path path, BasicFileAttributes attributes)
              throws IOException {
            if (path.toString().endsWith(".tmp")) {
              Files.delete(path);
            } else if (attributes.isRegularFile()) {
              file(path, attributes.size()).ifPresent(file -> files.put(file.key(), file));
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private Optional<File> file(Path path, long size) {
    var id = path.getFileName().toString();
    var name = NAME.matcher(id);
    if (!name.matches()) {
      return Optional.empty();
    }
    var parent = path.getParent();
    var tenant =
        parent == null || parent.equals(folder)
            ? DEFAULT_TENANT
            : String.valueOf(parent.getFileName());
    try {
      var at = LocalDateTime.parse(name.group(1), TIME).toInstant(ZoneOffset.UTC);
      int events = Integer.parseInt(name.group(3));
      return Optional.of(new File(tenant, id, sink(name.group(2)), at, events, size, path));
    } catch (RuntimeException e) {
      LOG.atWarn().addKeyValue("file", path).log("no time or number in the name of dead letters");
      return Optional.empty();
    }
  }

  private static String sink(String fileName) {
    return FILE_NAMES.entrySet().stream()
        .filter(entry -> entry.getValue().equals(fileName))
        .map(Map.Entry::getKey)
        .findAny()
        .orElse(fileName);
  }

  /** The dead letters of one sink. */
  Box box(String tenant, String sink) {
    return new Box(tenant, sink);
  }

  /** The dead letters of one sink. */
  final class Box {

    private final String tenant;
    private final String sink;

    Box(String tenant, String sink) {
      this.tenant = tenant;
      this.sink = sink;
    }

    /**
     * Keeps events; when this returns, a crash does not lose them.
     *
     * @param from where the sink's cursor stands
     * @param to where it goes once they are kept
     */
    void add(List<Refused> refused, long from, long to) throws IOException {
      var lines = new StringBuilder();
      for (var group : groups(refused)) {
        lines.append(Json.text(line(group, from, to))).append('\n');
      }
      write(tenant, sink, refused.size(), lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    private Map<String, @Nullable Object> line(List<Refused> group, long from, long to) {
      var first = group.getFirst();
      var events = group.stream().map(Refused::event).toList();
      var line = new LinkedHashMap<String, @Nullable Object>();
      line.put("timestamp", clock.instant().toString());
      line.put("destination", FILE_NAMES.getOrDefault(sink, sink));
      line.put("events_count", events.size());
      line.put("error", first.answer().text());
      line.put("last_status", first.answer().code());
      line.put("retry_count", first.attempts());
      line.put("reason", first.reason());
      line.put("tenant", tenant);
      line.put("from", from);
      line.put("to", to);
      line.put(
          "events",
          events.stream()
              .map(
                  event ->
                      new Json.Raw(
                          new String(EventJson.write(tenant, event), StandardCharsets.UTF_8)))
              .toList());
      line.put(
          "encoded",
          Base64.getEncoder()
              .encodeToString(EventCodec.encode(new EventBatch(tenant, events, null))));
      return line;
    }

    /**
     * The events of a file, in groups as they were refused; none when there is no such file.
     *
     * @throws UncheckedIOException when it cannot be read
     */
    List<List<Event>> events(String id) {
      var found = new ArrayList<List<Event>>();
      for (var line : lines(tenant, id)) {
        if (line.get("encoded") instanceof String encoded) {
          var bytes = Base64.getDecoder().decode(encoded);
          found.add(EventCodec.decode(bytes, 0, bytes.length).events());
        }
      }
      return found;
    }

    boolean delete(String id) {
      return DeadLetters.this.delete(tenant, id);
    }

    /**
     * Forgets what was kept just before a crash, after which the cursor had not moved yet: those
     * events are sent, and maybe refused, again.
     */
    void forgetUncommitted(long position, long end) {
      for (var file : files(tenant, sink)) {
        for (var line : lines(tenant, file.id)) {
          if (line.get("from") instanceof Long from
              && line.get("to") instanceof Long to
              && from >= position
              && to > position
              && to <= end) {
            delete(file.id);
            break;
          }
        }
      }
    }
  }

  /** Events refused for the same reason with the same answer, in their order. */
  private static List<List<Refused>> groups(List<Refused> refused) {
    var groups = new ArrayList<List<Refused>>();
    var open = new LinkedHashMap<Object, List<Refused>>();
    for (var one : refused) {
      var key = List.of(one.reason(), one.answer(), one.attempts());
      var group = open.get(key);
      if (group == null || group.size() == LINE_EVENTS_MAX) {
        group = new ArrayList<>();
        groups.add(group);
        open.put(key, group);
      }
      group.add(one);
    }
    return groups;
  }

  private synchronized void write(String tenant, String sink, int events, byte[] lines)
      throws IOException {
    var at = clock.instant();
    var parent = tenant.equals(DEFAULT_TENANT) ? folder : folder.resolve(tenant);
    Files.createDirectories(parent);
    var stem =
        "%s_%s_%d_events"
            .formatted(
                TIME.format(at.atOffset(ZoneOffset.UTC)),
                FILE_NAMES.getOrDefault(sink, sink),
                events);
    var path = parent.resolve(stem + ".jsonl");
    for (int i = 2; Files.exists(path); i++) {
      path = parent.resolve(stem + "-" + i + ".jsonl");
    }
    var unfinished = parent.resolve(path.getFileName() + ".tmp");
    Files.write(unfinished, lines);
    force(unfinished);
    Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
    force(parent);
    file(path, lines.length).ifPresent(file -> files.put(file.key(), file));
    enforce();
  }

  private static void force(Path path) throws IOException {
    try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Deletes what is too much or too old, the oldest first. */
  public synchronized void enforce() {
    var oldest = clock.instant().minus(limits.ageMax());
    for (var file : List.copyOf(files.values())) {
      if (file.at.isBefore(oldest)) {
        drop(file, "age");
      }
    }
    while (bytes() > limits.bytesMax() && files.size() > 1) {
      drop(files.firstEntry().getValue(), "size");
    }
    for (var tenant : files.values().stream().map(File::tenant).distinct().toList()) {
      int most = limits.eventsMax().applyAsInt(tenant);
      while (most > 0 && depth(tenant, null) > most) {
        files(tenant, null).stream().findFirst().ifPresent(file -> drop(file, "tenant"));
      }
    }
  }

  private void drop(File file, String reason) {
    LOG.atError()
        .addKeyValue("sink", file.sink)
        .addKeyValue("tenant", file.tenant)
        .addKeyValue("events", file.events)
        .addKeyValue("limit", reason)
        .log("dead letters were deleted unsent");
    dropped.labelValues(reason).inc(file.events);
    delete(file.tenant, file.id);
  }

  /** The files of a tenant, of one sink or of all, the oldest first. */
  public synchronized List<File> files(String tenant, @Nullable String sink) {
    return files.values().stream()
        .filter(file -> file.tenant.equals(tenant))
        .filter(file -> sink == null || file.sink.equals(sink))
        .sorted(Comparator.comparing(File::at).thenComparing(File::id))
        .toList();
  }

  /** Events that a tenant's dead letters hold, of one sink or of all. */
  public long depth(String tenant, @Nullable String sink) {
    return files(tenant, sink).stream().mapToLong(File::events).sum();
  }

  /**
   * All dead letters of all tenants.
   *
   * @param oldest when the oldest were refused; null when there are none
   */
  public record Totals(int files, long events, long bytes, @Nullable Instant oldest) {}

  public synchronized Totals totals() {
    var oldest = files.values().stream().map(File::at).min(Comparator.naturalOrder()).orElse(null);
    return new Totals(files.size(), events(), bytes(), oldest);
  }

  /** Events that the dead letters of all tenants hold. */
  public synchronized long events() {
    return files.values().stream().mapToLong(File::events).sum();
  }

  private synchronized long bytes() {
    return files.values().stream().mapToLong(File::bytes).sum();
  }

  private synchronized Optional<File> file(String tenant, String id) {
    return files.values().stream()
        .filter(file -> file.tenant.equals(tenant) && file.id.equals(id))
        .findAny();
  }

  /**
   * The lines of a file as objects; none when there is no such file, and without what is no JSON.
   *
   * @throws UncheckedIOException when it cannot be read
   */
  public List<Map<?, ?>> lines(String tenant, String id) {
    var file = file(tenant, id);
    if (file.isEmpty()) {
      return List.of();
    }
    var lines = new ArrayList<Map<?, ?>>();
    try {
      for (var text : Files.readAllLines(file.get().path)) {
        if (JsonTree.parse(text) instanceof Map<?, ?> line) {
          lines.add(line);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the dead letters " + id, e);
    } catch (MalformedJsonException e) {
      LOG.atError().addKeyValue("file", id).setCause(e).log("dead letters cannot be read");
    }
    return lines;
  }

  /** Deletes a file unsent; whether there was one. */
  public synchronized boolean delete(String tenant, String id) {
    var file = file(tenant, id);
    if (file.isEmpty()) {
      return false;
    }
    try {
      Files.deleteIfExists(file.get().path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete the dead letters " + id, e);
    }
    files.remove(file.get().key());
    return true;
  }
}
