package io.penstock.enrich;

import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Enrichment.ThreatMatch;
import io.penstock.event.Ip;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one address, as if it were the destination of a flow.
 *
 * @param ip the address
 * @param geo where it is; null when not known
 * @param as its autonomous system; null when not known
 * @param threats every indicator that names it
 * @param riskScore 0 to 100
 * @param reasons why the score is above its base
 * @param isInternal whether it belongs to our networks
 */
public record Lookup(
    Ip ip,
    @Nullable Geo geo,
    @Nullable AutonomousSystem as,
    List<ThreatMatch> threats,
    int riskScore,
    List<String> reasons,
    boolean isInternal) {}
