package io.penstock.demo;

import io.penstock.demo.Conversation.End;
import io.penstock.demo.Networks.Use;
import io.penstock.event.Ip;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A company: two dozen workstations, a dozen servers, printers and cameras in {@code 10.x.0.0/16},
 * and what they do all day. For any number of threads; what is made follows from the random numbers
 * that are given.
 */
final class Site {

  /** The company's addresses are those of {@code 10.20.0.0/16}. */
  static final int COMPANY = 20;

  private static final int WORKSTATIONS = 24;
  private static final int PRINTERS = 4;
  private static final int OCTETS_OF_A_PACKET = 1_100;
  private static final int EPHEMERAL_FIRST = 32_768;
  private static final int EPHEMERAL_COUNT = 28_000;
  private static final int DURATION_MILLIS_MAX = 240_000;

  private static final int DNS_SERVER = 10;
  private static final int DIRECTORY = 11;
  private static final int FILE_SERVER = 12;
  private static final int DATABASE = 13;
  private static final int SHOP = 14;
  private static final int BACKUP = 15;
  private static final int MAIL_SERVER = 16;
  private static final int JUMP_HOST = 18;
  private static final int WEB_SERVER = 20;

  /** Who talks to whom. */
  private enum Path {
    WORKSTATION_TO_WEB,
    WORKSTATION_TO_RESOLVER,
    WORKSTATION_TO_FILES,
    WORKSTATION_TO_DIRECTORY,
    WORKSTATION_TO_PRINTER,
    WORKSTATION_TO_MAIL,
    WORKSTATION_TO_JUMP_HOST,
    SERVER_TO_RESOLVER,
    SERVER_TO_TIME,
    SERVER_TO_UPDATES,
    SHOP_TO_DATABASE,
    DATABASE_TO_BACKUP,
    MAIL_TO_MAIL,
    CUSTOMER_TO_SHOP
  }

  /**
   * A service and what a conversation with it is like.
   *
   * @param weight how often it is used
   * @param asked usual octets of the client
   * @param answered usual octets of the server
   * @param millis usual length
   */
  private record Service(
      int protocol, int port, int weight, Path path, int asked, int answered, int millis) {}

  private static final List<Service> SERVICES =
      List.of(
          new Service(6, 443, 300, Path.WORKSTATION_TO_WEB, 2_400, 21_000, 9_000),
          new Service(17, 443, 110, Path.WORKSTATION_TO_WEB, 3_000, 34_000, 14_000),
          new Service(17, 53, 170, Path.WORKSTATION_TO_RESOLVER, 74, 160, 30),
          new Service(6, 445, 70, Path.WORKSTATION_TO_FILES, 9_000, 42_000, 20_000),
          new Service(6, 389, 40, Path.WORKSTATION_TO_DIRECTORY, 900, 2_100, 200),
          new Service(17, 88, 30, Path.WORKSTATION_TO_DIRECTORY, 1_400, 1_500, 40),
          new Service(6, 9100, 14, Path.WORKSTATION_TO_PRINTER, 140_000, 900, 6_000),
          new Service(6, 993, 60, Path.WORKSTATION_TO_MAIL, 1_900, 9_000, 25_000),
          new Service(6, 22, 10, Path.WORKSTATION_TO_JUMP_HOST, 12_000, 30_000, 120_000),
          new Service(6, 3389, 6, Path.WORKSTATION_TO_JUMP_HOST, 60_000, 300_000, 200_000),
          new Service(17, 53, 60, Path.SERVER_TO_RESOLVER, 76, 190, 25),
          new Service(17, 123, 24, Path.SERVER_TO_TIME, 76, 76, 20),
          new Service(6, 443, 18, Path.SERVER_TO_UPDATES, 1_500, 90_000, 8_000),
          new Service(6, 5432, 90, Path.SHOP_TO_DATABASE, 2_800, 11_000, 600),
          new Service(6, 873, 4, Path.DATABASE_TO_BACKUP, 900_000, 8_000, 90_000),
          new Service(6, 25, 20, Path.MAIL_TO_MAIL, 16_000, 1_100, 1_800),
          new Service(6, 443, 150, Path.CUSTOMER_TO_SHOP, 1_800, 26_000, 5_000));

  private static final int WEIGHT = SERVICES.stream().mapToInt(Service::weight).sum();

  private final Networks networks;
  private final int network;

  /**
   * @param second of the four numbers of its addresses
   */
  Site(Networks networks, int second) {
    this.networks = networks;
    this.network = 10 << 24 | second << 16;
  }

  /** The bits of an IPv4 address. */
  static int address(String text) {
    return Ip.parse(text).orElseThrow(() -> new IllegalArgumentException(text)).v4Bits();
  }

  int workstation(int number) {
    return network | 1 << 8 | 10 + number;
  }

  private int server(int number) {
    return network | 2 << 8 | number;
  }

  int jumpHost() {
    return server(JUMP_HOST);
  }

  int webServer() {
    return server(WEB_SERVER);
  }

  static int clientPort(RandomGenerator random) {
    return EPHEMERAL_FIRST + random.nextInt(EPHEMERAL_COUNT);
  }

  /** A conversation that is nothing special. */
  Conversation ordinary(long startMillis, Device seenBy, RandomGenerator random) {
    var service = service(random);
    // Most are small and few are large.
    double size = Math.exp(random.nextGaussian());
    long asked = octets(service.asked, size, service.protocol);
    long answered = octets(service.answered, size, service.protocol);
    int millis = (int) Math.min(DURATION_MILLIS_MAX, 1 + service.millis * random.nextExponential());
    return new Conversation(
        startMillis,
        millis,
        new End(client(service.path, random), clientPort(random), asked, packets(asked)),
        new End(server(service.path, random), service.port, answered, packets(answered)),
        service.protocol,
        service.protocol == Conversation.TCP ? Conversation.WHOLE : 0,
        seenBy,
        null);
  }

  private static long octets(int usual, double size, int protocol) {
    // A name is asked for with much the same number of octets every time.
    double factor = protocol == Conversation.UDP && usual < 1_000 ? 1 + size / 10 : size;
    return Math.max(60, Math.round(usual * factor));
  }

  static long packets(long octets) {
    return 1 + octets / OCTETS_OF_A_PACKET;
  }

  private static Service service(RandomGenerator random) {
    int left = random.nextInt(WEIGHT);
    for (var service : SERVICES) {
      left -= service.weight;
      if (left < 0) {
        return service;
      }
    }
    throw new IllegalStateException("the weights do not add up to " + WEIGHT);
  }

  private int client(Path path, RandomGenerator random) {
    return switch (path) {
      case SERVER_TO_RESOLVER, SERVER_TO_TIME, SERVER_TO_UPDATES ->
          server(DNS_SERVER + random.nextInt(WEB_SERVER - DNS_SERVER + 1));
      case SHOP_TO_DATABASE -> server(SHOP);
      case DATABASE_TO_BACKUP -> server(DATABASE);
      case MAIL_TO_MAIL -> server(MAIL_SERVER);
      case CUSTOMER_TO_SHOP -> networks.address(Use.CUSTOMER, 4_000, random);
      default -> {
        // Some people are busier than others.
        double position = random.nextDouble();
        yield workstation((int) (position * position * WORKSTATIONS));
      }
    };
  }

  private int server(Path path, RandomGenerator random) {
    return switch (path) {
      case WORKSTATION_TO_WEB, SERVER_TO_UPDATES -> networks.address(Use.WEB, 40, random);
      case WORKSTATION_TO_RESOLVER -> server(DNS_SERVER);
      case SERVER_TO_RESOLVER -> networks.address(Use.RESOLVER, 1, random);
      case SERVER_TO_TIME -> networks.address(Use.TIME, 2, random);
      case WORKSTATION_TO_FILES -> server(FILE_SERVER);
      case WORKSTATION_TO_DIRECTORY -> server(DIRECTORY);
      case WORKSTATION_TO_PRINTER -> network | 3 << 8 | 10 + random.nextInt(PRINTERS);
      case WORKSTATION_TO_MAIL, MAIL_TO_MAIL -> networks.address(Use.MAIL, 12, random);
      case WORKSTATION_TO_JUMP_HOST -> server(JUMP_HOST);
      case SHOP_TO_DATABASE -> server(DATABASE);
      case DATABASE_TO_BACKUP -> server(BACKUP);
      case CUSTOMER_TO_SHOP -> server(WEB_SERVER);
    };
  }
}
