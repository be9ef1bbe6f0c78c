package io.penstock.api;

import io.penstock.api.FeedImport.Order;
import io.penstock.api.FeedImport.Result;
import io.penstock.control.AdminAudit;
import io.penstock.control.AdminAudit.Act;
import io.penstock.control.AdminAudit.Actor;
import io.penstock.control.Indicators;
import io.penstock.control.Indicators.Mode;
import io.penstock.control.Indicators.Outcome;
import io.penstock.control.JobFailure;
import io.penstock.control.Jobs;
import io.penstock.control.ThreatIndicator;
import io.penstock.control.ThreatIndicator.Draft;
import io.penstock.enrich.BadTableException;
import io.penstock.enrich.FeedReader;
import io.penstock.enrich.Indicator;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Fields;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Threat indicators: a tenant's own, which everybody with the right scope may change, and those for
 * everyone, which are for admins. When a change is answered, events are matched against it.
 */
public final class IndicatorsResource implements Resource {

  /** An indicator that was added by itself is on this list unless it says otherwise. */
  private static final String STANDARD_FEED = "api";

  private static final String SCOPE = "manage_indicators";
  private static final Pattern FEED_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._ -]{0,63}");
  private static final int BODY_MAX = 64 * 1024;
  private static final int CATEGORY_LENGTH_MAX = 64;
  private static final int VALUE_LENGTH_MAX = 300;
  private static final int PAGE_MAX = 1_000;
  private static final int PAGE_STANDARD = 100;
  private static final long PAGES_MAX = 1_000_000;
  private static final long LIFE_SECONDS_MAX = Duration.ofDays(3650).toSeconds();

  /** Lists larger than this become a job: reading and storing them takes about a second. */
  private static final int AT_ONCE_BYTES_MAX = 512 * 1024;

  private final Indicators indicators;
  private final Jobs jobs;
  private final AdminAudit audit;
  private final Runnable changed;
  private final ApiConfig config;
  private final Path folder;
  private final InstantSource clock;
  private final FeedImport feedImport;

  /**
   * @param changed lets the matching of events follow; returns when it has
   * @param folder where lists wait that are imported by a job
   */
  public IndicatorsResource(
      Indicators indicators,
      Jobs jobs,
      AdminAudit audit,
      Runnable changed,
      ApiConfig config,
      Path folder,
      InstantSource clock)
      throws IOException {
    this.indicators = indicators;
    this.jobs = jobs;
    this.audit = audit;
    this.changed = changed;
    this.config = config;
    this.folder = folder;
    this.clock = clock;
    this.feedImport = new FeedImport(indicators, clock);
    Files.createDirectories(folder);
    removeLeftovers();
  }

  /** What jobs left behind that never ran. */
  private void removeLeftovers() throws IOException {
    try (var files = Files.list(folder)) {
      for (var file : files.toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  @Override
  public List<Route> routes() {
    var access = Access.scopes(SCOPE);
    return List.of(
        new Route("GET", "/v1/indicators", access, this::list),
        new Route("PUT", "/v1/indicators", access, this::put),
        new Route("POST", "/v1/indicators/import", access, this::load),
        new Route("GET", "/v1/indicators/{id}", access, this::get),
        new Route("DELETE", "/v1/indicators/{id}", access, this::delete),
        new Route("POST", "/v1/indicators/{id}/delete", access, this::delete));
  }

  private Answer list(Request request) {
    int size = (int) request.queryLong("size", PAGE_STANDARD, 1, PAGE_MAX);
    int page = (int) request.queryLong("page", 1, 1, PAGES_MAX);
    var filter =
        new Indicators.Filter(
            request.query("value").map(IndicatorsResource::oneForm).orElse(null),
            request.query("category").orElse(null),
            request.query("feed").orElse(null),
            request.query("expired").map(text -> flag("expired", text)));
    long offset = (page - 1L) * size;
    var found =
        indicators.list(request.tenant(), filter, (int) Math.min(offset, Integer.MAX_VALUE), size);
    var items = found.indicators().stream().map(this::json).toList();
    return Answer.json(
        Json.object(
            "indicators", items,
            "items", items,
            "total", found.total(),
            "page", page,
            "size", size,
            "pages", (found.total() + size - 1) / size));
  }

  /** What is stored of a value; the text itself when it is none. */
  private static String oneForm(String text) {
    return Indicator.Target.parse(text).map(Indicator.Target::text).orElse(text);
  }

  private static boolean flag(String name, String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default ->
          throw Refusal.invalidParameter("query", name, "Input should be a valid boolean", text);
    };
  }

  private Map<String, @Nullable Object> json(ThreatIndicator indicator) {
    var expires = indicator.expiresAt();
    return Json.object(
        "id", indicator.id(),
        "ip_or_cidr", indicator.value(),
        "value", indicator.value(),
        "category", indicator.category(),
        "confidence", indicator.confidence(),
        "feed", indicator.feed(),
        "tenant_id", indicator.tenant(),
        "global", indicator.tenant().equals(Indicators.EVERYONE),
        "expires_at", expires == null ? null : expires.toString(),
        "expired", expires != null && !expires.isAfter(clock.instant()),
        "created_at", indicator.createdAt().toString(),
        "updated_at", indicator.updatedAt().toString());
  }

  private Answer get(Request request) {
    return Answer.json(json(visible(request)));
  }

  private ThreatIndicator visible(Request request) {
    return indicators
        .find(request.tenant(), request.pathParameter("id"))
        .orElseThrow(() -> new Refusal(Answer.problem(404, "not_found", "Indicator not found")));
  }

  private Answer put(Request request) throws IOException {
    var fields = request.fields(BODY_MAX);
    var tenant = owner(request, fields.flag("global").orElse(false));
    var draft = draft(fields);
    var outcome = indicators.put(tenant, draft);
    if (!(outcome instanceof Outcome.Done(int added, int _, int _))) {
      return full(((Outcome.Full) outcome).max());
    }
    changed.run();
    var filter = new Indicators.Filter(draft.value(), null, draft.feed(), Optional.empty());
    var stored =
        indicators.list(tenant, filter, 0, PAGE_STANDARD).indicators().stream()
            .filter(indicator -> indicator.tenant().equals(tenant))
            .findFirst();
    if (stored.isEmpty()) {
      // Somebody removed it in this very moment.
      return Answer.problem(409, "conflict", "The indicator was removed at the same time");
    }
    var body = json(stored.get());
    record(request, "indicator_upsert", stored.get().id(), null, body);
    body.put("status", "added");
    body.put("created", added == 1);
    return Answer.json(body);
  }

  /** Whose indicator it is to be. */
  private static String owner(Request request, boolean isForEveryone) {
    if (!isForEveryone) {
      return request.tenant();
    }
    if (!request.principal().isAdmin()) {
      throw new Refusal(Answer.problem(403, "forbidden", "Admin scope required"));
    }
    return Indicators.EVERYONE;
  }

  private Draft draft(Fields fields) {
    var value = fields.raw("ip_or_cidr");
    if (value == null) {
      value = fields.raw("value");
    }
    if (value == null || value.equals("")) {
      throw Refusal.badRequest("invalid_indicator", "ip_or_cidr is required");
    }
    var target =
        value instanceof String text && text.length() <= VALUE_LENGTH_MAX
            ? Indicator.Target.parse(text.strip())
            : Optional.<Indicator.Target>empty();
    if (target.isEmpty()) {
      throw Refusal.badRequest("invalid_indicator", "Invalid IP or CIDR");
    }
    return new Draft(
        target.get().text(),
        fields.text("category", CATEGORY_LENGTH_MAX).orElse(Indicator.UNKNOWN_CATEGORY),
        confidence(fields.raw("confidence")),
        feed(fields.text("feed"), STANDARD_FEED),
        expiry(fields));
  }

  private static int confidence(@Nullable Object value) {
    return switch (value) {
      case null -> Indicator.UNKNOWN_CONFIDENCE;
      case Long number when number >= 0 && number <= 100 -> number.intValue();
      default -> throw Refusal.badRequest("invalid_indicator", "confidence must be integer 0-100");
    };
  }

  private static String feed(Optional<String> name, String standard) {
    if (name.isPresent() && !FEED_NAME.matcher(name.get()).matches()) {
      throw Refusal.badRequest(
          "invalid_feed",
          "feed must be 1 to 64 letters, digits, blanks or ._- and begin with a letter or digit");
    }
    return name.orElse(standard);
  }

  private @Nullable Instant expiry(Fields fields) {
    var life = fields.number("ttl", 1, LIFE_SECONDS_MAX);
    var expires = fields.text("expires_at");
    if (life.isPresent()) {
      return clock.instant().plusSeconds(life.getAsLong());
    }
    if (expires.isEmpty()) {
      return null;
    }
    try {
      return OffsetDateTime.parse(expires.get()).toInstant();
    } catch (DateTimeException e) {
      throw fields.invalid("expires_at", "Input should be a time as in 2026-03-01T12:00:00Z");
    }
  }

  private static Answer full(int max) {
    return Answer.problem(
        409, "indicators_full", "There may be at most " + max + " indicators; nothing was changed");
  }

  private Answer delete(Request request) {
    var indicator = visible(request);
    var tenant = owner(request, indicator.tenant().equals(Indicators.EVERYONE));
    if (!indicators.remove(tenant, indicator.id())) {
      return Answer.problem(404, "not_found", "Indicator not found");
    }
    changed.run();
    record(request, "indicator_delete", indicator.id(), json(indicator), null);
    return Answer.json(Json.object("id", indicator.id(), "status", "deleted"));
  }

  private void record(
      Request request,
      String action,
      String target,
      @Nullable Map<String, @Nullable Object> before,
      @Nullable Map<String, @Nullable Object> after) {
    var actor = actor(request);
    audit.record(
        new Act(
            actor,
            action,
            target,
            before == null ? null : Json.object("indicator", before),
            after == null ? null : Json.object("indicator", after)));
  }

  static Actor actor(Request request) {
    return new Actor(
        request.principal().keyId(),
        request.tenant(),
        request.clientAddress(),
        request.header("User-Agent").orElse(""));
  }

  private Answer load(Request request) throws IOException {
    var order = order(request);
    boolean isLater = request.query("async").map(text -> flag("async", text)).orElse(false);
    var body = request.wholeBody(config.wireBytesMax(), config.inflatedBytesMax());
    return isLater || body.length() > AT_ONCE_BYTES_MAX
        ? loadLater(request, order, body.bytes(), body.length())
        : loadNow(request, order, body.bytes(), body.length());
  }

  private Order order(Request request) {
    var formatName = request.query("format").orElse(FeedReader.Format.AUTO.word());
    var format = FeedReader.Format.named(formatName);
    if (format.isEmpty()) {
      throw Refusal.invalidParameter(
          "query",
          "format",
          "Input should be one of auto, feodo, spamhaus_drop, firehol, misp, stix, otx, abuseipdb,"
              + " csv, txt",
          formatName);
    }
    var life = request.queryLong("ttl", 1, LIFE_SECONDS_MAX);
    boolean isForEveryone = request.query("global").map(text -> flag("global", text)).orElse(false);
    var standardFeed = format.get() == FeedReader.Format.AUTO ? "import" : formatName;
    return new Order(
        owner(request, isForEveryone),
        feed(request.query("feed"), standardFeed),
        format.get(),
        mode(request.query("mode").orElse("replace")),
        life.isPresent() ? Optional.of(Duration.ofSeconds(life.getAsLong())) : Optional.empty());
  }

  private static Mode mode(String text) {
    return switch (text) {
      case "replace" -> Mode.REPLACE;
      case "merge" -> Mode.MERGE;
      default ->
          throw Refusal.invalidParameter("query", "mode", "Input should be replace or merge", text);
    };
  }

  private Answer loadNow(Request request, Order order, byte[] bytes, int length) {
    if (length == 0) {
      return Answer.problem(400, "empty_feed", "Empty feed");
    }
    try {
      var result = feedImport.run(() -> new ByteArrayInputStream(bytes, 0, length), order, _ -> {});
      return switch (result) {
        case Result.Stored stored -> {
          finish(actor(request), order, stored);
          yield Answer.json(summary(order, stored));
        }
        case Result.Nothing(var report) ->
            Answer.json(
                400,
                Json.object(
                    "error",
                    "no_indicators",
                    "detail",
                    "Not one indicator in the feed; nothing was changed",
                    "rejected",
                    report.bad(),
                    "errors",
                    report.errors()));
        case Result.Full(int max) -> full(max);
      };
    } catch (BadTableException e) {
      return Answer.problem(400, "invalid_feed", "Invalid feed: " + e.getMessage());
    } catch (IOException e) {
      throw new IllegalStateException("reading from memory failed", e);
    }
  }

  /** Follows a change, and tells who made it. */
  private void finish(Actor actor, Order order, Result.Stored stored) {
    changed.run();
    audit.record(new Act(actor, "indicators_import", order.feed(), null, summary(order, stored)));
  }

  private static Map<String, @Nullable Object> summary(Order order, Result.Stored stored) {
    var report = stored.report();
    var done = stored.done();
    return Json.object(
        "status", report.bad() == 0 ? "ok" : "partial",
        "feed", order.feed(),
        "format", order.format().word(),
        "mode", order.mode().name().toLowerCase(Locale.ROOT),
        "global", order.tenant().equals(Indicators.EVERYONE),
        "total", report.read() + report.skipped() + report.bad(),
        "accepted", report.read(),
        "added", done.added(),
        "updated", done.updated(),
        "removed", done.removed(),
        "skipped", report.skipped(),
        "rejected", report.bad(),
        "errors", report.errors());
  }

  private Answer loadLater(Request request, Order order, byte[] bytes, int length)
      throws IOException {
    if (length == 0) {
      return Answer.problem(400, "empty_feed", "Empty feed");
    }
    var file = folder.resolve(UUID.randomUUID().toString());
    var actor = actor(request);
    boolean isTaken = false;
    try {
      try (var out = Files.newOutputStream(file)) {
        out.write(bytes, 0, length);
      }
      var args =
          Json.object(
              "feed", order.feed(),
              "format", order.format().word(),
              "mode", order.mode().name().toLowerCase(Locale.ROOT),
              "bytes", length);
      var id =
          jobs.start(
              request.tenant(),
              "indicator_import",
              args,
              run -> loadInJob(run, order, actor, file));
      isTaken = id.isPresent();
      return id.map(JobsResource::accepted).orElseGet(JobsResource::tooMany);
    } finally {
      if (!isTaken) {
        Files.deleteIfExists(file);
      }
    }
  }

  private void loadInJob(Jobs.Run run, Order order, Actor actor, Path file) throws JobFailure {
    try {
      var result = feedImport.run(() -> Files.newInputStream(file), order, run::progress);
      switch (result) {
        case Result.Stored stored -> {
          finish(actor, order, stored);
          run.log(Json.text(summary(order, stored)));
        }
        case Result.Nothing(var report) -> {
          report.errors().forEach(run::log);
          throw new JobFailure("not one indicator in the feed; nothing was changed");
        }
        case Result.Full(int max) ->
            throw new JobFailure(
                "there may be at most " + max + " indicators; nothing was changed");
      }
    } catch (IOException e) {
      throw new JobFailure("the feed cannot be read: " + e.getMessage());
    } finally {
      delete(file);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // The next start removes what is left in this folder.
      file.toFile().deleteOnExit();
    }
  }
}
