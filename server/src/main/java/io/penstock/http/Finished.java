package io.penstock.http;

import java.time.Duration;
import java.util.List;

/**
 * A request that was answered, as metrics and the audit see it.
 *
 * @param method as sent
 * @param path as sent, without the query and without what looks like a key
 * @param route path of the route that answered; empty when none did
 * @param status of the answer
 * @param took from the first line read to the answer written
 * @param tenant whose data it was about
 * @param client address of the caller
 * @param requestId trace id
 * @param keyId public name of the key; empty when no valid one was shown
 * @param startedMillis when it began, milliseconds since 1970
 * @param steps what happened to it on the way, in that order
 */
public record Finished(
    String method,
    String path,
    String route,
    int status,
    Duration took,
    String tenant,
    String client,
    String requestId,
    String keyId,
    long startedMillis,
    List<Trail.Step> steps) {}
