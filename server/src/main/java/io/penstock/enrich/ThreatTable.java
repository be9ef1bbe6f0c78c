package io.penstock.enrich;

import io.penstock.event.Enrichment.ThreatMatch;
import io.penstock.event.Enrichment.ThreatMatch.Side;
import io.penstock.event.Ip;
import io.penstock.prefix.AddressRanges;
import io.penstock.prefix.Prefix;
import io.penstock.prefix.RangeBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An immutable set of indicators that says which of them name an address or a domain: the longest
 * prefix first, then every wider one, of all lists. What has expired is not told; it goes for good
 * when the table is built anew.
 *
 * <p>Networks are numbered; {@link AddressRanges} leads from an address to the innermost network
 * around it, and each network knows the next wider one. A network costs 13 bytes beside its ranges,
 * its text is made when it matches. Where any expires, each costs four bytes more. An address that
 * no list names costs one look-up.
 */
final class ThreatTable {

  /** No indicators. */
  static final ThreatTable EMPTY = new Builder().build();

  /** So many indicators can name one address or domain; further ones are not told. */
  static final int MATCHES_MAX = 16;

  /** What indicators of a list have in common. */
  private record Label(String category, int confidence, String feed) {}

  /** What names a domain, and until when. */
  private record Naming(Label label, int expires) {}

  /** An expiry that never comes; it also stands for whatever is later than it can tell. */
  private static final int NEVER = -1;

  private final AddressRanges networks;
  private final int[] outer;
  private final byte[] bits;
  private final int[] labels;
  private final List<Label> labelTable;

  /** Unsigned seconds since 1970, by network; empty when none expires. */
  private final int[] expiries;

  private final Map<String, List<Naming>> domains;
  private final Set<String> feeds;
  private final int size;

  private ThreatTable(Builder builder) {
    this.outer = new int[builder.size + 1];
    this.bits = Arrays.copyOf(builder.bits, builder.size + 1);
    this.labels = Arrays.copyOf(builder.labels, builder.size + 1);
    this.labelTable = List.copyOf(builder.labelTable);
    this.expiries =
        builder.expiries.length == 0
            ? builder.expiries
            : Arrays.copyOf(builder.expiries, builder.size + 1);
    this.networks = builder.spans.build(this::nest);
    this.domains = Map.copyOf(builder.domains);
    this.feeds = Set.copyOf(builder.feeds);
    this.size = builder.size + builder.domainCount;
  }

  /** Hangs a network below the one around it; the same network of the same list counts once. */
  private int nest(int around, int network) {
    if (around != 0 && bits[around] == bits[network] && sameFeed(around, network)) {
      if (label(network).confidence() > label(around).confidence()) {
        labels[around] = labels[network];
      }
      if (expiries.length > 0 && Integer.compareUnsigned(expiries[network], expiries[around]) > 0) {
        expiries[around] = expiries[network];
      }
      return around;
    }
    outer[network] = around;
    return network;
  }

  private boolean sameFeed(int a, int b) {
    return label(a).feed().equals(label(b).feed());
  }

  private Label label(int network) {
    return labelTable.get(labels[network]);
  }

  /** Number of indicators. */
  int size() {
    return size;
  }

  /** Names of the lists that have an indicator here. */
  Set<String> feeds() {
    return feeds;
  }

  boolean hasDomains() {
    return !domains.isEmpty();
  }

  private boolean isExpired(int network, long nowSeconds) {
    return expiries.length > 0 && isOver(expiries[network], nowSeconds);
  }

  private static boolean isOver(int expires, long nowSeconds) {
    return expires != NEVER && Integer.toUnsignedLong(expires) <= nowSeconds;
  }

  /** Whether any indicator names an address, expired or not. */
  boolean names(long high, long low) {
    return networks.find(high, low) != 0;
  }

  /** Adds the indicators that name an address, longest prefix first. */
  void match(long high, long low, Side side, long nowSeconds, List<ThreatMatch> matches) {
    int network = networks.find(high, low);
    if (network == 0) {
      return;
    }
    var ip = new Ip(high, low);
    var value = ip.toString();
    int told = 0;
    for (; network != 0 && told < MATCHES_MAX; network = outer[network]) {
      if (isExpired(network, nowSeconds)) {
        continue;
      }
      told++;
      var label = label(network);
      matches.add(
          new ThreatMatch(
              side,
              value,
              new Prefix(ip, bits[network] & 0xff).toString(),
              label.category(),
              label.confidence(),
              label.feed()));
    }
  }

  /** Adds the indicators that name a domain or one above it, the domain itself first. */
  void matchDomain(String domain, long nowSeconds, List<ThreatMatch> matches) {
    int told = 0;
    for (int dot = -1; told < MATCHES_MAX; ) {
      var name = domain.substring(dot + 1);
      for (var naming : domains.getOrDefault(name, List.of())) {
        if (isOver(naming.expires, nowSeconds)) {
          continue;
        }
        var label = naming.label;
        matches.add(
            new ThreatMatch(
                Side.DOMAIN, domain, name, label.category(), label.confidence(), label.feed()));
        told++;
      }
      dot = domain.indexOf('.', dot + 1);
      if (dot < 0) {
        return;
      }
    }
  }

  /** Collects indicators. For one thread. */
  static final class Builder {

    /** So many indicators are held; further ones are refused. */
    static final int INDICATORS_MAX = 5_000_000;

    private static final int LABELS_MAX = 1 << 16;

    private final RangeBuilder spans = new RangeBuilder();
    private final Map<Label, Integer> labelNumbers = new HashMap<>();
    private final List<Label> labelTable = new ArrayList<>();
    private final Map<String, List<Naming>> domains = new HashMap<>();
    private final Set<String> feeds = new HashSet<>();
    private byte[] bits = new byte[64];
    private int[] labels = new int[64];
    private int[] expiries = {};
    private int size;
    private int domainCount;

    /** Adds an indicator; false when the table is full. */
    boolean add(Indicator indicator) {
      if (size + domainCount >= INDICATORS_MAX) {
        return false;
      }
      var label = new Label(indicator.category(), indicator.confidence(), indicator.feed());
      if (labelTable.size() >= LABELS_MAX && !labelNumbers.containsKey(label)) {
        label = new Label(Indicator.UNKNOWN_CATEGORY, indicator.confidence(), indicator.feed());
      }
      feeds.add(indicator.feed());
      int expires = seconds(indicator.expires());
      switch (indicator.target()) {
        case Indicator.Target.Network(var prefix) -> addNetwork(prefix, label, expires);
        case Indicator.Target.Domain(var name) -> addDomain(name, new Naming(label, expires));
      }
      return true;
    }

    /** Rounded up: an indicator counts until its very end. */
    private static int seconds(@Nullable Instant expires) {
      if (expires == null) {
        return NEVER;
      }
      long seconds = expires.getEpochSecond() + (expires.getNano() > 0 ? 1 : 0);
      return seconds >= 0xffff_ffffL ? NEVER : (int) Math.max(0, seconds);
    }

    private void addNetwork(Prefix prefix, Label label, int expires) {
      size++;
      if (size == bits.length) {
        bits = Arrays.copyOf(bits, size * 2);
        labels = Arrays.copyOf(labels, size * 2);
      }
      if (expires != NEVER || expiries.length > 0) {
        setExpiry(size, expires);
      }
      bits[size] = (byte) prefix.bits();
      labels[size] =
          labelNumbers.computeIfAbsent(
              label,
              added -> {
                labelTable.add(added);
                return labelTable.size() - 1;
              });
      spans.add(prefix, size);
    }

    private void setExpiry(int network, int expires) {
      if (expiries.length <= network) {
        int known = expiries.length;
        expiries = Arrays.copyOf(expiries, labels.length);
        Arrays.fill(expiries, known, expiries.length, NEVER);
      }
      expiries[network] = expires;
    }

    private void addDomain(String name, Naming naming) {
      var known = domains.getOrDefault(name, List.of());
      if (known.stream().anyMatch(other -> other.label.feed().equals(naming.label.feed()))) {
        return;
      }
      var all = new ArrayList<>(known);
      all.add(naming);
      domains.put(name, List.copyOf(all));
      domainCount++;
    }

    ThreatTable build() {
      return new ThreatTable(this);
    }
  }
}
