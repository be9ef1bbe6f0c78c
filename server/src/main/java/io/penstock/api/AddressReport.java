package io.penstock.api;

import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Enrichment.ThreatMatch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one address.
 *
 * @param geo where it is
 * @param as whose it is
 * @param threats the indicators that match it
 * @param riskScore the score of a flow to it, 0 to 100
 * @param reasons why
 */
public record AddressReport(
    @Nullable Geo geo,
    @Nullable AutonomousSystem as,
    List<ThreatMatch> threats,
    int riskScore,
    List<String> reasons) {}
