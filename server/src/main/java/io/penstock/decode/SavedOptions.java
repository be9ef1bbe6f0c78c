package io.penstock.decode;

import io.penstock.exporters.ExporterId;
import io.penstock.wire.Template;

/**
 * An options record as it outlives a restart: the octets as they were sent, to be read again.
 *
 * @param exporter who announced it
 * @param domain the observation domain or source id in which it holds
 * @param exportSeconds when the exporter says it sent the record, seconds since 1970
 * @param refreshedNanos when it arrived last, nanoseconds since 1970
 * @param template its layout; the records of one table share it
 * @param octets the record
 * @param isEstablished whether the exporter had proved itself; see {@link
 *     io.penstock.wire.Standing}
 */
record SavedOptions(
    ExporterId exporter,
    long domain,
    long exportSeconds,
    long refreshedNanos,
    Template template,
    byte[] octets,
    boolean isEstablished) {}
