package io.penstock.api;

import io.penstock.control.Job;
import io.penstock.control.Jobs;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tells how the jobs of a tenant are. */
public final class JobsResource implements Resource {

  private static final int LIMIT_MAX = 200;
  private static final int LIMIT_STANDARD = 100;

  private final Jobs jobs;

  public JobsResource(Jobs jobs) {
    this.jobs = jobs;
  }

  @Override
  public List<Route> routes() {
    var access = Access.scopes("manage_indicators");
    return List.of(
        new Route("GET", "/v1/jobs", access, this::list),
        new Route("GET", "/v1/jobs/{id}", access, this::get));
  }

  private Answer list(Request request) {
    int limit = (int) request.queryLong("limit", LIMIT_STANDARD, 1, LIMIT_MAX);
    var latest = jobs.latest(request.tenant(), limit).stream().map(JobsResource::json).toList();
    return Answer.json(200, Json.bytes(latest));
  }

  private Answer get(Request request) {
    return jobs.find(request.tenant(), request.pathParameter("id"))
        .<Answer>map(job -> Answer.json(json(job)))
        .orElseGet(() -> Answer.problem(404, "not_found", "Job not found"));
  }

  private static Map<String, @Nullable Object> json(Job job) {
    boolean failed = job.status() == Job.Status.ERROR && !job.logs().isEmpty();
    return Json.object(
        "id", job.id(),
        "job_id", job.id(),
        "type", job.type(),
        "status", job.status().word(),
        "progress", job.progress(),
        "args", new Json.Raw(job.args()),
        "logs", job.logs(),
        "error", failed ? job.logs().getLast() : null,
        "created_at", job.createdAt().toString(),
        "started_at", text(job.startedAt()),
        "finished_at", text(job.finishedAt()));
  }

  private static @Nullable String text(@Nullable Instant time) {
    return time == null ? null : time.toString();
  }

  /** The answer to a request that became a job. */
  static Answer accepted(String id) {
    return Answer.json(202, Json.object("job_id", id, "status", "queued"))
        .with("Location", "/v1/jobs/" + id);
  }

  static Answer tooMany() {
    return Answer.problem(503, "too_many_jobs", "Too many jobs wait, please retry")
        .with("Retry-After", "10");
  }
}
