package io.penstock.api;

import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import java.util.List;

/**
 * Tells a client which address it has here, and says no to what clients of the contract may ask for
 * and this server does not do.
 */
public final class UtilsResource implements Resource {

  @Override
  public List<Route> routes() {
    return List.of(
        new Route("GET", "/v1/utils/client-ip", Access.ANY_KEY, UtilsResource::clientIp),
        // The reference's web page asks for it under this name.
        new Route("GET", "/v1/v1/utils/client-ip", Access.ANY_KEY, UtilsResource::clientIp),
        new Route("POST", "/v1/admin/update", Access.scopes("admin"), _ -> update()),
        new Route("POST", "/v1/alerts/rules", Access.ANY_KEY, _ -> alertRules()));
  }

  private static Answer clientIp(Request request) {
    return Answer.json(Json.object("client_ip", request.clientAddress()));
  }

  /** A server that replaces its own program on request is a way in. */
  private static Answer update() {
    return Answer.problem(
        501, "not_implemented", "This server does not update itself; install the new release");
  }

  private static Answer alertRules() {
    return Answer.json(
        501,
        Json.object(
            "status", "not_implemented",
            "error", "not_implemented",
            "detail", "Alert rules belong to the monitoring that reads the metrics"));
  }
}
