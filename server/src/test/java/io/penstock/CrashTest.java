package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.avaje.jsonb.Jsonb;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real server under HTTP and UDP load is killed at random moments, again and again: every record
 * that it acknowledged is there exactly once, and no other record is there twice.
 *
 * <p>{@code -Dcrash.kills} sets the number of kills; {@code -Dcrash.seed} repeats a run's choices.
 */
class CrashTest {

  private static final int KILLS = Integer.getInteger("crash.kills", 10);
  private static final long SEED = Long.getLong("crash.seed", System.nanoTime());
  private static final int WRITERS = 2;
  private static final int RECORDS = 20;

  @TempDir private Path data;

  private final AtomicLong numbers = new AtomicLong();

  /** Batches sent with a key whose fate is not known: they are sent again after the restart. */
  private final Queue<Long> unanswered = new ConcurrentLinkedQueue<>();

  private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
  private final Set<String> sent = ConcurrentHashMap.newKeySet();

  @Test
  void whatWasAcknowledgedIsThereExactlyOnceHoweverOftenTheServerIsKilled() throws Exception {
    var random = new Random(SEED);
    System.out.println("crash test: " + KILLS + " kills, -Dcrash.seed=" + SEED);

    for (int i = 0; i < KILLS; i++) {
      try (var server = ServerProcess.start(data, Map.of())) {
        loadAndKill(server, Duration.ofMillis(random.nextInt(400)));
      }
    }

    try (var server = ServerProcess.start(data, Map.of())) {
      var retries = new ArrayDeque<>(unanswered);
      unanswered.clear();
      for (long number : retries) {
        assertThat(post(server, number)).isTrue();
      }
      assertThat(acknowledged.size()).isGreaterThanOrEqualTo(KILLS * RECORDS);
      await().atMost(Duration.ofSeconds(30)).until(() -> count(server) >= acknowledged.size());
      assertEachIsThereOnce(server);
    }
  }

  private void assertEachIsThereOnce(ServerProcess server)
      throws IOException, InterruptedException {
    var times = new HashMap<String, Integer>();
    var ids = new HashSet<String>();
    String cursor = "";
    do {
      var page = page(server, cursor);
      for (var event : events(page)) {
        assertThat(ids.add(String.valueOf(event.get("id")))).as("id %s", event).isTrue();
        if (event.get("marker") != null) {
          times.merge(String.valueOf(event.get("marker")), 1, Integer::sum);
        }
      }
      cursor = page.get("next_cursor") == null ? "" : String.valueOf(page.get("next_cursor"));
    } while (!cursor.isEmpty());

    assertThat(times.keySet()).containsAll(acknowledged);
    assertThat(sent).containsAll(times.keySet());
    assertThat(times.values()).allMatch(count -> count == 1);
    System.out.println(
        "crash test: %d records acknowledged, %d found, %d events in all"
            .formatted(acknowledged.size(), times.size(), ids.size()));
  }

  /** Puts a server under load and kills it some time after it acknowledged something. */
  private void loadAndKill(ServerProcess server, Duration life) throws Exception {
    var running = new AtomicBoolean(true);
    try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      var load = new ArrayList<Future<?>>();
      for (int i = 0; i < WRITERS; i++) {
        load.add(pool.submit(() -> write(server, running)));
      }
      load.add(pool.submit(() -> sendDatagrams(server, running)));
      int before = acknowledged.size();
      await().atMost(Duration.ofSeconds(30)).until(() -> acknowledged.size() > before);
      // Not a wait for anything: the moment of the kill is meant to be arbitrary.
      TimeUnit.NANOSECONDS.sleep(life.toNanos());
      server.kill();
      running.set(false);
      for (var part : load) {
        part.get();
      }
    }
  }

  /** Posts batches until the server is gone; what was not answered is remembered. */
  private void write(ServerProcess server, AtomicBoolean running) {
    while (running.get()) {
      var retry = unanswered.poll();
      long number = retry != null ? retry : numbers.getAndIncrement();
      try {
        if (!post(server, number)) {
          unanswered.add(number);
        }
      } catch (IOException e) {
        unanswered.add(number);
        return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** Posts a batch; whether it was acknowledged. */
  private boolean post(ServerProcess server, long number) throws IOException, InterruptedException {
    var markers =
        IntStream.range(0, RECORDS).mapToObj(i -> number + "-" + i).collect(Collectors.toList());
    sent.addAll(markers);
    var records =
        markers.stream()
            .map(
                marker ->
                    """
                    {"ts":1723351200,"src_ip":"10.0.0.1","dst_ip":"8.8.8.8","src_port":1,\
                    "dst_port":53,"protocol":"udp","bytes":1,"packets":1,"marker":"%s"}"""
                        .formatted(marker))
            .collect(Collectors.joining(","));
    var response =
        server.post(
            "/v1/ingest",
            "{\"collector_id\":\"crash\",\"format\":\"flows.v1\",\"records\":[" + records + "]}",
            "Idempotency-Key",
            "batch-" + number);
    if (response.statusCode() / 100 != 2) {
      // Two of our own attempts may overlap a slow first one; anything else is a fault.
      assertThat(response.statusCode()).as(response.body()).isIn(409, 503);
      return false;
    }
    acknowledged.addAll(markers);
    return true;
  }

  private void sendDatagrams(ServerProcess server, AtomicBoolean running) {
    var target = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.netflowPort());
    try (var channel = DatagramChannel.open()) {
      for (int sequence = 0; running.get(); sequence += 10) {
        channel.send(netflowV5(sequence), target);
        TimeUnit.MILLISECONDS.sleep(1);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ten flows of NetFlow v5. */
  private static ByteBuffer netflowV5(int sequence) {
    int records = 10;
    var datagram = ByteBuffer.allocate(24 + records * 48);
    datagram.putShort((short) 5).putShort((short) records).putInt(60_000);
    datagram.putInt((int) (System.currentTimeMillis() / 1000)).putInt(0).putInt(sequence);
    datagram.position(24);
    for (int i = 0; i < records; i++) {
      datagram.putInt(0x0a000001 + i).putInt(0xc0000201).putInt(0).putShort((short) 1);
      datagram.putShort((short) 2).putInt(3).putInt(180).putInt(50_000).putInt(59_000);
      datagram.putShort((short) 40_000).putShort((short) 443).put((byte) 0).put((byte) 0x18);
      datagram.put((byte) 6).put((byte) 0).putInt(0).putInt(0);
    }
    return datagram.flip();
  }

  private static long count(ServerProcess server) throws IOException, InterruptedException {
    var filter = URLEncoder.encode("collector_id = crash", StandardCharsets.UTF_8);
    var response =
        server.get("/v1/events/top?by=collector_id&metric=flows&limit=1&filter=" + filter);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    var items = (List<?>) parse(response.body()).getOrDefault("items", List.of());
    return items.isEmpty()
        ? 0
        : Long.parseLong(String.valueOf(((Map<?, ?>) items.getFirst()).get("flows")));
  }

  private static Map<String, Object> page(ServerProcess server, String cursor)
      throws IOException, InterruptedException {
    var response =
        server.get("/v1/events?limit=1000" + (cursor.isEmpty() ? "" : "&cursor=" + cursor));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return parse(response.body());
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> events(Map<String, Object> page) {
    return (List<Map<String, Object>>) page.getOrDefault("events", List.of());
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> parse(String json) {
    return (Map<String, Object>) Jsonb.instance().type(Object.class).fromJson(json);
  }
}
