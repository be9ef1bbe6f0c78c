package io.penstock.event;

import org.jspecify.annotations.Nullable;

/**
 * Who sent an event, how and when. One instance is shared by all events of a message or request.
 *
 * @param protocol how it reached us
 * @param exporter address of the sending device or HTTP client
 * @param exporterPort its port, 0 when not known
 * @param observationDomain IPFIX observation domain, v9 source id, v5 engine type and id; {@link
 *     Event#ABSENT} when the protocol has none
 * @param sequence the message's sequence number, {@link Event#ABSENT} when the protocol has none
 * @param exportNanos when the exporter says it sent the message, nanoseconds since 1970 UTC; {@link
 *     Event#ABSENT} when it does not say
 * @param receivedNanos when it reached us, nanoseconds since 1970 UTC
 * @param collector {@code collector_id} of a posted batch
 * @param sourceId the admission source it was posted as ({@code X-Source-Id})
 * @param requestId trace id of the request that brought it
 */
public record Origin(
    Protocol protocol,
    Ip exporter,
    int exporterPort,
    long observationDomain,
    long sequence,
    long exportNanos,
    long receivedNanos,
    @Nullable String collector,
    @Nullable String sourceId,
    @Nullable String requestId) {}
