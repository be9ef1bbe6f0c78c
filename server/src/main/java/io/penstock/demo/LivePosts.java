package io.penstock.demo;

import io.penstock.event.Ip;
import io.penstock.json.Json;
import java.util.ArrayList;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** What those post who send no datagrams: bodies for the API's routes of ingest. For one thread. */
public final class LivePosts {

  private final Site site;
  private final SplittableRandom random;

  public LivePosts(Networks networks, long seed) {
    this.site = new Site(networks, Site.COMPANY);
    this.random = new SplittableRandom(seed).split().split();
  }

  /** A batch of records as the sensor's {@code conn.log} has them. */
  public byte[] zeek(int count, long nowMillis) {
    var records = new ArrayList<Map<String, @Nullable Object>>();
    for (int i = 0; i < count; i++) {
      var made = site.ordinary(nowMillis, Device.ZEEK_SENSOR, random);
      records.add(
          Json.object(
              "ts", (nowMillis - made.durationMillis()) / 1000.0,
              "uid", "C" + Long.toString(random.nextLong() >>> 1, 36),
              "id.orig_h", text(made.client()),
              "id.orig_p", made.client().port(),
              "id.resp_h", text(made.server()),
              "id.resp_p", made.server().port(),
              "proto", made.protocol() == Conversation.TCP ? "tcp" : "udp",
              "conn_state", "SF",
              "duration", made.durationMillis() / 1000.0,
              "orig_bytes", made.client().bytes(),
              "resp_bytes", made.server().bytes(),
              "orig_pkts", made.client().packets(),
              "resp_pkts", made.server().packets(),
              "demo", true));
    }
    return Json.bytes(
        Json.object(
            "source_id", Device.ZEEK_SENSOR.id(), "format", "zeek.conn", "records", records));
  }

  /** A batch of flows as a program tells them. */
  public byte[] flows(int count, long nowMillis) {
    var records = new ArrayList<Map<String, @Nullable Object>>();
    for (int i = 0; i < count; i++) {
      var made = site.ordinary(nowMillis, Device.APPLICATION, random);
      records.add(
          Json.object(
              "ts", (nowMillis - made.durationMillis()) / 1000.0,
              "src_ip", text(made.client()),
              "dst_ip", text(made.server()),
              "src_port", made.client().port(),
              "dst_port", made.server().port(),
              "protocol", made.protocol() == Conversation.TCP ? "tcp" : "udp",
              "bytes", made.client().bytes(),
              "packets", made.client().packets(),
              "demo", true));
    }
    return Json.bytes(
        Json.object(
            "source_id", Device.APPLICATION.id(), "format", "flows.v1", "records", records));
  }

  private static String text(Conversation.End end) {
    return Ip.v4(end.ip()).toString();
  }
}
