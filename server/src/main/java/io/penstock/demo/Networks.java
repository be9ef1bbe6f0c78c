package io.penstock.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Well-known public networks, the systems that announce them, and what one uses them for. */
public final class Networks {

  private static final String RESOURCE = "networks.csv";

  /** What a network is talked to for. */
  enum Use {
    RESOLVER,
    WEB,
    MAIL,
    TIME,
    CUSTOMER,
    RENTED
  }

  /**
   * @param first lowest address
   * @param size how many addresses it has
   */
  private record Network(int first, int size) {}

  private final Map<Use, List<Network>> byUse = new EnumMap<>(Use.class);
  private final String systems;

  private Networks(List<String> lines) {
    var table = new StringBuilder("ip_range,asn,organization\n");
    for (var line : lines) {
      var cells = line.split(",", -1);
      int slash = cells[0].indexOf('/');
      int length = Integer.parseInt(cells[0], slash + 1, cells[0].length(), 10);
      var network = new Network(Site.address(cells[0].substring(0, slash)), 1 << (32 - length));
      byUse.computeIfAbsent(Use.valueOf(cells[3]), _ -> new ArrayList<>()).add(network);
      table.append(String.join(",", cells[0], cells[1], cells[2])).append('\n');
    }
    this.systems = table.toString();
  }

  /** Those of the product. */
  public static Networks load() {
    try (var resource = Networks.class.getResourceAsStream(RESOURCE)) {
      if (resource == null) {
        throw new IllegalStateException("resource " + RESOURCE + " is missing from the jar");
      }
      var text = new String(resource.readAllBytes(), StandardCharsets.UTF_8);
      return new Networks(text.lines().filter(line -> !line.startsWith("#")).toList());
    } catch (IOException e) {
      throw new UncheckedIOException("resource " + RESOURCE, e);
    }
  }

  /** A table of autonomous systems, in the form that the enricher reads. */
  public String systems() {
    return systems;
  }

  /**
   * An address for a use. Few are popular: of each network only the first {@code spread} that are
   * not its own number.
   */
  int address(Use use, int spread, RandomGenerator random) {
    var networks = byUse.getOrDefault(use, List.of());
    // Squared: those that stand first are asked for most.
    double position = random.nextDouble();
    var network = networks.get((int) (position * position * networks.size()));
    int most = Math.min(spread, network.size - 2);
    // Spread over the network, so that two in a row are not neighbours.
    int step = Math.max(1, network.size / (most + 1));
    return network.first + step * random.nextInt(most) + 1 + step / 3;
  }
}
