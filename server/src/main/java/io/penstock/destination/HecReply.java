package io.penstock.destination;

import io.penstock.config.Secret;
import io.penstock.destination.HecCode.Meaning;
import io.penstock.dial.Reply;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import io.penstock.sink.Delivery.Answer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an event collector, or somebody in its place, answered.
 *
 * @param code null when there is none that we know
 * @param said null when the answer is no JSON object
 * @param answer for people, without the token
 */
record HecReply(
    int status,
    @Nullable HecCode code,
    @Nullable Map<?, ?> said,
    Answer answer,
    @Nullable Duration retryAfter) {

  /** What is looked at of an answer that a proxy wrote. */
  private static final int TEXT_BYTES_MAX = 200;

  private static final int NONE = -1;

  static HecReply of(Reply reply, Secret token) {
    var said = object(reply);
    var code = said != null && said.get("code") instanceof Long number ? HecCode.of(number) : null;
    var answer = new Answer(reply.status(), masked(text(reply, said), token));
    return new HecReply(reply.status(), code, said, answer, reply.retryAfter());
  }

  private static @Nullable Map<?, ?> object(Reply reply) {
    try {
      return reply.isCut() || !(JsonTree.parse(reply.body()) instanceof Map<?, ?> object)
          ? null
          : object;
    } catch (MalformedJsonException _) {
      // A proxy's page, most often: its status says what there is to know.
      return null;
    }
  }

  private static String text(Reply reply, @Nullable Map<?, ?> said) {
    if (said == null) {
      int length = Math.min(reply.body().length, TEXT_BYTES_MAX);
      return "not an answer of an event collector: "
          + new String(reply.body(), 0, length, StandardCharsets.UTF_8).strip();
    }
    var text = said.get("text") instanceof String words ? words : "no text";
    var code = said.get("code") instanceof Long number ? " (code " + number + ")" : "";
    return text + code;
  }

  /** A proxy may show us what we have sent. */
  static String masked(String text, Secret token) {
    return token.value().isEmpty() ? text : text.replace(token.value(), Secret.MASK);
  }

  Meaning meaning() {
    if (status == 413) {
      return Meaning.TOO_LARGE;
    }
    boolean isSuccess = status / 100 == 2;
    if (code != null) {
      var meaning = code.meaning();
      boolean saysTaken = meaning == Meaning.TAKEN || meaning == Meaning.TAKEN_BARELY;
      return saysTaken && !isSuccess ? byStatus() : meaning;
    }
    if (isSuccess) {
      // Others that speak this protocol may leave the code out. Who does not speak it has not
      // taken anything, whatever the status says.
      return said != null && !said.containsKey("code") && "Success".equals(said.get("text"))
          ? Meaning.TAKEN
          : Meaning.MISCONFIGURED;
    }
    return byStatus();
  }

  private Meaning byStatus() {
    return switch (status) {
      case 400 -> Meaning.MALFORMED;
      case 401, 403 -> Meaning.STRANGER;
      case 408, 429 -> Meaning.BUSY;
      case 503 -> Meaning.UNWELL;
      // Proxies say this, too, while they have nobody behind them.
      case 404 -> Meaning.FAILING;
      default -> status >= 500 ? Meaning.FAILING : Meaning.MISCONFIGURED;
    };
  }

  /** Number of the acknowledgement to ask for; negative when there is none. */
  long ackId() {
    return number("ackId");
  }

  /** Number of the event at fault, counted from 0 or from 1; negative when it does not say. */
  long eventNumber() {
    return number("invalid-event-number");
  }

  private long number(String name) {
    return said != null && said.get(name) instanceof Long number ? number : NONE;
  }

  /** Which acknowledgements it says there are; null when it says nothing about them. */
  @Nullable Set<Long> acknowledged() {
    if (status / 100 != 2 || said == null || !(said.get("acks") instanceof Map<?, ?> acks)) {
      return null;
    }
    var ids = new HashSet<Long>();
    acks.forEach(
        (id, isThere) -> {
          if (Boolean.TRUE.equals(isThere) && id instanceof String text && isNumber(text)) {
            ids.add(Long.parseLong(text));
          }
        });
    return ids;
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty()
        && text.length() <= 18
        && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}
