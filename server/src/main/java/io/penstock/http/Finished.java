package io.penstock.http;

import java.time.Duration;

/**
 * A request that was answered, as metrics and the audit see it.
 *
 * @param method as sent
 * @param path as sent, without the query
 * @param route path of the route that answered; empty when none did
 * @param status of the answer
 * @param took from the first line read to the answer written
 * @param tenant whose data it was about
 * @param client address of the caller
 * @param requestId trace id
 */
public record Finished(
    String method,
    String path,
    String route,
    int status,
    Duration took,
    String tenant,
    String client,
    String requestId) {}
