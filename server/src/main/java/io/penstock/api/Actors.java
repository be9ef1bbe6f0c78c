package io.penstock.api;

import io.penstock.control.AdminAudit.Actor;
import io.penstock.http.Request;

/** Who acts, for the record. */
final class Actors {

  private Actors() {}

  static Actor of(Request request) {
    return new Actor(
        request.principal().keyId(),
        request.tenant(),
        request.clientAddress(),
        request.header("User-Agent").orElse(""));
  }
}
