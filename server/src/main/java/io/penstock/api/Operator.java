package io.penstock.api;

import io.penstock.control.AdminAudit;
import io.penstock.http.Request;

/** Who asks for a change, for the audit. */
final class Operator {

  private Operator() {}

  static AdminAudit.Actor of(Request request) {
    return new AdminAudit.Actor(
        request.principal().keyId(),
        request.tenant(),
        request.clientAddress(),
        request.header("User-Agent").orElse(""));
  }
}
