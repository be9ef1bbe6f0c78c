package io.penstock.intercept;

/**
 * Who a client of the proxy is.
 *
 * @param user as it authenticated
 * @param tenant whose its exchanges are
 */
public record Login(String user, String tenant) {}
