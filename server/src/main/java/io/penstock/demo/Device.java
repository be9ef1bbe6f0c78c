package io.penstock.demo;

import io.penstock.event.Ip;
import io.penstock.event.Protocol;
import java.util.random.RandomGenerator;

/**
 * Who tells of the demo's traffic: an exporter with an address of its own, or somebody who posts.
 */
public enum Device {
  BRANCH_ROUTER("demo-branch-router", "127.0.0.11", Protocol.NETFLOW_V9, 1, 28),
  CORE_SWITCH("demo-core-switch", "127.0.0.12", Protocol.IPFIX, 1, 30),
  EDGE_SWITCH("demo-edge-switch", "127.0.0.13", Protocol.SFLOW_5, 1_000, 14),
  FIREWALL("demo-firewall", "127.0.0.14", Protocol.NETFLOW_V5, 1, 14),
  /** Was there all day, and says nothing any more. */
  WAREHOUSE_ROUTER("demo-warehouse-router", "127.0.0.15", Protocol.NETFLOW_V9, 1, 4),
  ZEEK_SENSOR("demo-zeek-sensor", "127.0.0.1", Protocol.ZEEK, 1, 7),
  APPLICATION("demo-application", "127.0.0.1", Protocol.FLOW_JSON, 1, 3);

  /** Sum of the shares. */
  private static final int SHARES = 100;

  private final String id;
  private final String address;
  private final Protocol protocol;
  private final int samplingRate;
  private final int share;

  Device(String id, String address, Protocol protocol, int samplingRate, int share) {
    this.id = id;
    this.address = address;
    this.protocol = protocol;
    this.samplingRate = samplingRate;
    this.share = share;
  }

  /** Who sees a conversation. */
  static Device any(RandomGenerator random) {
    int left = random.nextInt(SHARES);
    for (var device : values()) {
      left -= device.share;
      if (left < 0) {
        return device;
      }
    }
    throw new IllegalStateException("the shares do not add up to " + SHARES);
  }

  /** Name of its source. */
  public String id() {
    return id;
  }

  /** Where it sends from. */
  public Ip address() {
    return Ip.parse(address).orElseThrow();
  }

  public Protocol protocol() {
    return protocol;
  }

  /** Whether it posts records rather than sending datagrams. */
  public boolean posts() {
    return protocol == Protocol.ZEEK || protocol == Protocol.FLOW_JSON;
  }

  /** One packet in so many is told of. */
  int samplingRate() {
    return samplingRate;
  }

  /** Whether it tells of both directions in one record. */
  boolean joinsDirections() {
    return posts() || protocol == Protocol.IPFIX;
  }
}
