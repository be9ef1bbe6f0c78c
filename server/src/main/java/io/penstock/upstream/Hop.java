package io.penstock.upstream;

/**
 * The next machine on the way.
 *
 * @param isParent whether it is a proxy that the operator named, and not what a client asked for
 */
public record Hop(String host, int port, boolean isParent) {}
