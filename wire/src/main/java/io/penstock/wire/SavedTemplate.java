package io.penstock.wire;

import java.time.Instant;

/**
 * A template as it outlives a restart.
 *
 * @param exporter who taught it
 * @param domain the observation domain or source id it belongs to
 * @param refreshed when it was last defined
 * @param template the layout, not yet in use by any decoder
 * @param established whether the exporter had earned a place that newcomers cannot take
 */
public record SavedTemplate(
    Exporter exporter, long domain, Instant refreshed, Template template, boolean established) {

  static SavedTemplate of(Session session, long key, Session.Definition definition) {
    var known = definition.template;
    var copy = new Template(known.version(), known.id(), known.fields(), known.isOptions());
    var refreshed = Instant.ofEpochMilli(definition.refreshedMillis);
    boolean established = session.place.isEstablished();
    return new SavedTemplate(session.exporter, Session.domain(key), refreshed, copy, established);
  }
}
