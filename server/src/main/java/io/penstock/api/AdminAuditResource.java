package io.penstock.api;

import io.penstock.control.AdminAudit;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What admins did. */
public final class AdminAuditResource implements Resource {

  private static final int LIMIT = 100;
  private static final int LIMIT_MAX = 1_000;

  private final AdminAudit audit;

  public AdminAuditResource(AdminAudit audit) {
    this.audit = audit;
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route("GET", "/v1/admin/audit", Access.scopes("admin"), this::list));
  }

  private Answer list(Request request) {
    int limit = (int) request.queryLong("limit", LIMIT, 1, LIMIT_MAX);
    var entries =
        audit.latest(request.tenant(), limit).stream().map(AdminAuditResource::entry).toList();
    return Answer.json(Json.object("audit_logs", entries, "count", entries.size()));
  }

  private static Map<String, @Nullable Object> entry(AdminAudit.Entry entry) {
    return Json.object(
        "id", entry.id(),
        "timestamp", entry.at().toString(),
        "actor_key_id", entry.actor().keyId(),
        "action", entry.action(),
        "target", entry.target(),
        "before_value", raw(entry.before()),
        "after_value", raw(entry.after()),
        "client_ip", entry.actor().clientIp(),
        "user_agent", entry.actor().userAgent());
  }

  private static Json.@Nullable Raw raw(@Nullable String json) {
    return json == null ? null : new Json.Raw(json);
  }
}
