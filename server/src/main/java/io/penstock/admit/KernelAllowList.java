package io.penstock.admit;

import io.penstock.json.MalformedJsonException;
import io.penstock.prefix.Prefix;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The networks of the sources as sets of the kernel's packet filter, so that what others send to
 * the telemetry ports costs no system call of ours.
 *
 * <p>The table {@code inet telemetry} has the sets {@code exporters} and {@code exporters6}, which
 * {@link #sync} fills, and after {@link #setUp} a chain that drops what comes to a telemetry port
 * from nowhere in them. It never touches another port, and never what comes from this machine. All
 * of a change happens at once or not at all: at no moment is a set half full.
 *
 * <p>Only what was read as a network and printed by us gets into a script. Safe for many threads.
 */
public final class KernelAllowList {

  private static final String TABLE = "inet telemetry";
  private static final String V4 = "exporters";
  private static final String V6 = "exporters6";
  private static final String NOT_INSTALLED = "nftables not available on this system";

  private final @Nullable Nft nft;
  private final Supplier<List<Prefix>> networks;
  private final Ports ports;
  private final InstantSource clock;
  private volatile @Nullable Synced last;

  /**
   * @param nft null where it is not installed
   * @param networks what may send, as it is now
   */
  public KernelAllowList(
      @Nullable Nft nft, Supplier<List<Prefix>> networks, Ports ports, InstantSource clock) {
    this.nft = nft;
    this.networks = networks;
    this.ports = ports;
    this.clock = clock;
  }

  /** The telemetry ports: the only ones that the kernel guards. */
  public record Ports(List<Integer> udp, List<Integer> tcp) {
    public Ports {
      udp = chosen(udp);
      tcp = chosen(tcp);
    }

    /** A port of 0 is one that the system is yet to choose. */
    private static List<Integer> chosen(List<Integer> ports) {
      return ports.stream().filter(port -> port > 0).distinct().sorted().toList();
    }
  }

  /**
   * What would be done.
   *
   * @param v4 networks, none of them inside another
   * @param script for {@code nft -f}
   */
  public record Plan(List<Prefix> v4, List<Prefix> v6, String script) {}

  /** What was done last, and when. */
  public record Synced(Instant at, int v4, int v6) {}

  /**
   * How the kernel's state compares with the sources.
   *
   * @param problem why the kernel's state is not known; null when it is
   * @param v4 elements in the kernel
   * @param v4Configured networks that should be there
   * @param isSynced whether both mean the same addresses
   * @param isEnforced whether anything is dropped
   * @param last null when nothing was done since the start
   */
  public record Status(
      boolean isAvailable,
      @Nullable String problem,
      Ports ports,
      int v4,
      int v6,
      int v4Configured,
      int v6Configured,
      boolean isSynced,
      boolean isEnforced,
      @Nullable Synced last) {}

  /** What came of a change. */
  public sealed interface Outcome {

    /** It is in the kernel. */
    record Done(Plan plan, Instant at) implements Outcome {}

    /** There is no {@code nft}. */
    record Unavailable(Plan plan) implements Outcome {}

    /** Nothing was changed. */
    record Failed(String reason) implements Outcome {}
  }

  /** What {@link #sync} would do now. */
  public Plan syncPlan() {
    var all = AddressSpan.outermost(networks.get());
    var v4 = all.stream().filter(Prefix::isV4).toList();
    var v6 = all.stream().filter(network -> !network.isV4()).toList();
    return new Plan(v4, v6, sets(v4, v6));
  }

  /** What {@link #setUp} would do now. */
  public Plan setUpPlan() {
    var sync = syncPlan();
    return new Plan(sync.v4, sync.v6, sync.script + chain());
  }

  /** Makes the sets what the sources say. */
  public Outcome sync() {
    return apply(syncPlan());
  }

  /** The same, and from now on drops what is in none of them. */
  public Outcome setUp() {
    return apply(setUpPlan());
  }

  private synchronized Outcome apply(Plan plan) {
    if (nft == null) {
      return new Outcome.Unavailable(plan);
    }
    try {
      nft.apply(plan.script);
    } catch (Nft.FailedException e) {
      return new Outcome.Failed(String.valueOf(e.getMessage()));
    }
    var at = clock.instant();
    last = new Synced(at, plan.v4.size(), plan.v6.size());
    return new Outcome.Done(plan, at);
  }

  /**
   * Adding what is there already changes nothing, so this holds for the first time and any other.
   */
  private static String sets(Collection<Prefix> v4, Collection<Prefix> v6) {
    return """
        add table %1$s
        add set %1$s %2$s { type ipv4_addr; flags interval; }
        add set %1$s %3$s { type ipv6_addr; flags interval; }
        flush set %1$s %2$s
        flush set %1$s %3$s
        """
            .formatted(TABLE, V4, V6)
        + elements(V4, v4)
        + elements(V6, v6);
  }

  private static String elements(String set, Collection<Prefix> networks) {
    if (networks.isEmpty()) {
      return "";
    }
    return networks.stream()
        .map(Prefix::toString)
        .collect(Collectors.joining(", ", "add element " + TABLE + " " + set + " { ", " }\n"));
  }

  private String chain() {
    return """
        add chain %1$s input { type filter hook input priority 0; policy accept; }
        flush chain %1$s input
        add rule %1$s input iif lo accept
        """
            .formatted(TABLE)
        + guard("udp", ports.udp)
        + guard("tcp", ports.tcp);
  }

  private static String guard(String transport, List<Integer> ports) {
    if (ports.isEmpty()) {
      return "";
    }
    var those =
        ports.stream().map(String::valueOf).collect(Collectors.joining(", ", " dport { ", " }"));
    return """
        add rule %1$s input %2$s ip saddr @%3$s accept
        add rule %1$s input %2$s ip6 saddr @%4$s accept
        add rule %1$s input %2$s counter drop
        """
        .formatted(TABLE, transport + those, V4, V6);
  }

  /** The table as {@code nft} prints it for people, or why it does not. */
  public String listing() {
    if (nft == null) {
      return NOT_INSTALLED;
    }
    try {
      return nft.list("table", "inet", "telemetry");
    } catch (Nft.FailedException e) {
      return String.valueOf(e.getMessage());
    }
  }

  public Status status() {
    var plan = syncPlan();
    if (nft == null) {
      return status(plan, KernelState.NOTHING, NOT_INSTALLED);
    }
    try {
      return status(plan, read(nft).orElse(KernelState.NOTHING), null);
    } catch (Nft.FailedException | MalformedJsonException e) {
      return status(plan, KernelState.NOTHING, String.valueOf(e.getMessage()));
    }
  }

  private Status status(Plan plan, KernelState kernel, @Nullable String problem) {
    boolean isSynced =
        problem == null
            && kernel.sets().keySet().containsAll(List.of(V4, V6))
            && means(kernel.elements(V4), plan.v4)
            && means(kernel.elements(V6), plan.v6);
    return new Status(
        nft != null,
        problem,
        ports,
        kernel.count(V4),
        kernel.count(V6),
        plan.v4.size(),
        plan.v6.size(),
        isSynced,
        kernel.rules() > 0,
        last);
  }

  private static boolean means(List<AddressSpan> kernel, List<Prefix> networks) {
    return AddressSpan.joined(kernel)
        .equals(AddressSpan.joined(networks.stream().map(AddressSpan::of).toList()));
  }

  /** The kernel's state; nothing when it has no such table. */
  private static Optional<KernelState> read(Nft nft)
      throws Nft.FailedException, MalformedJsonException {
    // Asked first: a table that is not there is no failure.
    var tables = nft.ask("list", "tables", "inet");
    if (!tables.contains("\"telemetry\"")) {
      return Optional.empty();
    }
    return Optional.of(KernelState.parse(nft.ask("list", "table", "inet", "telemetry")));
  }
}
