package io.penstock.api;

import io.penstock.api.EventQueries.RefusedException;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Handler;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import java.io.IOException;

/** A handler that asks the store, which may refuse. */
@FunctionalInterface
interface StoreQuestion {

  Answer answer(Request request) throws RefusedException, IOException;

  /** A route to it; what the store refuses becomes the caller's answer. */
  static Route route(String path, Access access, StoreQuestion question) {
    Handler handler =
        request -> {
          try {
            return question.answer(request);
          } catch (RefusedException refused) {
            return refused(refused);
          }
        };
    return new Route("GET", path, access, handler);
  }

  private static Answer refused(RefusedException refused) {
    String detail = refused.explanation();
    return switch (refused.reason()) {
      case BAD_QUERY ->
          Answer.json(
              400,
              refused.position() < 0
                  ? Json.object("error", "bad_query", "detail", detail)
                  : Json.object(
                      "error", "bad_filter", "detail", detail, "position", refused.position()));
      case BUSY ->
          Answer.json(503, Json.object("error", "busy", "detail", detail, "retry_after", 1))
              .with("Retry-After", "1");
      case TIMEOUT -> Answer.problem(504, "query_timeout", detail);
    };
  }
}
