package io.penstock.stub;

import io.penstock.exchange.Header;
import io.penstock.exchange.Headers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What a stub answers, before it is known to whom. Immutable. */
final class AnswerPlan {

  private static final byte[] NONE = new byte[0];

  /**
   * A header line whose value may be a template.
   *
   * @param template null when the value stands as it is
   */
  record Line(String name, String value, @Nullable Template template) {}

  /** An answer, and whether something in it is wrong on purpose. */
  record Drawn(Answer answer, boolean isFault) {}

  private final int status;
  private final List<Line> lines;
  private final @Nullable Headers headers;
  private final byte[] body;
  private final @Nullable Template template;
  private final Headers trailers;
  private final Delay delay;
  private final Duration bodyOver;
  private final FaultPlan fault;

  /**
   * @param body ready to send, when there is no template
   */
  AnswerPlan(
      int status,
      List<Line> lines,
      byte[] body,
      @Nullable Template template,
      Headers trailers,
      Delay delay,
      Duration bodyOver,
      FaultPlan fault) {
    this.status = status;
    this.lines = List.copyOf(lines);
    boolean isFixed = lines.stream().allMatch(line -> line.template() == null);
    this.headers =
        isFixed
            ? new Headers(lines.stream().map(line -> new Header(line.name, line.value)).toList())
            : null;
    this.body = body;
    this.template = template;
    this.trailers = trailers;
    this.delay = delay;
    this.bodyOver = bodyOver;
    this.fault = fault;
  }

  /**
   * The answer to one request.
   *
   * @throws TemplateFailedException when a template cannot be filled in within its bounds
   */
  Drawn answer(String stub, Subject subject, Surroundings around) throws TemplateFailedException {
    var random = around.random();
    boolean strikes = fault.strikes(random);
    if (strikes && fault.status() != null) {
      var pace = pace(Answer.Fault.NONE, random);
      return new Drawn(
          new Answer(stub, fault.status(), Headers.NONE, NONE, Headers.NONE, pace), true);
    }
    var pace = pace(strikes ? fault.fault() : Answer.Fault.NONE, random);
    if (headers != null && template == null) {
      return new Drawn(new Answer(stub, status, headers, body, trailers, pace), strikes);
    }
    var rendering = new Rendering(subject, around);
    var filled = headers == null ? filled(rendering) : headers;
    var bytes = template == null ? body : template.bytes(rendering);
    return new Drawn(new Answer(stub, status, filled, bytes, trailers, pace), strikes);
  }

  private Answer.Pace pace(Answer.Fault struck, RandomGenerator random) {
    var wait = delay.draw(random);
    return wait.isZero() && bodyOver.isZero() && struck == Answer.Fault.NONE
        ? Answer.Pace.AT_ONCE
        : new Answer.Pace(wait, bodyOver, struck);
  }

  private Headers filled(Rendering rendering) throws TemplateFailedException {
    var filled = new ArrayList<Header>(lines.size());
    for (var line : lines) {
      var value =
          line.template() == null ? line.value() : harmless(line.template().text(rendering));
      filled.add(new Header(line.name(), value));
    }
    return new Headers(filled);
  }

  /** What a client sent must not end the line (RFC 9112 §11.1). */
  private static String harmless(String value) {
    var safe = new StringBuilder(value.length());
    value.chars().forEach(c -> safe.append(c < 0x20 && c != '\t' || c == 0x7f ? ' ' : (char) c));
    return safe.toString();
  }
}
