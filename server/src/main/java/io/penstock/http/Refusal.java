package io.penstock.http;

import io.penstock.json.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Carries an answer out of a handler that cannot go on, say because a parameter is malformed. The
 * shell turns it into that answer; it never leaves this package's boundary.
 */
public final class Refusal extends RuntimeException {

  private final transient Answer answer;

  public Refusal(Answer answer) {
    super("refused with " + answer.status(), null, false, false);
    this.answer = answer;
  }

  /** 400 with both error members. */
  public static Refusal badRequest(String error, String detail) {
    return new Refusal(Answer.problem(400, error, detail));
  }

  /** 422 with the array that validation errors of a parameter have. */
  public static Refusal invalidParameter(String in, String name, String message, String input) {
    var entry =
        Json.object(
            "type", "value_error", "loc", List.of(in, name), "msg", message, "input", input);
    return new Refusal(
        Answer.json(422, Json.object("error", "validation_error", "detail", List.of(entry))));
  }

  /** 422 with the array that validation errors of a body have. */
  public static Refusal invalidField(String name, String message, @Nullable Object input) {
    var entry =
        Json.object(
            "type", "value_error", "loc", List.of("body", name), "msg", message, "input", input);
    return new Refusal(
        Answer.json(422, Json.object("error", "validation_error", "detail", List.of(entry))));
  }

  public Answer answer() {
    return answer;
  }
}
