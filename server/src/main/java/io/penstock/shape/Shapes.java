package io.penstock.shape;

import io.penstock.event.CommunityId;
import io.penstock.event.Event;
import io.penstock.event.EventJson;
import io.penstock.event.JsonOutput;

/** The shapes of the schemas, with a selection of what goes into a document. */
public final class Shapes {

  static final CommunityId COMMUNITY = new CommunityId();

  private Shapes() {}

  /**
   * How the events of a selection are written. For one thread.
   *
   * @throws IllegalArgumentException when it names a field that a binary schema does not have
   */
  public static Shape of(Selection selection) {
    if (selection.schema() == Schema.GOFLOW2) {
      return new Goflow2Shape(selection.fields(), selection.redact());
    }
    var whole = document(selection.schema());
    if (selection.fields().isEmpty() && selection.redact().isEmpty()) {
      return (tenant, event, out) -> whole.write(tenant, event, new JsonOutput(out));
    }
    var members = new MemberSelection(selection.fields(), selection.redact());
    return (tenant, event, out) -> {
      int start = out.size();
      whole.write(tenant, event, new JsonOutput(out));
      out.truncate(members.keep(out.array(), start, out.size()));
    };
  }

  /**
   * Whether a schema has a place for events of a kind. Options and counters describe a device and
   * no traffic: only our own document and ECS have one. goflow2 has flows and nothing else.
   */
  public static boolean accepts(Schema schema, Event.Kind kind) {
    return switch (kind) {
      case FLOW, DROP -> true;
      case EXCHANGE -> schema != Schema.GOFLOW2;
      case OPTIONS, COUNTERS -> schema == Schema.TELEMETRY || schema == Schema.ECS;
    };
  }

  /** Writes a whole document. */
  private interface Document {
    void write(String tenant, Event event, JsonOutput out);
  }

  private static Document document(Schema schema) {
    return switch (schema) {
      case TELEMETRY -> EventJson::write;
      case ECS -> EcsDocument::write;
      case OCSF -> OcsfDocument::write;
      case CIM -> CimDocument::write;
      case GOFLOW2 -> throw new IllegalArgumentException(schema + " has no document");
    };
  }
}
