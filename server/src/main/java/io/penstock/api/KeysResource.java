package io.penstock.api;

import io.penstock.control.AdminAudit;
import io.penstock.control.AdminAudit.Act;
import io.penstock.control.ApiKey;
import io.penstock.control.KeyChange;
import io.penstock.control.Keys;
import io.penstock.control.Scopes;
import io.penstock.control.Secret;
import io.penstock.control.Tenants;
import io.penstock.event.Nanos;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Fields;
import io.penstock.http.Handler;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keys, for administrators: {@code /v1/admin/keys} for those of all tenants, {@code /v1/keys} for
 * those of the request's tenant. A secret is in the answer that makes it and nowhere else.
 */
public final class KeysResource implements Resource {

  private static final int BODY_BYTES_MAX = 64 * 1024;
  private static final int NOTE_LENGTH_MAX = 255;
  private static final int PAGE_MAX = 1_000;

  private static final Answer UNKNOWN = Answer.problem(404, "not_found", "API key not found");

  private final Keys keys;
  private final Tenants tenants;
  private final AdminAudit audit;
  private final InstantSource clock;

  public KeysResource(Keys keys, Tenants tenants, AdminAudit audit, InstantSource clock) {
    this.keys = keys;
    this.tenants = tenants;
    this.audit = audit;
    this.clock = clock;
  }

  /** Which keys a family of routes is about. */
  private enum Reach {
    TENANT,
    SERVER
  }

  /** What is done with a key that was found. */
  @FunctionalInterface
  private interface Work {
    Answer with(Request request, ApiKey key) throws IOException;
  }

  @Override
  public List<Route> routes() {
    var routes = new ArrayList<Route>();
    routes.add(route("GET", "/v1/keys/scopes", _ -> scopes()));
    addFamily("/v1/keys", Reach.TENANT, routes);
    addFamily("/v1/admin/keys", Reach.SERVER, routes);
    return routes;
  }

  private void addFamily(String path, Reach reach, List<Route> routes) {
    var one = path + "/{key_id}";
    routes.add(route("POST", path, request -> create(request, reach)));
    routes.add(route("GET", path, request -> list(request, reach)));
    routes.add(route("GET", one, found(reach, this::page)));
    routes.add(route("PATCH", one, found(reach, this::change)));
    routes.add(route("PUT", one, found(reach, this::change)));
    routes.add(route("DELETE", one, found(reach, this::remove)));
    routes.add(route("POST", one + "/rotate", found(reach, this::rotate)));
  }

  private static Route route(String method, String path, Handler handler) {
    return new Route(method, path, Access.scopes(Scopes.ADMIN), handler);
  }

  private Handler found(Reach reach, Work work) {
    return request -> {
      var key =
          keys.find(request.pathParameter("key_id")).filter(found -> isSeen(found, request, reach));
      return key.isEmpty() ? UNKNOWN : work.with(request, key.get());
    };
  }

  private static boolean isSeen(ApiKey key, Request request, Reach reach) {
    return reach == Reach.SERVER || key.tenant().equals(request.tenant());
  }

  private static Answer scopes() {
    var descriptions = Scopes.descriptions();
    return Answer.json(Json.object("scopes", descriptions, "total", descriptions.size()));
  }

  private Answer create(Request request, Reach reach) throws IOException {
    var fields = request.fields(BODY_BYTES_MAX);
    var draft =
        new Keys.Draft(
            tenant(request, fields, reach),
            scopes(fields).orElse(Scopes.STANDARD),
            note(fields).orElse(""),
            request.principal().keyId(),
            expiry(fields, null));
    var secret = Secret.random();
    var added = keys.add(secret, draft);
    if (added.isEmpty()) {
      return Answer.problem(404, "tenant_not_found", "Tenant not found");
    }
    record(request, "api_key_create", null, added.get());
    // The contract's family answers as its clients expect it; the other one is ours.
    int status = reach == Reach.SERVER ? 201 : 200;
    return Answer.json(status, withSecret(added.get(), secret));
  }

  private String tenant(Request request, Fields fields, Reach reach) {
    var asked = fields.text("tenant_id", 64).orElse(request.tenant());
    if (reach == Reach.TENANT && !asked.equals(request.tenant())) {
      throw fields.invalid("tenant_id", "Keys of other tenants are made with /v1/admin/keys");
    }
    if (tenants.find(asked).isEmpty()) {
      throw new Refusal(Answer.problem(404, "tenant_not_found", "Tenant not found"));
    }
    return asked;
  }

  private Answer list(Request request, Reach reach) {
    int limit = (int) request.queryLong("limit", PAGE_MAX, 1, PAGE_MAX);
    var after = request.query("cursor").orElse("");
    var tenant = request.query("tenant_id");
    var seen =
        keys.list().stream()
            .filter(key -> isSeen(key, request, reach))
            .filter(key -> tenant.isEmpty() || key.tenant().equals(tenant.get()))
            .toList();
    var rest =
        seen.stream().filter(key -> key.keyId().compareTo(after) > 0).limit(limit + 1L).toList();
    boolean isMore = rest.size() > limit;
    var shown = isMore ? rest.subList(0, limit) : rest;
    var uses = keys.lastUses();
    return Answer.json(
        Json.object(
            "keys", shown.stream().map(key -> facts(key, uses)).toList(),
            "total", seen.size(),
            "next_cursor", isMore ? shown.getLast().keyId() : null));
  }

  private Answer page(Request request, ApiKey key) {
    return Answer.json(facts(key, keys.lastUses()));
  }

  private Answer change(Request request, ApiKey key) throws IOException {
    var fields = request.fields(BODY_BYTES_MAX);
    var scopes = scopes(fields);
    var note = note(fields);
    var disabled =
        fields.flag("disabled").or(() -> fields.flag("is_active").map(active -> !active));
    boolean hasExpiry = fields.names().contains("expires_at");
    var expiry = expiry(fields, key);
    var change =
        keys.change(
            key.keyId(),
            now ->
                now.with(
                    scopes.orElse(now.scopes()),
                    note.orElse(now.note()),
                    disabled.orElse(now.isDisabled()),
                    hasExpiry ? expiry : now.expiresAt()));
    return switch (change) {
      case KeyChange.Done(ApiKey before, ApiKey after) when after != null -> {
        record(request, "api_key_update", before, after);
        yield Answer.json(facts(after, keys.lastUses()));
      }
      case KeyChange.Done _ -> UNKNOWN;
      case KeyChange.Refused(var reason) -> refused(reason);
    };
  }

  private Answer rotate(Request request, ApiKey key) throws IOException {
    var fields = request.optionalFields(BODY_BYTES_MAX);
    long most = Keys.OVERLAP_MAX.toSeconds();
    var asked = fields.number("overlap_seconds", 0, most);
    long seconds =
        asked.isPresent()
            ? asked.getAsLong()
            : request.queryLong("overlap_seconds", Keys.OVERLAP.toSeconds(), 0, most);
    var secret = Secret.random();
    return switch (keys.rotate(key.keyId(), secret, Duration.ofSeconds(seconds))) {
      case KeyChange.Done(ApiKey before, ApiKey after) when after != null -> {
        record(request, "api_key_rotate", before, after);
        yield Answer.json(200, withSecret(after, secret));
      }
      case KeyChange.Done _ -> UNKNOWN;
      case KeyChange.Refused(var reason) -> refused(reason);
    };
  }

  private Answer remove(Request request, ApiKey key) {
    return switch (keys.remove(key.keyId())) {
      case KeyChange.Done(ApiKey before, var _) -> {
        record(request, "api_key_delete", before, null);
        yield Answer.json(Json.object("status", "deleted", "key_id", before.keyId()));
      }
      case KeyChange.Refused(var reason) -> refused(reason);
    };
  }

  private static Answer refused(KeyChange.Reason reason) {
    return switch (reason) {
      case UNKNOWN -> UNKNOWN;
      case CONFIGURED ->
          Answer.problem(
              409, "configured_key", "This key comes from the configuration and is changed there");
      case LAST_ADMIN ->
          Answer.problem(
              409, "last_admin_key", "Without this key nobody could administer the server");
    };
  }

  private static Optional<Set<String>> scopes(Fields fields) {
    var words =
        fields.raw("scopes") instanceof String text
            ? Optional.of(Scopes.split(text))
            : fields.texts("scopes").map(Scopes::of);
    words.ifPresent(
        scopes -> {
          if (scopes.isEmpty()) {
            throw fields.invalid("scopes", "List should have at least 1 item");
          }
          var unknown = Scopes.unknown(scopes);
          if (unknown.isPresent()) {
            throw Refusal.badRequest("invalid_scope", "Invalid scope: " + unknown.get());
          }
        });
    return words;
  }

  private static Optional<String> note(Fields fields) {
    var note = fields.text("note");
    if (note.isPresent() && note.get().length() > NOTE_LENGTH_MAX) {
      throw fields.invalid("note", "String should have at most " + NOTE_LENGTH_MAX + " characters");
    }
    return note;
  }

  /** When the key shall expire; null for never. What a key has already may stand there again. */
  private @Nullable Instant expiry(Fields fields, @Nullable ApiKey key) {
    var raw = fields.raw("expires_at");
    if (raw == null) {
      return null;
    }
    var nanos = Times.parse(String.valueOf(raw), clock.instant());
    if (nanos.isEmpty()) {
      throw fields.invalid("expires_at", "Input should be a time, as in 2030-01-31T00:00:00Z");
    }
    var expiry = Nanos.instant(nanos.getAsLong());
    boolean isNew = key == null || !expiry.equals(key.expiresAt());
    if (isNew && !expiry.isAfter(clock.instant())) {
      throw fields.invalid("expires_at", "Input should be in the future");
    }
    return expiry;
  }

  private Map<String, @Nullable Object> facts(ApiKey key, Map<String, Instant> uses) {
    var facts = key.facts(clock.instant());
    var used = uses.get(key.keyId());
    facts.put("last_used_at", used == null ? null : used.toString());
    return facts;
  }

  private Map<String, @Nullable Object> withSecret(ApiKey key, Secret secret) {
    var facts = key.facts(clock.instant());
    facts.put("api_key", secret.text());
    return facts;
  }

  private void record(
      Request request, String action, @Nullable ApiKey before, @Nullable ApiKey after) {
    var now = clock.instant();
    var key = after == null ? before : after;
    audit.record(
        new Act(
            Actors.of(request),
            action,
            key == null ? "" : key.keyId(),
            before == null ? null : before.facts(now),
            after == null ? null : after.facts(now)));
  }
}
