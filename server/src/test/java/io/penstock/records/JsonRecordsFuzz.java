package io.penstock.records;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.penstock.event.EventJson;
import io.penstock.event.Ip;
import io.penstock.records.JsonRecords.Expected;

/**
 * Hostile bodies. Without the fuzzing engine it runs over its saved inputs, the resources beside
 * this class.
 */
class JsonRecordsFuzz {

  private static final JsonRecords.Sender SENDER =
      new JsonRecords.Sender(Ip.v4(1), 1_790_000_000_000_000_000L, null, null, "t");

  @FuzzTest(maxDuration = "2m")
  void bodies(byte[] body) {
    for (var expected : Expected.values()) {
      var batch = new JsonRecords(100).decode(body, body.length, expected, SENDER, BatchIds.at(1));
      if (batch instanceof JsonBatch.Taken(var events)) {
        for (var event : events) {
          EventJson.write("t", event);
        }
      }
    }
    JsonStrings.of(body, body.length);
  }
}
