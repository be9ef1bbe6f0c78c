package io.penstock.api;

import io.penstock.control.AdminAudit;
import io.penstock.control.AdminAudit.Act;
import io.penstock.control.Scopes;
import io.penstock.control.Tenant;
import io.penstock.control.Tenants;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Fields;
import io.penstock.http.Handler;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tenants, for administrators. */
public final class TenantsResource implements Resource {

  private static final int BODY_BYTES_MAX = 64 * 1024;
  private static final int NAME_LENGTH_MAX = 128;
  private static final int RETENTION_DAYS_MAX = 36_500;
  private static final int FIELDS_MAX = 64;
  private static final int FIELD_LENGTH_MAX = 128;
  private static final int PAGE_MAX = 1_000;

  private static final Answer UNKNOWN = Answer.problem(404, "tenant_not_found", "Tenant not found");

  private final Tenants tenants;
  private final Leftovers leftovers;
  private final AdminAudit audit;
  private final InstantSource clock;

  public TenantsResource(
      Tenants tenants, Leftovers leftovers, AdminAudit audit, InstantSource clock) {
    this.tenants = tenants;
    this.leftovers = leftovers;
    this.audit = audit;
    this.clock = clock;
  }

  @Override
  public List<Route> routes() {
    var all = "/v1/admin/tenants";
    var one = all + "/{tenant_id}";
    return List.of(
        route("POST", all, this::create),
        route("GET", all, this::list),
        route("GET", one, this::page),
        route("PATCH", one, this::change),
        route("PUT", one, this::change),
        route("DELETE", one, this::remove));
  }

  private static Route route(String method, String path, Handler handler) {
    return new Route(method, path, Access.scopes(Scopes.ADMIN), handler);
  }

  private Answer create(Request request) throws IOException {
    var fields = request.fields(BODY_BYTES_MAX);
    var id = fields.requiredText("tenant_id", 64);
    if (!Tenant.isId(id)) {
      throw fields.invalid("tenant_id", "String should match pattern '^[a-z0-9_-]{1,64}$'");
    }
    var blank =
        new Tenant(
            id,
            id,
            Tenants.RETENTION_DAYS,
            Tenant.Quotas.NONE,
            Set.of(),
            Instant.ofEpochMilli(clock.millis()));
    var tenant = edited(blank, Edit.of(fields));
    // Whoever gets the id too early would find the events of who had it before.
    if (leftovers.has(id) || !tenants.add(tenant)) {
      return tenants.find(id).isPresent()
          ? Answer.problem(409, "tenant_exists", "Tenant already exists")
          : Answer.problem(
                  409,
                  "tenant_being_deleted",
                  "The tenant that had this id is being deleted, please retry")
              .with("Retry-After", "60");
    }
    record(request, "tenant_create", id, null, tenant);
    return Answer.json(201, tenant.facts());
  }

  private Answer list(Request request) {
    int limit = (int) request.queryLong("limit", PAGE_MAX, 1, PAGE_MAX);
    var after = request.query("cursor").orElse("");
    var all = tenants.snapshot().current();
    var rest =
        all.values().stream()
            .filter(tenant -> tenant.id().compareTo(after) > 0)
            .sorted(Comparator.comparing(Tenant::id))
            .limit(limit + 1L)
            .toList();
    boolean isMore = rest.size() > limit;
    var shown = isMore ? rest.subList(0, limit) : rest;
    return Answer.json(
        Json.object(
            "tenants", shown.stream().map(Tenant::facts).toList(),
            "total", all.size(),
            "next_cursor", isMore ? shown.getLast().id() : null));
  }

  private Answer page(Request request) {
    return tenants
        .find(request.pathParameter("tenant_id"))
        .<Answer>map(tenant -> Answer.json(tenant.facts()))
        .orElse(UNKNOWN);
  }

  private Answer change(Request request) throws IOException {
    var id = request.pathParameter("tenant_id");
    var fields = request.fields(BODY_BYTES_MAX);
    if (fields.text("tenant_id").filter(sent -> !sent.equals(id)).isPresent()) {
      throw fields.invalid("tenant_id", "A tenant keeps its id");
    }
    var edit = Edit.of(fields);
    var change = tenants.change(id, tenant -> edited(tenant, edit));
    if (change.isEmpty()) {
      return UNKNOWN;
    }
    record(request, "tenant_update", id, change.get().before(), change.get().after());
    return Answer.json(change.get().after().facts());
  }

  private Answer remove(Request request) {
    var id = request.pathParameter("tenant_id");
    var before = tenants.find(id);
    return switch (tenants.remove(id)) {
      case REMOVED -> {
        record(request, "tenant_delete", id, before.orElse(null), null);
        leftovers.clear();
        yield Answer.json(
            Json.object("status", "deleted", "tenant_id", id, "events", "being_deleted"));
      }
      case UNKNOWN -> UNKNOWN;
      case IN_USE ->
          Answer.problem(
              409,
              "tenant_in_use",
              id.equals(Tenant.DEFAULT)
                  ? "The default tenant cannot be deleted"
                  : "Delete the tenant's keys and sources first");
    };
  }

  /** What a body asks to change; null for what it leaves alone. */
  private record Edit(
      @Nullable String name,
      @Nullable Integer retentionDays,
      @Nullable Integer eps,
      @Nullable Integer batchMax,
      @Nullable Integer deadLettersMax,
      @Nullable Set<String> redactedFields) {

    static Edit of(Fields fields) {
      var quotas = fields.object("quotas");
      return new Edit(
          fields.text("name", NAME_LENGTH_MAX).orElse(null),
          number(fields, "retention_days", 1, RETENTION_DAYS_MAX),
          quotas.map(sent -> number(sent, "eps", 0, Integer.MAX_VALUE)).orElse(null),
          quotas
              .map(sent -> number(sent, "batch_max", 1, Tenant.Quotas.NONE.batchMax()))
              .orElse(null),
          quotas.map(sent -> number(sent, "dlq_max", 0, Integer.MAX_VALUE)).orElse(null),
          fields.object("redaction").map(Edit::redactedFields).orElse(null));
    }

    private static @Nullable Integer number(Fields fields, String name, long min, long max) {
      var number = fields.number(name, min, max);
      return number.isPresent() ? (Integer) (int) number.getAsLong() : null;
    }

    private static @Nullable Set<String> redactedFields(Fields redaction) {
      var names = redaction.texts("fields");
      if (names.isEmpty()) {
        return null;
      }
      boolean isSane =
          names.get().stream()
              .allMatch(name -> !name.isBlank() && name.length() <= FIELD_LENGTH_MAX);
      if (!isSane || names.get().size() > FIELDS_MAX) {
        throw redaction.invalid(
            "fields",
            "List should have at most %d names of 1 to %d characters"
                .formatted(FIELDS_MAX, FIELD_LENGTH_MAX));
      }
      return Set.copyOf(names.get());
    }
  }

  private static Tenant edited(Tenant tenant, Edit edit) {
    var quotas = tenant.quotas();
    return new Tenant(
        tenant.id(),
        or(edit.name, tenant.name()),
        or(edit.retentionDays, tenant.retentionDays()),
        new Tenant.Quotas(
            or(edit.eps, quotas.eps()),
            or(edit.batchMax, quotas.batchMax()),
            or(edit.deadLettersMax, quotas.deadLettersMax())),
        or(edit.redactedFields, tenant.redactedFields()),
        tenant.createdAt());
  }

  private static <T> T or(@Nullable T wanted, T present) {
    return wanted == null ? present : wanted;
  }

  private void record(
      Request request, String action, String id, @Nullable Tenant before, @Nullable Tenant after) {
    audit.record(
        new Act(
            Actors.of(request),
            action,
            id,
            before == null ? null : before.facts(),
            after == null ? null : after.facts()));
  }
}
