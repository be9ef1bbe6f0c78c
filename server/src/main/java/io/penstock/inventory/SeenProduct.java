package io.penstock.inventory;

import java.time.Instant;
import java.util.List;

/**
 * One version of a product as a tenant's programs sent it.
 *
 * @param product name of the profile; {@code host:} and the host where there is none
 * @param version empty when it did not say
 * @param octets of requests, path and body
 * @param hosts to which it was sent
 * @param fields sorted by key
 */
public record SeenProduct(
    String tenant,
    String product,
    String version,
    long requests,
    long octets,
    Instant first,
    Instant last,
    Days days,
    List<String> hosts,
    List<SeenField> fields) {

  public SeenProduct {
    hosts = List.copyOf(hosts);
    fields = List.copyOf(fields);
  }
}
