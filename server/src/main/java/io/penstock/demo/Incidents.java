package io.penstock.demo;

import io.penstock.demo.Conversation.End;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;

/** What goes wrong on the demo's day, from the beginning to the end. */
public final class Incidents {

  /** Addresses that the demo's list of indicators names; the API's contract has them, too. */
  public static final String GUESSER = "45.149.3.1";

  public static final String RELAY = "185.220.101.1";
  public static final String SCANNER = "91.92.240.1";
  public static final String CONTROLLER = "91.92.240.2";

  /** Where 12 GB go. On no list: it shows by what is sent there. */
  public static final String DROP = "95.216.45.10";

  /** The workstations that stand out. */
  static final String EXFILTRATING = "10.20.1.17";

  static final String BEACONING = "10.20.1.23";
  static final String HIT = "10.20.1.31";

  private static final int PORTS_TRIED = 1_024;
  private static final int PASSWORDS_TRIED = 1_200;
  private static final int HITS = 16;
  private static final int TRANSFERS = 24;
  private static final long TRANSFER_BYTES = 500_000_000;
  private static final int STRANGE_RECORDS = 5;
  private static final Duration NIGHT = Duration.ofHours(2);
  private static final long SECOND = 1_000;
  private static final long MINUTE = 60 * SECOND;
  private static final long HOUR = 60 * MINUTE;

  /** Below so many events there is less of everything. */
  private static final int EVENTS_FOR_ALL = 50_000;

  private final Site site;
  private final long now;
  private final double part;
  private final RandomGenerator random;
  private final List<Conversation> all = new ArrayList<>();

  private Incidents(Site site, Instant now, int events, RandomGenerator random) {
    this.site = site;
    this.now = now.toEpochMilli();
    this.part = Math.min(1, (double) events / EVENTS_FOR_ALL);
    this.random = random;
  }

  /** A list of indicators in the form that the enricher reads. */
  public static String indicators() {
    return """
    indicator,category,confidence
    %s,ssh brute force (demo),80
    %s,anonymising relay (demo),70
    %s,command and control (demo),90
    """
        .formatted(GUESSER, RELAY, CONTROLLER);
  }

  /** All of a day that ends now, by the time at which they began. */
  static List<Conversation> of(Site site, Instant now, int events, RandomGenerator random) {
    var day = new Incidents(site, now, events, random);
    day.scan();
    day.bruteForce();
    day.exfiltration(now);
    day.beacon();
    day.threatHit();
    day.strangeRecords();
    day.all.sort(Comparator.comparingLong(Conversation::startMillis));
    return List.copyOf(day.all);
  }

  private int some(int count) {
    return Math.max(1, (int) (count * part));
  }

  private static End end(String ip, int port, long bytes) {
    return new End(Site.address(ip), port, bytes, Site.packets(bytes));
  }

  private void scan() {
    int ports = some(PORTS_TRIED);
    long start = now - 5 * HOUR;
    for (int i = 0; i < ports; i++) {
      add(
          Scene.PORT_SCAN,
          start + 12 * MINUTE * i / ports,
          1,
          end(SCANNER, 54_321, 60),
          new End(site.webServer(), 1 + i, 0, 0),
          Conversation.SYN,
          Device.FIREWALL);
    }
  }

  private void bruteForce() {
    int passwords = some(PASSWORDS_TRIED);
    long start = now - 9 * HOUR;
    for (int i = 0; i < passwords; i++) {
      add(
          Scene.SSH_BRUTE_FORCE,
          start + 45 * MINUTE * i / passwords,
          1_500 + random.nextInt(800),
          end(GUESSER, Site.clientPort(random), 1_700 + random.nextInt(300)),
          new End(site.jumpHost(), 22, 2_100 + random.nextInt(400), 14),
          Conversation.WHOLE,
          Device.BRANCH_ROUTER);
    }
  }

  /** In the last night that is over by now. */
  private void exfiltration(Instant today) {
    long midnight =
        today.atZone(ZoneOffset.UTC).toLocalDate().atStartOfDay(ZoneOffset.UTC).toEpochSecond();
    long start = midnight * SECOND + NIGHT.toMillis();
    start -= start + 2 * HOUR > now ? 24 * HOUR : 0;
    // Twice the day before is out of the day that is shown.
    start = Math.max(start, now - 23 * HOUR);
    for (int i = 0; i < TRANSFERS; i++) {
      add(
          Scene.EXFILTRATION,
          start + 3 * MINUTE * i,
          (int) (2 * MINUTE) + random.nextInt((int) (50 * SECOND)),
          end(EXFILTRATING, 51_000 + i, TRANSFER_BYTES),
          end(DROP, 443, 4_000_000 + random.nextInt(900_000)),
          Conversation.WHOLE,
          Device.CORE_SWITCH);
    }
  }

  private void beacon() {
    int minutes = some(24 * 60 - 10);
    for (int i = minutes; i > 0; i--) {
      add(
          Scene.BEACON,
          now - (i + 2) * MINUTE + random.nextLong(-2 * SECOND, 2 * SECOND + 1),
          180 + random.nextInt(120),
          end(BEACONING, Site.clientPort(random), 412),
          end(CONTROLLER, 443, 230),
          Conversation.WHOLE,
          Device.BRANCH_ROUTER);
    }
  }

  private void threatHit() {
    for (int i = 0; i < HITS; i++) {
      add(
          Scene.THREAT_HIT,
          now - 3 * HOUR + 90 * SECOND * i + random.nextInt((int) (20 * SECOND)),
          4_000 + random.nextInt(20_000),
          end(HIT, Site.clientPort(random), 30_000 + random.nextInt(90_000)),
          end(RELAY, 9_001, 400_000 + random.nextInt(900_000)),
          Conversation.WHOLE,
          Device.ZEEK_SENSOR);
    }
  }

  private void strangeRecords() {
    for (int i = 0; i < STRANGE_RECORDS; i++) {
      add(
          Scene.STRANGE_RECORD,
          now - 4 * HOUR * (i + 1),
          10,
          new End(site.workstation(i), Site.clientPort(random), 900, 2),
          new End(site.webServer(), 8_443, 700, 2),
          Conversation.WHOLE,
          Device.APPLICATION);
    }
  }

  private void add(
      Scene scene,
      long startMillis,
      int durationMillis,
      End client,
      End server,
      int tcpFlags,
      Device seenBy) {
    all.add(
        new Conversation(
            startMillis,
            durationMillis,
            client,
            server,
            Conversation.TCP,
            tcpFlags,
            seenBy,
            scene));
  }
}
