package io.penstock.destination;

import io.penstock.destination.BulkAnswer.Failure;
import io.penstock.sink.Batch;
import io.penstock.sink.Delivery;
import io.penstock.sink.Delivery.Answer;
import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Later;
import io.penstock.sink.Delivery.Refusal;
import io.penstock.sink.Delivery.Split;
import io.penstock.sink.Delivery.Taken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the answers to one {@code _bulk} mean: item by item, by status and error type, and of the
 * request as a whole. What a person can put right on the server is waited for; only what depends on
 * the event itself is refused.
 *
 * <p>Gathers the items of one answer; for one thread.
 */
final class BulkVerdict {

  /** A missing index may be about to be made; afterwards its events are refused. */
  static final int INDEX_ATTEMPTS = 10;

  private static final String REFUSED = "refused";
  private static final String MALFORMED = "malformed";
  private static final Pattern TYPE = Pattern.compile("[a-z][a-z0-9_]{2,63}");

  private final Batch batch;
  private final BitSet later = new BitSet();
  private final List<Refusal> refused = new ArrayList<>();
  private int seen;
  private int created;
  private int duplicates;
  private int redirected;
  private boolean isSenseless;
  private @Nullable Cause cause;
  private @Nullable Answer why;

  BulkVerdict(Batch batch) {
    this.batch = batch;
  }

  /**
   * Takes the result of the next item.
   *
   * @return whether there can be another one
   */
  boolean item(int index, int status, @Nullable Failure failure, @Nullable String failureStore) {
    seen++;
    if (index >= batch.size() || status < 200 || status > 599) {
      isSenseless = true;
      return false;
    }
    var error = failure == null ? new Failure("", "") : failure;
    switch (status / 100) {
      case 2 -> {
        created++;
        redirected += "used".equals(failureStore) ? 1 : 0;
      }
      case 3 -> refuse(index, status, error);
      case 4 -> clientError(index, status, error);
      default -> again(index, Cause.FAILING, status, error);
    }
    return true;
  }

  private void clientError(int index, int status, Failure error) {
    switch (status) {
      case 409 -> {
        if (error.type().isEmpty() || error.type().equals("version_conflict_engine_exception")) {
          duplicates++;
        } else {
          refuse(index, status, error);
        }
      }
      case 408, 429 -> again(index, Cause.BUSY, status, error);
      case 401 -> again(index, Cause.CREDENTIALS, status, error);
      case 403 -> forbidden(index, error);
      case 404 -> {
        if (error.type().equals("index_not_found_exception") && batch.attempt() < INDEX_ATTEMPTS) {
          again(index, Cause.CONFIGURATION, status, error);
        } else {
          refuse(index, status, error);
        }
      }
      default -> {
        if (isOutOfShards(error)) {
          again(index, Cause.CONFIGURATION, status, error);
        } else {
          refuse(index, status, error);
        }
      }
    }
  }

  private void forbidden(int index, Failure error) {
    switch (error.type()) {
      case "cluster_block_exception" -> again(index, Cause.CONFIGURATION, 403, error);
      case "security_exception" -> again(index, Cause.CREDENTIALS, 403, error);
      default -> refuse(index, 403, error);
    }
  }

  /** {@code this action would add [2] shards, but this cluster currently has [...] maximum ...}. */
  private static boolean isOutOfShards(Failure error) {
    return error.reason().contains("this action would add [") && error.reason().contains("maximum");
  }

  private void again(int index, Cause itsCause, int status, Failure error) {
    later.set(index);
    if (cause == null || weight(itsCause) > weight(cause)) {
      cause = itsCause;
      why = new Answer(status, error.toString());
    }
  }

  /** Of several causes the one is told that will not go away by itself. */
  private static int weight(Cause cause) {
    return switch (cause) {
      case CREDENTIALS, FORBIDDEN -> 3;
      case CONFIGURATION -> 2;
      case FAILING, UNREACHABLE -> 1;
      case BUSY -> 0;
    };
  }

  private void refuse(int index, int status, Failure error) {
    var reason = TYPE.matcher(error.type()).matches() ? error.type() : REFUSED;
    refused.add(new Refusal(index, reason, new Answer(status, error.toString())));
  }

  /**
   * What became of the batch, once the answer was read.
   *
   * @param retryAfter how long the answer asks to wait; null if it does not
   */
  Delivery delivery(int status, @Nullable Duration retryAfter) {
    if (isSenseless || seen != batch.size()) {
      return new Later(
          Cause.FAILING,
          new Answer(
              status,
              isSenseless
                  ? "the answer makes no sense"
                  : "the answer is about %d items, %d were sent".formatted(seen, batch.size())),
          retryAfter);
    }
    var answer = new Answer(status, summary());
    var pause = cause == null || why == null ? null : new Later(cause, why, retryAfter);
    return new Taken(answer, duplicates, redirected, later, pause, refused, false);
  }

  private String summary() {
    var text = new StringBuilder().append(created).append(" created");
    append(text, duplicates, " there before");
    append(text, redirected, " of them in the failure store");
    append(text, later.cardinality(), " to send again");
    append(text, refused.size(), " refused");
    return text.toString();
  }

  private static void append(StringBuilder text, int number, String what) {
    if (number > 0) {
      text.append(", ").append(number).append(what);
    }
  }

  /**
   * What an answer to the request as a whole means.
   *
   * @param failure as the server says it; null when somebody else answered, such as a proxy
   */
  static Delivery ofRequest(
      int status, @Nullable Duration retryAfter, @Nullable Failure failure, String text) {
    var answer = new Answer(status, failure == null ? text : failure.toString());
    var type = failure == null ? "" : failure.type();
    return switch (status) {
      case 400 ->
          failure == null || isOutOfShards(failure)
              ? new Later(Cause.CONFIGURATION, answer, retryAfter)
              : new Split(MALFORMED, answer);
      case 401 -> new Later(Cause.CREDENTIALS, answer, retryAfter);
      case 403 ->
          new Later(
              type.equals("cluster_block_exception") ? Cause.CONFIGURATION : Cause.CREDENTIALS,
              answer,
              retryAfter);
      case 413 -> new Split(Split.TOO_LARGE, answer);
      case 408, 429 -> new Later(Cause.BUSY, answer, retryAfter);
      // What proxies say while none of the servers behind them is there.
      case 404 -> new Later(Cause.FAILING, answer, retryAfter);
      case 501 -> new Later(Cause.CONFIGURATION, answer, retryAfter);
      default -> new Later(status >= 500 ? Cause.FAILING : Cause.CONFIGURATION, answer, retryAfter);
    };
  }
}
