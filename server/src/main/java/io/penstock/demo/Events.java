package io.penstock.demo;

import io.penstock.demo.Conversation.End;
import io.penstock.event.Endpoint;
import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.Origin;
import io.penstock.event.Protocol;
import io.penstock.event.Traffic;
import io.penstock.event.Traffic.Direction;
import io.penstock.event.Traffic.Sampling;
import io.penstock.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Conversations as the events that their device would have become, had it sent them when they were.
 * For one thread.
 */
final class Events {

  private static final long MILLI = 1_000_000;
  private static final int EXPORTER_PORT = 50_000;

  /** Version 7 of RFC 9562 §5.7, and its variant. */
  private static final long VERSION = 0x7000;

  private static final long VARIANT = 0x8000_0000_0000_0000L;
  private static final int FRAME_OCTETS_MAX = 1_514;

  private static final byte[] DEMO = "\"demo\":true".getBytes(StandardCharsets.UTF_8);

  private final RandomGenerator random;
  private final long nowMillis;

  /**
   * @param nowMillis nothing was received later
   */
  Events(RandomGenerator random, long nowMillis) {
    this.random = random;
    this.nowMillis = nowMillis;
  }

  /** One event, or one for each direction that had packets. */
  void of(Conversation told, Consumer<Event> sink) {
    var device = told.seenBy();
    // Caches are emptied some time after a flow's end.
    long received = Math.min(nowMillis, told.endMillis() + 200 + random.nextInt(2_000));
    var origin = origin(device, received);
    if (device.samplingRate() > 1) {
      sink.accept(sample(told, origin));
      return;
    }
    if (device.joinsDirections()) {
      sink.accept(event(told, origin, told.client(), told.server(), true));
      return;
    }
    sink.accept(event(told, origin, told.client(), told.server(), false));
    if (told.server().packets() > 0) {
      sink.accept(event(told, origin, told.server(), told.client(), false));
    }
  }

  private static Origin origin(Device device, long receivedMillis) {
    long received = receivedMillis * MILLI;
    return new Origin(
        device.protocol(),
        device.address(),
        EXPORTER_PORT,
        device.posts() ? Event.ABSENT : 0,
        Event.ABSENT,
        device.posts() ? Event.ABSENT : received,
        received,
        null,
        device.id(),
        null);
  }

  private Event event(
      Conversation told, Origin origin, End source, End destination, boolean isJoined) {
    return new Event(
        told.startMillis() << 16 | VERSION | random.nextInt(1 << 12),
        VARIANT | random.nextLong() >>> 2,
        Event.Kind.FLOW,
        origin,
        told.startMillis() * MILLI,
        told.endMillis() * MILLI,
        endpoint(source, source.bytes(), source.packets()),
        isJoined
            ? endpoint(destination, destination.bytes(), destination.packets())
            : endpoint(destination, Event.ABSENT, Event.ABSENT),
        traffic(told, source.equals(told.client())),
        0,
        extra(told),
        null);
  }

  /** A single packet of it. */
  private Event sample(Conversation told, Origin origin) {
    boolean isAnswer = told.server().packets() > 0 && random.nextBoolean();
    var from = isAnswer ? told.server() : told.client();
    var to = isAnswer ? told.client() : told.server();
    long octets = Math.min(FRAME_OCTETS_MAX, Math.max(64, from.bytes() / from.packets()));
    return event(told, origin, new End(from.ip(), from.port(), octets, 1), to, false);
  }

  private static Endpoint endpoint(End end, long bytes, long packets) {
    return new Endpoint(
        0,
        Ip.v4Low(end.ip()),
        end.port(),
        Event.ABSENT,
        Event.ABSENT,
        Event.ABSENT,
        bytes,
        packets,
        null);
  }

  private static Traffic traffic(Conversation told, boolean isFromClient) {
    var device = told.seenBy();
    boolean hasInterfaces = !device.posts();
    return new Traffic(
        told.protocol(),
        told.protocol() == Conversation.TCP ? told.tcpFlags() : Event.ABSENT,
        hasInterfaces ? 0 : Event.ABSENT,
        Event.ABSENT,
        Event.ABSENT,
        Event.ABSENT,
        hasInterfaces ? Direction.INGRESS : Direction.UNKNOWN,
        hasInterfaces ? (isFromClient ? 1 : 2) : Event.ABSENT,
        hasInterfaces ? (isFromClient ? 2 : 1) : Event.ABSENT,
        null,
        Event.ABSENT,
        Event.ABSENT,
        Event.ABSENT,
        device.samplingRate() > 1
            ? new Sampling(device.samplingRate(), Sampling.Source.RECORD)
            : Sampling.UNKNOWN);
  }

  private byte[] extra(Conversation told) {
    var scene = told.scene();
    if (scene == null && told.seenBy().protocol() != Protocol.ZEEK) {
      return DEMO;
    }
    var members = new LinkedHashMap<String, @Nullable Object>();
    members.put("demo", true);
    if (scene != null) {
      members.put("demo_scene", scene.word());
    }
    if (told.seenBy().protocol() == Protocol.ZEEK) {
      members.put("uid", "C" + Long.toString(random.nextLong() >>> 1, 36));
      members.put("conn_state", "SF");
    }
    if (scene == Scene.STRANGE_RECORD) {
      members.put("strange", List.of(Integer.toHexString(random.nextInt()), "?"));
    }
    var text = Json.text(members);
    return text.substring(1, text.length() - 1).getBytes(StandardCharsets.UTF_8);
  }
}
