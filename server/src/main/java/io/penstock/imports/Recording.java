package io.penstock.imports;

import io.penstock.exchange.Answered;
import io.penstock.exchange.Asked;
import io.penstock.exchange.ContentCoding;
import io.penstock.exchange.Exchange;
import io.penstock.exchange.Header;
import io.penstock.exchange.Headers;
import io.penstock.json.Json;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import io.penstock.stub.Problem;
import io.penstock.stub.Scenario;
import io.penstock.stub.StubLimits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns what was observed into stubs that answer the same again. Requests that are the same give
 * one stub; what is different each time, such as dates, cookies and framing, is left out.
 */
public final class Recording {

  /**
   * When two requests are the same, beyond method and address.
   *
   * @param query whether the parameters of the query count
   * @param body whether the body counts: as JSON when it is JSON, else as octets
   * @param inTurn whether different answers to the same request are given in their order, as a
   *     scenario; otherwise the last one is the answer
   */
  public record Choice(boolean query, boolean body, boolean inTurn) {

    public static final Choice DEFAULT = new Choice(true, false, false);
  }

  /** RFC 9110 §7.6.1 and §8.6: they belong to one connection, or to one message. */
  private static final Set<String> FRAMING =
      Set.of(
          "connection",
          "content-length",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  /** Different each time, or about a cache that is not there; cookies are somebody's. */
  private static final Set<String> VOLATILE =
      Set.of(
          "age",
          "alt-svc",
          "cf-ray",
          "date",
          "etag",
          "expires",
          "last-modified",
          "nel",
          "report-to",
          "server-timing",
          "set-cookie",
          "via",
          "x-request-id",
          "x-amzn-requestid",
          "x-amz-cf-id",
          "x-cache",
          "x-served-by",
          "x-timer");

  /** A request and its answer; bodies without their content codings. */
  record Taken(
      Asked asked, byte[] asks, int status, Headers headers, byte[] body, Headers trailers) {}

  private final Choice choice;
  private final Imported.Collector collector = new Imported.Collector();
  private final Map<Map<String, @Nullable Object>, List<Map<String, @Nullable Object>>> answers =
      new LinkedHashMap<>();

  Recording(Choice choice) {
    this.choice = choice;
  }

  /** Stubs of what was observed, in its order. */
  public static Imported stubs(List<Exchange> exchanges, Choice choice) {
    var recording = new Recording(choice);
    for (var exchange : exchanges) {
      var answered = exchange.response();
      var place = exchange.request().method() + " " + exchange.request().url();
      if (answered == null) {
        recording.note(place, "left out: it was not answered");
      } else {
        recording.add(place, exchange.request(), answered);
      }
    }
    return recording.imported();
  }

  void note(String place, String what) {
    collector.note(Problem.excerpt(place), what);
  }

  private void add(String place, Asked asked, Answered answered) {
    if (answered.body().isTruncated()) {
      note(place, "left out: its body was not kept whole");
      return;
    }
    var body = ContentCoding.undo(answered.headers(), answered.body().bytes(), StubLimits.BODY_MAX);
    var asks =
        ContentCoding.undo(asked.headers(), asked.body().bytes(), StubLimits.REQUEST_BODY_MAX);
    if (body == null) {
      note(place, "left out: the content coding of its body cannot be undone");
      return;
    }
    add(
        place,
        new Taken(
            asked,
            asks == null || asked.body().isTruncated() ? new byte[0] : asks,
            answered.status(),
            answered.headers(),
            body,
            answered.trailers()));
  }

  void add(String place, Taken taken) {
    if (taken.status() < 200 || taken.status() == 304 || taken.status() > 599) {
      note(place, "left out: an answer " + taken.status() + " means nothing without its context");
      return;
    }
    if (taken.body().length > StubLimits.BODY_MAX) {
      note(place, "left out: its body is larger than " + StubLimits.BODY_MAX + " octets");
      return;
    }
    if (answers.size() >= StubLimits.STUBS_MAX) {
      note(place, "left out: more than " + StubLimits.STUBS_MAX + " stubs");
      return;
    }
    var answer = answer(taken);
    var inTurn = answers.computeIfAbsent(request(taken), _ -> new ArrayList<>());
    if (!inTurn.isEmpty() && inTurn.getLast().equals(answer)) {
      return;
    }
    if (!choice.inTurn()) {
      inTurn.clear();
    }
    inTurn.add(answer);
  }

  private Map<String, @Nullable Object> request(Taken taken) {
    var asked = taken.asked();
    var request = Json.object("method", asked.method(), "host", asked.host());
    // Whether it came encrypted says how it was listened for, not what was asked.
    if (asked.port() != 80 && asked.port() != 443) {
      request.put("port", (long) asked.port());
    }
    request.put("path", asked.path());
    if (choice.query()) {
      var query = new LinkedHashMap<String, List<String>>();
      for (var parameter : asked.parameters()) {
        query.computeIfAbsent(parameter.name(), _ -> new ArrayList<>(1)).add(parameter.value());
      }
      if (!query.isEmpty()) {
        request.put("query", query);
      }
    }
    if (choice.body() && taken.asks().length > 0) {
      request.put("body", body(taken.asks()));
    }
    return request;
  }

  private static Map<String, @Nullable Object> body(byte[] octets) {
    try {
      return Json.object("json", JsonTree.parse(octets, StubLimits.DEPTH_MAX / 2));
    } catch (MalformedJsonException _) {
      return Json.object("base64", Base64.getEncoder().encodeToString(octets));
    }
  }

  private static Map<String, @Nullable Object> answer(Taken taken) {
    var answer = Json.object("status", (long) taken.status());
    var headers = kept(taken.headers());
    if (!headers.isEmpty()) {
      answer.put("headers", headers);
    }
    var text = WireMockResponse.text(taken.body());
    if (text == null) {
      answer.put("bodyBase64", Base64.getEncoder().encodeToString(taken.body()));
    } else if (!text.isEmpty()) {
      answer.put("body", text);
    }
    var trailers = kept(taken.trailers());
    if (!trailers.isEmpty()) {
      answer.put("trailers", trailers);
    }
    return answer;
  }

  private static Map<String, List<String>> kept(Headers headers) {
    var dropped = new HashSet<>(FRAMING);
    dropped.addAll(VOLATILE);
    // The body stands in the stub without it.
    dropped.add("content-encoding");
    headers.all("connection").stream()
        .flatMap(value -> Arrays.stream(value.split(",")))
        .forEach(name -> dropped.add(name.strip().toLowerCase(Locale.ROOT)));
    var kept = new LinkedHashMap<String, List<String>>();
    for (Header line : headers.lines()) {
      var name = line.name().toLowerCase(Locale.ROOT);
      if (!dropped.contains(name) && !name.startsWith(":")) {
        kept.computeIfAbsent(name, _ -> new ArrayList<>()).add(line.value());
      }
    }
    return kept;
  }

  Imported imported() {
    answers.forEach(this::write);
    return collector.imported();
  }

  private void write(
      Map<String, @Nullable Object> request, List<Map<String, @Nullable Object>> inTurn) {
    var wished = request.get("method") + " " + request.get("host") + request.get("path");
    var story = collector.name(wished);
    for (int i = 0; i < inTurn.size(); i++) {
      var name = i == 0 ? story : collector.name(wished);
      var document = Json.object("name", name, "request", request);
      if (inTurn.size() > 1) {
        var scenario = Json.object("name", story, "requires", state(i));
        if (i + 1 < inTurn.size()) {
          scenario.put("then", state(i + 1));
        }
        document.put("scenario", scenario);
      }
      document.put("answer", inTurn.get(i));
      collector.add(name, document);
    }
  }

  private static String state(int turn) {
    return turn == 0 ? Scenario.STARTED : "turn " + (turn + 1);
  }
}
