package io.penstock.inventory;

import java.time.Instant;

/** A host that a tenant's programs asked for, read or not. */
public record SeenHost(String tenant, String host, long requests, Instant first, Instant last) {}
