package io.penstock.shape;

import io.penstock.event.Endpoint;
import io.penstock.event.Event;
import io.penstock.event.HttpExchange;
import io.penstock.event.JsonOutput;
import io.penstock.event.JsonOutput.Name;
import io.penstock.event.JsonOutput.Word;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An exchange as HTTP Activity (4002) of the Open Cybersecurity Schema Framework 1.5, with the
 * security control profile for what was done with it. What it has in common with a flow is written
 * by {@link OcsfDocument}.
 */
final class OcsfHttpActivity {

  private static final int CLASS = 4002;

  private static final Word CLASS_NAME = Word.of("HTTP Activity");
  private static final Word SUCCESS = Word.of("Success");
  private static final Word FAILURE = Word.of("Failure");

  private static final Name STATUS_ID = Name.of("status_id");
  private static final Name STATUS = Name.of("status");
  private static final Name STATUS_CODE = Name.of("status_code");
  private static final Name SRC_ENDPOINT = Name.of("src_endpoint");
  private static final Name DST_ENDPOINT = Name.of("dst_endpoint");
  private static final Name HOSTNAME = Name.of("hostname");
  private static final Name IP = Name.of("ip");
  private static final Name PORT = Name.of("port");
  private static final Name HTTP_REQUEST = Name.of("http_request");
  private static final Name HTTP_METHOD = Name.of("http_method");
  private static final Name URL = Name.of("url");
  private static final Name URL_STRING = Name.of("url_string");
  private static final Name SCHEME = Name.of("scheme");
  private static final Name PATH = Name.of("path");
  private static final Name QUERY_STRING = Name.of("query_string");
  private static final Name USER_AGENT = Name.of("user_agent");
  private static final Name REFERRER = Name.of("referrer");
  private static final Name VERSION = Name.of("version");
  private static final Name HTTP_RESPONSE = Name.of("http_response");
  private static final Name CODE = Name.of("code");
  private static final Name CONTENT_TYPE = Name.of("content_type");
  private static final Name APP_NAME = Name.of("app_name");
  private static final Name FIREWALL_RULE = Name.of("firewall_rule");
  private static final Name NAME = Name.of("name");

  /** The activities that the class names; every other method is Other. */
  private enum Activity {
    UNKNOWN(0, "Unknown"),
    CONNECT(1, "Connect"),
    DELETE(2, "Delete"),
    GET(3, "Get"),
    HEAD(4, "Head"),
    OPTIONS(5, "Options"),
    POST(6, "Post"),
    PUT(7, "Put"),
    TRACE(8, "Trace"),
    OTHER(99, "Other");

    private final int id;

    @SuppressWarnings("ImmutableEnumChecker") // bytes that nobody else sees
    private final Word caption;

    Activity(int id, String caption) {
      this.id = id;
      this.caption = Word.of(caption);
    }

    private static Activity of(String method) {
      return switch (method.toUpperCase(Locale.ROOT)) {
        case "CONNECT" -> CONNECT;
        case "DELETE" -> DELETE;
        case "GET" -> GET;
        case "HEAD" -> HEAD;
        case "OPTIONS" -> OPTIONS;
        case "POST" -> POST;
        case "PUT" -> PUT;
        case "TRACE" -> TRACE;
        case "" -> UNKNOWN;
        default -> OTHER;
      };
    }
  }

  private OcsfHttpActivity() {}

  static void write(String tenant, Event event, HttpExchange http, JsonOutput out) {
    var verdict = Verdict.of(event);
    var details = ExchangeDetails.of(event);
    var activity = Activity.of(http.method());
    out.begin();
    OcsfDocument.classification(out, event, CLASS, CLASS_NAME, activity.id, activity.caption);
    status(out, http);
    OcsfDocument.metadata(out, tenant, event, verdict);
    end(out, SRC_ENDPOINT, event.source(), null);
    end(out, DST_ENDPOINT, event.destination(), http.host());
    request(out, http, event.destination().port(), details);
    response(out, http, details);
    out.text(APP_NAME, http.product());
    OcsfDocument.traffic(out, event);
    OcsfDocument.verdict(out, verdict);
    out.begin(FIREWALL_RULE);
    out.text(NAME, http.rule());
    out.end();
    OcsfDocument.threats(out, event.enrichment());
    Remainder.write(out, OcsfDocument.UNMAPPED, null, event);
    out.end();
  }

  private static void status(JsonOutput out, HttpExchange http) {
    boolean isFailed = http.failure() != null;
    out.number(STATUS_ID, isFailed ? 2 : 1);
    out.word(STATUS, isFailed ? FAILURE : SUCCESS);
    out.text(STATUS_CODE, http.failure());
  }

  private static void end(JsonOutput out, Name name, Endpoint end, @Nullable String host) {
    int start = out.begin(name);
    out.text(HOSTNAME, host);
    out.ip(IP, end.ipHigh(), end.ipLow());
    out.number(PORT, end.port());
    out.endUnlessEmpty(start);
  }

  private static void request(
      JsonOutput out, HttpExchange http, int port, ExchangeDetails details) {
    out.begin(HTTP_REQUEST);
    out.text(HTTP_METHOD, http.method());
    out.begin(URL);
    out.text(URL_STRING, details.url());
    out.text(SCHEME, http.scheme());
    out.text(HOSTNAME, http.host());
    out.number(PORT, port);
    out.text(PATH, http.path());
    out.text(QUERY_STRING, details.query());
    out.end();
    out.text(USER_AGENT, details.userAgent());
    out.text(REFERRER, details.referrer());
    out.text(VERSION, details.version());
    out.end();
  }

  private static void response(JsonOutput out, HttpExchange http, ExchangeDetails details) {
    if (http.status() == Event.ABSENT) {
      return;
    }
    out.begin(HTTP_RESPONSE);
    out.number(CODE, http.status());
    out.text(CONTENT_TYPE, details.contentType());
    out.end();
  }
}
