package io.penstock.api;

import io.penstock.control.AdminAudit;
import io.penstock.control.AdminAudit.Act;
import io.penstock.control.AdminAudit.Actor;
import io.penstock.control.JobFailure;
import io.penstock.control.Jobs;
import io.penstock.enrich.BadTableException;
import io.penstock.enrich.EnrichStatus;
import io.penstock.enrich.Enricher;
import io.penstock.enrich.Enricher.GeoChoice;
import io.penstock.enrich.Lookup;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Ip;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Fields;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The tables that events are enriched with, for admins: takes databases of geography, chooses one,
 * and reads threat lists again. What is chosen here is what events get, from the answer on.
 */
public final class GeoResource implements Resource {

  private static final int BODY_MAX = 64 * 1024;
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(20);
  private static final Duration DOWNLOAD_TIMEOUT = Duration.ofMinutes(30);

  private final GeoFolder folder;
  private final GeoChoices choices;
  private final BiFunction<String, Ip, Lookup> lookup;
  private final Supplier<EnrichStatus.Table> reloadThreats;
  private final Optional<URI> download;
  private final Jobs jobs;
  private final AdminAudit audit;

  /** One at a time is read: each takes the memory of a database. */
  private final Semaphore storing = new Semaphore(1);

  /**
   * @param download where a fresh database can be had; without it nothing is ever called
   */
  public GeoResource(
      GeoFolder folder,
      GeoChoices choices,
      Enricher enricher,
      Optional<URI> download,
      Jobs jobs,
      AdminAudit audit) {
    this.folder = folder;
    this.choices = choices;
    this.lookup = enricher::lookup;
    this.reloadThreats = enricher::reloadThreats;
    this.download = download;
    this.jobs = jobs;
    this.audit = audit;
  }

  @Override
  public List<Route> routes() {
    var admin = Access.scopes("admin");
    return List.of(
        new Route("POST", "/v1/upload/geoip", admin, this::upload),
        new Route("GET", "/v1/config/geoip", admin, _ -> choice()),
        new Route("PUT", "/v1/config/geoip", admin, this::choose),
        new Route("POST", "/v1/config/geoip/test", admin, this::test),
        new Route("GET", "/v1/geo/test", admin, this::test),
        new Route("POST", "/v1/geo/download", admin, this::download),
        new Route("POST", "/v1/threats/reload", admin, this::reload));
  }

  private Answer upload(Request request) throws IOException {
    try (var in = request.stream(folder.bytesMax() + BODY_MAX)) {
      var contentType = request.header("Content-Type").orElse(null);
      var form = FormFile.find(in, contentType, "f");
      if (form.isEmpty()) {
        return refused(400, "no_file", "A form with a file in the field f is required");
      }
      return take(request, form.get());
    } catch (BadTableException e) {
      return refused(400, "bad_database", "GeoIP database cannot be used: " + e.getMessage());
    } catch (EOFException e) {
      return refused(400, "cut_off", "The upload is cut off");
    }
  }

  private Answer take(Request request, FormFile file) throws IOException {
    var name = file.fileName().toLowerCase(Locale.ROOT);
    boolean isCompressed = name.endsWith(".mmdb.gz");
    if (!isCompressed && !name.endsWith(".mmdb")) {
      return refused(400, "not_mmdb", "GeoIP upload must be .mmdb");
    }
    if (!storing.tryAcquire()) {
      return refused(409, "busy", "Another database is being taken, please retry");
    }
    try {
      var inUse = choices.current();
      var stored =
          isCompressed
              ? folder.storeCompressed(file::copyTo, inUse)
              : folder.store(file::copyTo, inUse);
      record(IndicatorsResource.actor(request), "geoip_upload", stored, file.fileName());
      var body = json(stored);
      return request.query("use").filter("true"::equals).isPresent()
          ? useInJob(request, stored, body)
          : Answer.json(body);
    } finally {
      storing.release();
    }
  }

  /** Building the tables of a large database takes seconds, for which nobody should wait. */
  private Answer useInJob(
      Request request, GeoFolder.Stored stored, Map<String, @Nullable Object> body) {
    var actor = IndicatorsResource.actor(request);
    return jobs.start(
            request.tenant(),
            "geo_use",
            Json.object("blob_id", stored.id()),
            run -> {
              use(actor, stored);
              run.log("in use: " + Json.text(json(stored)));
            })
        .<Answer>map(
            id -> {
              body.put("job_id", id);
              return Answer.json(202, body);
            })
        .orElseGet(JobsResource::tooMany);
  }

  private void use(Actor actor, GeoFolder.Stored stored) throws JobFailure {
    var file =
        folder.find(stored.id()).orElseThrow(() -> new JobFailure("the database is gone again"));
    choose(actor, choices.current().with(file, stored.database()));
  }

  private void choose(Actor actor, GeoChoice choice) {
    var before = choices.current();
    choices.choose(choice);
    audit.record(
        new Act(actor, "geoip_config", "geoip", GeoChoices.json(before), GeoChoices.json(choice)));
  }

  /** The client may still be sending: what it sends next is not for us. */
  private static Answer refused(int status, String error, String detail) {
    return Answer.problem(status, error, detail).with("Connection", "close");
  }

  private static Map<String, @Nullable Object> json(GeoFolder.Stored stored) {
    return Json.object(
        "blob_id", stored.id(),
        "path", stored.path().toString(),
        "size", stored.size(),
        "checksum", stored.checksum(),
        "database", stored.database().kind(),
        "holds", stored.database().isOfSystems() ? "systems" : "countries",
        "entries", stored.database().entries());
  }

  private void record(Actor actor, String action, GeoFolder.Stored stored, String origin) {
    var after = json(stored);
    after.put("origin", origin);
    audit.record(new Act(actor, action, stored.id(), null, after));
  }

  private Answer choice() {
    return Answer.json(GeoChoices.json(choices.current()));
  }

  private Answer choose(Request request) throws IOException {
    var fields = request.fields(BODY_MAX);
    var before = choices.current();
    boolean enabled = fields.flag("enabled").orElse(before.enabled());
    var choice =
        new GeoChoice(
            enabled,
            chosen(fields, "path", before.file(), false),
            chosen(fields, "asn_path", before.asFile(), true));
    choose(IndicatorsResource.actor(request), choice);
    var body = GeoChoices.json(choice);
    body.put("ok", true);
    return Answer.json(body);
  }

  /** What a member asks for: the present file when it is not there, none when it is blank. */
  private @Nullable Path chosen(
      Fields fields, String member, @Nullable Path present, boolean isOfSystems)
      throws IOException {
    if (!fields.names().contains(member)) {
      return present;
    }
    var path = fields.text(member).filter(text -> !text.isBlank());
    return path.isPresent() ? usable(member, path.get(), isOfSystems) : null;
  }

  private Path usable(String member, String path, boolean isOfSystems) throws IOException {
    var file =
        folder
            .find(path)
            .orElseThrow(
                () ->
                    Refusal.badRequest(
                        "path_not_allowed",
                        member + " must be an uploaded database or a configured file"));
    try {
      if (Enricher.check(file).isOfSystems() != isOfSystems) {
        throw new BadTableException(isOfSystems ? "knows no systems" : "knows no countries");
      }
      return file;
    } catch (BadTableException e) {
      throw Refusal.badRequest("bad_database", "GeoIP database cannot be used: " + e.getMessage());
    }
  }

  private Answer test(Request request) {
    var text = request.query("ip").orElse("");
    var ip = Ip.parse(text);
    if (ip.isEmpty()) {
      return Answer.problem(
          400,
          text.isEmpty() ? "ip_required" : "invalid_ip",
          text.isEmpty() ? "IP address required" : "Invalid IP address");
    }
    var geo = lookup.apply(request.tenant(), ip.get()).geo();
    return Answer.json(
        Json.object(
            "enabled", choices.current().enabled(), "ip", ip.get().toString(), "geo", json(geo)));
  }

  private static @Nullable Object json(@Nullable Geo geo) {
    return geo == null
        ? null
        : Json.object(
            "country", geo.country(),
            "city", geo.city(),
            "lat", geo.latitude(),
            "lon", geo.longitude());
  }

  private Answer download(Request request) {
    var actor = IndicatorsResource.actor(request);
    var host = download.map(URI::getHost).orElse(null);
    return jobs.start(
            request.tenant(),
            "geo_download",
            Json.object("host", host),
            run -> download(run, actor))
        .map(JobsResource::accepted)
        .orElseGet(JobsResource::tooMany);
  }

  private void download(Jobs.Run run, Actor actor) throws JobFailure, InterruptedException {
    if (download.isEmpty()) {
      throw new JobFailure(
          "no GEOIP_DOWNLOAD_URL is configured, and this server calls nobody by itself;"
              + " upload a database to /v1/upload/geoip");
    }
    if (!storing.tryAcquire()) {
      throw new JobFailure("another database is being taken");
    }
    try (var client =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build()) {
      var get = HttpRequest.newBuilder(download.get()).timeout(DOWNLOAD_TIMEOUT).build();
      var response = client.send(get, BodyHandlers.ofInputStream());
      try (var body = response.body()) {
        if (response.statusCode() != 200) {
          throw new JobFailure("the download answered " + response.statusCode());
        }
        long length = response.headers().firstValueAsLong("Content-Length").orElse(-1);
        run.log("downloading " + (length < 0 ? "" : length + " bytes ") + "from " + hostOf());
        var counted = new Counted(body, length, run);
        var stored = folder.store(out -> folder.copy(counted, out), choices.current());
        record(actor, "geoip_download", stored, hostOf());
        use(actor, stored);
        run.log("in use: " + Json.text(json(stored)));
      }
    } catch (IOException e) {
      throw new JobFailure("the download failed: " + e.getMessage());
    } finally {
      storing.release();
    }
  }

  private String hostOf() {
    return download.map(URI::getHost).orElse("");
  }

  /** Tells a job how much of a download has come. */
  private static final class Counted extends FilterInputStream {

    private final long length;
    private final Jobs.Run run;
    private long count;

    Counted(InputStream in, long length, Jobs.Run run) {
      super(in);
      this.length = length;
      this.run = run;
    }

    @Override
    public int read(byte[] buffer, int offset, int size) throws IOException {
      int n = super.read(buffer, offset, size);
      if (n > 0) {
        count += n;
        if (length > 0) {
          run.progress((int) Math.min(90, 90 * count / length));
        }
      }
      return n;
    }
  }

  private Answer reload(Request request) {
    var actor = IndicatorsResource.actor(request);
    return jobs.start(
            request.tenant(),
            "threats_reload",
            Json.object(),
            run -> {
              var table = reloadThreats.get();
              audit.record(
                  new Act(
                      actor,
                      "threats_reload",
                      "threats",
                      null,
                      Json.object("entries", table.entries(), "bad_lines", table.badLines())));
              run.log(table.entries() + " indicators, " + table.badLines() + " bad lines");
              table.problems().forEach(run::log);
              if (table.error() != null) {
                throw new JobFailure(table.error());
              }
            })
        .map(JobsResource::accepted)
        .orElseGet(JobsResource::tooMany);
  }
}
