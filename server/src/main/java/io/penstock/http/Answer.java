package io.penstock.http;

import io.penstock.json.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a handler answers: a status, headers of its own, and a body. */
public sealed interface Answer {

  int status();

  Map<String, String> headers();

  /** The answer with one more header. */
  Answer with(String name, String value);

  /** A body that is known whole. */
  record Whole(int status, Map<String, String> headers, byte[] body) implements Answer {
    @Override
    public Whole with(String name, String value) {
      return new Whole(status, plus(headers, name, value), body);
    }
  }

  /** A body that is written as it is made, in constant memory. */
  record Streamed(int status, Map<String, String> headers, Body body) implements Answer {
    @Override
    public Streamed with(String name, String value) {
      return new Streamed(status, plus(headers, name, value), body);
    }
  }

  /** The connection becomes a WebSocket for as long as the conversation lasts, then it closes. */
  record Upgraded(Map<String, String> headers, Conversation conversation) implements Answer {
    @Override
    public int status() {
      return 101;
    }

    @Override
    public Upgraded with(String name, String value) {
      return new Upgraded(plus(headers, name, value), conversation);
    }
  }

  /** Holds a conversation; the answer's head goes out with the first flush. */
  @FunctionalInterface
  interface Conversation {
    void hold(FrameStream frames) throws IOException;
  }

  /** Writes a streamed body; need not close the stream. */
  @FunctionalInterface
  interface Body {
    void writeTo(OutputStream out) throws IOException;
  }

  /** 200 with JSON. */
  static Whole json(Map<String, @Nullable Object> body) {
    return json(200, body);
  }

  /** Any status with JSON; from 400 on, the body is completed as {@link Problem} says. */
  static Whole json(int status, Map<String, @Nullable Object> body) {
    return json(status, Json.bytes(status < 400 ? body : Problem.of(status, body)));
  }

  static Whole json(int status, byte[] body) {
    return new Whole(status, Map.of("Content-Type", "application/json"), body);
  }

  /** The error body that all clients understand: both {@code error} and {@code detail}. */
  static Whole problem(int status, String error, String detail) {
    return json(status, Json.object("error", error, "detail", detail));
  }

  static Whole of(int status, String mediaType, byte[] body) {
    return new Whole(status, Map.of("Content-Type", mediaType), body);
  }

  static Streamed stream(String mediaType, Body body) {
    return new Streamed(200, Map.of("Content-Type", mediaType), body);
  }

  private static Map<String, String> plus(Map<String, String> headers, String name, String value) {
    var all = new LinkedHashMap<>(headers);
    all.put(name, value);
    return Map.copyOf(all);
  }
}
