package io.penstock;

import io.penstock.audit.RequestAudit;
import io.penstock.control.Output;
import io.penstock.outputs.Shippers;
import java.util.Set;

/** Tells the trail of requests what sinks did with their events. */
final class SinkAudit implements Shippers.Audit {

  private final RequestAudit requests;

  SinkAudit(RequestAudit requests) {
    this.requests = requests;
  }

  @Override
  public void done(Output.Key sink, long position, Set<String> refused, boolean isGivenUp) {
    requests.exported(sink.tenant(), sink.name(), position, refused, isGivenUp ? "expired" : "ok");
  }

  @Override
  public void gone(Output.Key sink) {
    requests.forget(sink.tenant(), sink.name());
  }
}
