package io.penstock.destination;

import io.penstock.config.Secret;
import io.penstock.dial.Body;
import io.penstock.dial.Call;
import io.penstock.dial.Dialer;
import io.penstock.dial.ForbiddenAddressException;
import io.penstock.dial.HttpCaller;
import io.penstock.dial.HttpLimits;
import io.penstock.dial.Tls;
import io.penstock.dial.TlsContext;
import io.penstock.dial.UnansweredException;
import io.penstock.dial.UnansweredException.Stage;
import io.penstock.sink.Batch;
import io.penstock.sink.Delivery;
import io.penstock.sink.Delivery.Answer;
import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Later;
import io.penstock.sink.Delivery.Split;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Posts batches to one address that answers for a batch as a whole, by its status alone. It says
 * nothing about single events: where it finds something wrong with what was sent, halves of the
 * batch find the event that it is about. For any number of threads.
 */
final class BatchPost implements AutoCloseable {

  /** As much of an answer's text as people need. */
  private static final int TEXT_BYTES = 4 * 1024;

  /** Resets in a row during the upload of a batch before it is halved. */
  private static final int RESETS_MAX = 3;

  /** Shorter texts are no secrets, and would blacken half of an answer. */
  private static final int SECRET_LENGTH_MIN = 6;

  private final URI url;
  private final Map<String, String> headers;
  private final boolean gzip;
  private final Predicate<String> isTaken;
  private final List<String> secrets;
  private final HttpCaller caller;

  /**
   * @param isTaken whether the text of an answer with a status of 2xx can be the destination's
   * @param caller is closed together with this
   */
  BatchPost(
      URI url,
      String contentType,
      Map<String, Secret> headers,
      boolean gzip,
      Predicate<String> isTaken,
      HttpCaller caller) {
    this.url = url;
    this.headers = fields(contentType, headers);
    this.gzip = gzip;
    this.isTaken = isTaken;
    this.secrets = secrets(url, headers);
    this.caller = caller;
  }

  /**
   * A caller that is good for this.
   *
   * @throws GeneralSecurityException when certificates or key cannot be used
   */
  static HttpCaller caller(Dialer dialer, Tls tls, HttpLimits limits)
      throws GeneralSecurityException {
    return dialer.http(TlsContext.of(tls), limits.withAnswerBytes(2 * TEXT_BYTES));
  }

  private static Map<String, String> fields(String contentType, Map<String, Secret> headers) {
    var fields = new HashMap<String, String>();
    if (headers.keySet().stream().noneMatch("Content-Type"::equalsIgnoreCase)) {
      fields.put("Content-Type", contentType);
    }
    headers.forEach((name, secret) -> fields.put(name, secret.value()));
    return fields;
  }

  /** What an answer may repeat of a request and must not be shown. */
  private static List<String> secrets(URI url, Map<String, Secret> headers) {
    var secrets = new ArrayList<String>();
    for (var header : headers.values()) {
      var value = header.value().strip();
      secrets.add(value);
      // Behind the name of a scheme, such as Bearer.
      secrets.add(value.substring(value.lastIndexOf(' ') + 1));
    }
    if (url.getRawQuery() != null) {
      secrets.add(url.getRawQuery());
      for (var pair : url.getRawQuery().split("&", -1)) {
        secrets.add(pair.substring(pair.indexOf('=') + 1));
      }
    }
    secrets.removeIf(secret -> secret.length() < SECRET_LENGTH_MIN);
    return List.copyOf(secrets);
  }

  /** Posts a batch and says what the answer means. */
  Delivery post(Batch batch, Body body) throws InterruptedException {
    try {
      return caller.call(
          new Call("POST", url, headers, body, gzip),
          (status, retryAfter, answer) -> delivery(status, retryAfter, answer));
    } catch (ForbiddenAddressException e) {
      return later(Cause.FORBIDDEN, e);
    } catch (UnansweredException e) {
      // One that finds a body too large may reset the connection without being heard.
      return e.stage() == Stage.SENDING && batch.size() > 1 && batch.attempt() >= RESETS_MAX
          ? new Split("reset_during_upload", new Answer(null, masked(text(e))))
          : later(Cause.UNREACHABLE, e);
    } catch (IOException e) {
      return later(Cause.UNREACHABLE, e);
    }
  }

  private Later later(Cause cause, IOException e) {
    return new Later(cause, new Answer(null, masked(text(e))), null);
  }

  private static String text(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private Delivery delivery(int status, @Nullable Duration retryAfter, InputStream body) {
    var said = said(body);
    var answer = new Answer(status, said.isBlank() ? "no text" : masked(plain(said)));
    return switch (status / 100) {
      case 2 ->
          isTaken.test(said)
              ? Delivery.all(answer)
              : new Later(Cause.FAILING, new Answer(status, foreign(answer)), retryAfter);
      case 3 -> new Later(Cause.CONFIGURATION, new Answer(status, redirect(answer)), retryAfter);
      case 4 -> refusal(status, retryAfter, answer);
      case 5 -> failure(status, retryAfter, answer);
      default -> new Later(Cause.FAILING, answer, retryAfter);
    };
  }

  private static String foreign(Answer answer) {
    return "answered by somebody else, is there a proxy? " + answer.text();
  }

  private static String redirect(Answer answer) {
    return "a redirect, which is not followed: " + answer.text();
  }

  /** Only what may be about an event is put down to the events. */
  private static Delivery refusal(int status, @Nullable Duration retryAfter, Answer answer) {
    return switch (status) {
      case 401, 403, 407 -> new Later(Cause.CREDENTIALS, answer, retryAfter);
      case 408, 425, 429 -> new Later(Cause.BUSY, answer, retryAfter);
      case 413 -> new Split(Split.TOO_LARGE, answer);
      // No such place, method or type of content, no money, or headers that are too long: the same
      // for every event. Proxies say 404 when nobody stands behind them.
      case 402, 404, 405, 406, 410, 411, 414, 415, 417, 421, 426, 428, 431 ->
          new Later(Cause.CONFIGURATION, answer, retryAfter);
      default -> new Split("refused", answer);
    };
  }

  private static Later failure(int status, @Nullable Duration retryAfter, Answer answer) {
    var cause =
        switch (status) {
          case 503 -> Cause.BUSY;
          case 501, 505 -> Cause.CONFIGURATION;
          default -> Cause.FAILING;
        };
    return new Later(cause, answer, retryAfter);
  }

  /** The status has been said: an answer that breaks off behind it changes nothing. */
  private static String said(InputStream body) {
    try {
      return new String(body.readNBytes(TEXT_BYTES), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }

  /** Without the markup of error pages. */
  private static String plain(String text) {
    return text.replaceAll("<[^>]*>", " ").replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
  }

  private String masked(String text) {
    var masked = text;
    for (var secret : secrets) {
      masked = masked.replace(secret, Secret.MASK);
    }
    return masked;
  }

  @Override
  public void close() {
    caller.close();
  }
}
