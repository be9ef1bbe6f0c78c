package io.penstock.inventory;

import java.time.Duration;

/**
 * Bounds of the inventory, and when something is worth an alert.
 *
 * @param productsMax of all tenants together; further ones are counted and left out
 * @param versionsMax of one product; further ones are kept together as one
 * @param fieldsMax of one product, all its versions together
 * @param fieldsTotalMax of everything
 * @param hostsMax of one tenant
 * @param learning from the first exchange on, how long new hosts and fields are no news
 * @param spikeFactor so many times the usual requests of an hour are a spike
 * @param spikeRequestsMin fewer requests in an hour are none
 * @param silenceAfter a product that sent regularly and then not for so long is silent
 * @param silenceGaps nor before so many times its usual pause
 */
public record InventoryConfig(
    int productsMax,
    int versionsMax,
    int fieldsMax,
    int fieldsTotalMax,
    int hostsMax,
    Duration learning,
    double spikeFactor,
    long spikeRequestsMin,
    Duration silenceAfter,
    double silenceGaps) {

  public static final InventoryConfig DEFAULT =
      new InventoryConfig(
          200, 50, 5_000, 60_000, 2_000, Duration.ofHours(1), 5, 100, Duration.ofHours(24), 3);
}
