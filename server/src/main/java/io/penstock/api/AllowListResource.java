package io.penstock.api;

import io.penstock.admit.KernelAllowList;
import io.penstock.admit.KernelAllowList.Outcome;
import io.penstock.admit.KernelAllowList.Plan;
import io.penstock.control.AdminAudit;
import io.penstock.control.AdminAudit.Act;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import io.penstock.prefix.Prefix;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/** The kernel's allow-list: shown, tried and brought up to date by admins. */
public final class AllowListResource implements Resource {

  private final KernelAllowList list;
  private final LongSupplier enabledSources;
  private final AdminAudit audit;

  public AllowListResource(KernelAllowList list, LongSupplier enabledSources, AdminAudit audit) {
    this.list = list;
    this.enabledSources = enabledSources;
    this.audit = audit;
  }

  @Override
  public List<Route> routes() {
    var admins = Access.scopes("admin");
    return List.of(
        new Route("POST", "/v1/admin/security/sync-allowlist", admins, this::sync),
        new Route("GET", "/v1/admin/security/allowlist/status", admins, _ -> status()));
  }

  private Answer sync(Request request) {
    if (isDryRun(request)) {
      return dryRun(list.syncPlan());
    }
    var outcome = list.sync();
    audit.record(
        new Act(
            Actors.of(request),
            "firewall_sync",
            "allowlist",
            null,
            Json.object("result", word(outcome))));
    return switch (outcome) {
      case Outcome.Done(var plan, var at) ->
          Answer.json(
              Json.object(
                  "status", "success",
                  "ipv4_added", plan.v4().size(),
                  "ipv6_added", plan.v6().size(),
                  "ipv4_cidrs", texts(plan.v4()),
                  "ipv6_cidrs", texts(plan.v6()),
                  "total_sources", enabledSources.getAsLong(),
                  "message", "Allowlist synced",
                  "last_sync_time", at.toString(),
                  "dry_run", false));
      case Outcome.Unavailable(var plan) ->
          Answer.json(
              Json.object(
                  "status",
                  "nftables_not_available",
                  "message",
                  "nftables not available on this system",
                  "ipv4_cidrs",
                  texts(plan.v4()),
                  "ipv6_cidrs",
                  texts(plan.v6()),
                  "dry_run",
                  false));
      case Outcome.Failed(var reason) ->
          Answer.problem(500, "allowlist_sync_failed", "Allowlist sync failed: " + reason);
    };
  }

  private static String word(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Done _ -> "success";
      case Outcome.Unavailable _ -> "nftables_not_available";
      case Outcome.Failed _ -> "failed";
    };
  }

  private static boolean isDryRun(Request request) {
    var text = request.query("dry_run").orElse("false");
    return switch (text) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default ->
          throw Refusal.invalidParameter(
              "query", "dry_run", "Input should be a valid boolean", text);
    };
  }

  private static Answer dryRun(Plan plan) {
    return Answer.json(
        Json.object(
            "status", "dry_run",
            "message", "Preview of nftables changes",
            "ipv4_added", plan.v4().size(),
            "ipv6_added", plan.v6().size(),
            "ipv4_cidrs", texts(plan.v4()),
            "ipv6_cidrs", texts(plan.v6()),
            "nft_script", plan.script(),
            "dry_run", true));
  }

  private static List<String> texts(List<Prefix> networks) {
    return networks.stream().map(Prefix::toString).toList();
  }

  private Answer status() {
    var now = list.status();
    var last = now.last();
    return Answer.json(
        Json.object(
            "nft_available", now.isAvailable(),
            "udp_port", ports(now.ports().udp()),
            "tcp_port", ports(now.ports().tcp()),
            "ipv4_count", now.v4(),
            "ipv6_count", now.v6(),
            "current_ipv4_cidrs", now.v4(),
            "current_ipv6_cidrs", now.v6(),
            "configured_ipv4_cidrs", now.v4Configured(),
            "configured_ipv6_cidrs", now.v6Configured(),
            "synced", now.isSynced(),
            "sync_needed", !now.isSynced(),
            "enforced", now.isEnforced(),
            "last_sync_time", last == null ? null : last.at().toString(),
            "last_sync_counts",
                Json.object(
                    "ipv4", last == null ? 0 : last.v4(), "ipv6", last == null ? 0 : last.v6()),
            "enabled_sources", enabledSources.getAsLong(),
            "problem", now.problem()));
  }

  private static String ports(List<Integer> ports) {
    return ports.stream().map(String::valueOf).collect(Collectors.joining(","));
  }
}
