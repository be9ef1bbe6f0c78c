package io.penstock.logs;

import io.penstock.json.Json;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/** A line as one JSON object, its data as members beside the message. */
final class JsonLines extends LineFormat {

  @Override
  String format(LogLine line) {
    return json(line) + '\n';
  }

  static String json(LogLine line) {
    var members = new LinkedHashMap<String, @Nullable Object>();
    members.put("timestamp", line.at().toString());
    members.put("level", line.level());
    members.put("logger", line.logger());
    members.put("msg", line.message());
    members.putAll(line.members());
    if (line.exception() != null) {
      members.put("exception", line.exception());
    }
    return Json.text(members);
  }
}
