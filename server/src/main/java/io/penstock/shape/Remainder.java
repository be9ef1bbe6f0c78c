package io.penstock.shape;

import io.penstock.event.Endpoint;
import io.penstock.event.Event;
import io.penstock.event.JsonOutput;
import io.penstock.event.JsonOutput.Name;
import io.penstock.event.JsonOutput.Word;
import io.penstock.event.Protocol;
import io.penstock.event.Quirk;
import io.penstock.event.Traffic;
import io.penstock.event.Traffic.Sampling;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What ECS, OCSF and CIM have no field for, under the names of our own document, so that nothing is
 * lost on the way; with everything that a sender named itself, which never has one of these names.
 */
final class Remainder {

  private static final Word[] KINDS = Word.lower(Event.Kind.values());
  private static final Word[] SOURCES = Word.lower(Sampling.Source.values());
  private static final Word[] DIRECTIONS = Word.lower(Traffic.Direction.values());
  private static final Quirk[] QUIRK_BITS = Quirk.values();
  private static final Word[] QUIRK_WORDS = Word.lower(QUIRK_BITS);

  private static final Name TENANT = Name.of("tenant");
  private static final Name KIND = Name.of("kind");
  private static final Name CLIENT_IP = Name.of("client_ip");
  private static final Name EXPORTER_PORT = Name.of("exporter_port");
  private static final Name OBSERVATION_DOMAIN = Name.of("observation_domain");
  private static final Name EXPORTED = Name.of("exported");
  private static final Name COLLECTOR_ID = Name.of("collector_id");
  private static final Name SOURCE_ID = Name.of("source_id");
  private static final Name SRC_MASK = Name.of("src_mask");
  private static final Name DST_MASK = Name.of("dst_mask");
  private static final Name SRC_AS = Name.of("src_as");
  private static final Name DST_AS = Name.of("dst_as");
  private static final Name TCP_FLAGS = Name.of("tcp_flags");
  private static final Name TOS = Name.of("tos");
  private static final Name ICMP_TYPE = Name.of("icmp_type");
  private static final Name ICMP_CODE = Name.of("icmp_code");
  private static final Name FLOW_DIRECTION = Name.of("flow_direction");
  private static final Name INNER_VLAN_ID = Name.of("inner_vlan_id");
  private static final Name NEXT_HOP = Name.of("next_hop");
  private static final Name END_REASON = Name.of("end_reason");
  private static final Name FIREWALL_EVENT = Name.of("firewall_event");
  private static final Name FORWARDING_STATUS = Name.of("forwarding_status");
  private static final Name SAMPLING_RATE = Name.of("sampling_rate");
  private static final Name SAMPLING = Name.of("sampling");
  private static final Name RATE = Name.of("rate");
  private static final Name SOURCE = Name.of("source");
  private static final Name EXCHANGE = Name.of("exchange");
  private static final Name VERDICT = Name.of("verdict");
  private static final Name REASONS = Name.of("reasons");
  private static final Name QUIRKS = Name.of("quirks");

  private Remainder() {}

  /**
   * The object that holds all of it, left out when there is nothing.
   *
   * @param tenant null where the schema has a field for it
   */
  static void write(JsonOutput out, Name name, @Nullable String tenant, Event event) {
    int start = out.begin(name);
    out.text(TENANT, tenant);
    members(out, event);
    out.endUnlessEmpty(start);
  }

  static void members(JsonOutput out, Event event) {
    out.word(KIND, KINDS[event.kind().ordinal()]);
    origin(out, event);
    if (event.kind() == Event.Kind.FLOW || event.kind() == Event.Kind.DROP) {
      ends(out, event.source(), event.destination());
      traffic(out, event.traffic());
    }
    if (event.http() != null) {
      out.begin(EXCHANGE);
      out.text(VERDICT, event.http().verdict());
      out.end();
    }
    if (event.enrichment() != null) {
      texts(out, REASONS, event.enrichment().reasons());
    }
    quirks(out, event.quirks());
    out.members(event.extra());
  }

  private static void origin(JsonOutput out, Event event) {
    var origin = event.origin();
    if (isPosted(event)) {
      out.ip(CLIENT_IP, origin.exporter().high(), origin.exporter().low());
    } else {
      out.number(EXPORTER_PORT, origin.exporterPort());
    }
    out.number(OBSERVATION_DOMAIN, origin.observationDomain());
    out.time(EXPORTED, origin.exportNanos());
    out.text(COLLECTOR_ID, origin.collector());
    out.text(SOURCE_ID, origin.sourceId());
  }

  /** Whether an HTTP client brought or made the event, so that no device's address is known. */
  static boolean isPosted(Event event) {
    return isPosted(event.origin().protocol());
  }

  static boolean isPosted(Protocol protocol) {
    return protocol == Protocol.ZEEK || protocol == Protocol.FLOW_JSON || protocol == Protocol.HTTP;
  }

  private static void ends(JsonOutput out, Endpoint source, Endpoint destination) {
    out.number(SRC_MASK, source.prefixLength());
    out.number(DST_MASK, destination.prefixLength());
    out.number(SRC_AS, source.as());
    out.number(DST_AS, destination.as());
  }

  private static void traffic(JsonOutput out, Traffic traffic) {
    out.number(TCP_FLAGS, traffic.tcpFlags());
    out.number(TOS, traffic.tos());
    if (traffic.icmp() != Event.ABSENT) {
      out.number(ICMP_TYPE, traffic.icmp() >>> 8);
      out.number(ICMP_CODE, traffic.icmp() & 0xff);
    }
    if (traffic.direction() != Traffic.Direction.UNKNOWN) {
      out.word(FLOW_DIRECTION, DIRECTIONS[traffic.direction().ordinal()]);
    }
    out.number(INNER_VLAN_ID, traffic.innerVlan());
    out.ip(NEXT_HOP, traffic.nextHop());
    out.number(END_REASON, traffic.endReason());
    out.number(FIREWALL_EVENT, traffic.firewallEvent());
    out.number(FORWARDING_STATUS, traffic.forwardingStatus());
    if (traffic.sampling().rate() > 0) {
      out.number(SAMPLING_RATE, traffic.sampling().rate());
      out.begin(SAMPLING);
      out.number(RATE, traffic.sampling().rate());
      out.word(SOURCE, SOURCES[traffic.sampling().from().ordinal()]);
      out.end();
    }
  }

  private static void texts(JsonOutput out, Name name, List<String> values) {
    if (values.isEmpty()) {
      return;
    }
    out.beginArray(name);
    for (int i = 0; i < values.size(); i++) {
      out.text(values.get(i));
    }
    out.endArray();
  }

  private static void quirks(JsonOutput out, int bits) {
    if (bits == 0) {
      return;
    }
    out.beginArray(QUIRKS);
    for (var quirk : QUIRK_BITS) {
      if ((bits & quirk.bit()) != 0) {
        out.word(QUIRK_WORDS[quirk.ordinal()]);
      }
    }
    out.endArray();
  }
}
