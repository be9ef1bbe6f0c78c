package io.penstock.api;

import io.penstock.control.AdminAudit;
import io.penstock.control.AdminAudit.Act;
import io.penstock.control.Flag;
import io.penstock.control.Flags;
import io.penstock.control.Flags.Setting;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import java.io.IOException;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The flags: shown and changed by admins. */
public final class FlagsResource implements Resource {

  private static final int BODY_BYTES_MAX = 16 << 10;

  private final Flags flags;
  private final AdminAudit audit;

  public FlagsResource(Flags flags, AdminAudit audit) {
    this.flags = flags;
    this.audit = audit;
  }

  @Override
  public List<Route> routes() {
    var admins = Access.scopes("admin");
    return List.of(
        new Route("GET", "/v1/admin/featureflags", admins, _ -> shown()),
        new Route("PATCH", "/v1/admin/featureflags", admins, this::change));
  }

  private Answer shown() {
    var members = new LinkedHashMap<String, @Nullable Object>();
    var origins = new LinkedHashMap<String, @Nullable Object>();
    flags
        .all()
        .forEach(
            (flag, setting) -> {
              members.put(flag.name(), setting.value());
              origins.put(flag.name(), setting.origin().name().toLowerCase(Locale.ROOT));
            });
    members.put("origins", origins);
    return Answer.json(members);
  }

  private Answer change(Request request) throws IOException {
    var fields = request.fields(BODY_BYTES_MAX);
    var wanted = new EnumMap<Flag, Boolean>(Flag.class);
    for (var flag : Flag.values()) {
      // A text that says "false" is no boolean, and not null is not true.
      switch (fields.raw(flag.name())) {
        case null -> {
          if (fields.names().contains(flag.name())) {
            throw invalid(flag);
          }
        }
        case Boolean value -> wanted.put(flag, value);
        case Object _ -> throw invalid(flag);
      }
    }
    var actor = Actors.of(request);
    var before = flags.set(wanted, actor.keyId());
    wanted.forEach(
        (flag, value) -> {
          var was = before.get(flag);
          if (was == null || was.value() != value) {
            audit.record(new Act(actor, "feature_flag_update", flag.name(), old(was), of(value)));
          }
        });
    return shown();
  }

  private static @Nullable Map<String, @Nullable Object> old(@Nullable Setting setting) {
    return setting == null ? null : of(setting.value());
  }

  private static Map<String, @Nullable Object> of(boolean value) {
    return Json.object("value", value);
  }

  private static Refusal invalid(Flag flag) {
    return Refusal.badRequest(
        "invalid_flags", "Invalid feature flags payload: " + flag + " must be true or false");
  }
}
