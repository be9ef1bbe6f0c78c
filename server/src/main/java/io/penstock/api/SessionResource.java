package io.penstock.api;

import io.penstock.control.AdminAudit;
import io.penstock.control.AdminAudit.Act;
import io.penstock.control.AdminAudit.Actor;
import io.penstock.control.Keys;
import io.penstock.control.Scopes;
import io.penstock.control.Secret;
import io.penstock.control.Tenant;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/** Who a client is: what its key may do, and a key in exchange for the code of a sign-in link. */
public final class SessionResource implements Resource {

  /** A working day: who needs longer uses a key of their own. */
  static final Duration KEY_LIFE = Duration.ofHours(12);

  private static final int BODY_BYTES_MAX = 4096;
  private static final int CODE_LENGTH_MAX = 100;

  private final SignInLinks links;
  private final Keys keys;
  private final AdminAudit audit;
  private final InstantSource clock;

  public SessionResource(SignInLinks links, Keys keys, AdminAudit audit, InstantSource clock) {
    this.links = links;
    this.keys = keys;
    this.audit = audit;
    this.clock = clock;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        new Route("GET", "/v1/session", Access.ANY_KEY, this::who),
        new Route("POST", "/v1/session/link", Access.PUBLIC, this::redeem));
  }

  private Answer who(Request request) {
    var principal = request.principal();
    var key = keys.find(principal.keyId());
    return Answer.json(
        Json.object(
            "key_id", principal.keyId(),
            "tenant", request.tenant(),
            "scopes", principal.scopes().stream().sorted().toList(),
            "is_admin", principal.isAdmin(),
            "expires_at", key.map(found -> found.expiresAt()).map(Instant::toString).orElse(null)));
  }

  private Answer redeem(Request request) throws IOException {
    var code = request.fields(BODY_BYTES_MAX).text("code", CODE_LENGTH_MAX).orElse("");
    if (!links.redeem(code)) {
      return Answer.problem(
          403, "link_used", "This link was used already or is older than an hour: show a key");
    }
    var secret = Secret.random();
    var expires = clock.instant().plus(KEY_LIFE);
    var draft =
        new Keys.Draft(
            Tenant.DEFAULT, Set.of(Scopes.ADMIN), "made by a sign-in link", "server", expires);
    var added = keys.add(secret, draft);
    if (added.isEmpty()) {
      return Answer.problem(404, "tenant_not_found", "Tenant not found");
    }
    var keyId = added.get().keyId();
    audit.record(
        new Act(
            new Actor(
                keyId,
                Tenant.DEFAULT,
                request.clientAddress(),
                request.header("User-Agent").orElse("")),
            "sign_in_link",
            keyId,
            null,
            Json.object("expires_at", expires.toString())));
    return Answer.json(
        201, Json.object("key", secret.text(), "key_id", keyId, "expires_at", expires.toString()));
  }
}
