package io.penstock.destination;

import io.penstock.dial.Dialer;
import io.penstock.dial.HttpLimits;
import io.penstock.shape.Selection;
import io.penstock.shape.Shape;
import io.penstock.sink.Batch;
import io.penstock.sink.Delivery;
import io.penstock.sink.Delivery.Answer;
import io.penstock.sink.Delivery.Refusal;
import io.penstock.sink.Delivery.Split;
import io.penstock.sink.Delivery.Taken;
import io.penstock.sink.Sink;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Datadog's logs intake, API v2: an array of logs per POST, 202 when it has all of them. The intake
 * cuts a log that is too large, and takes it: so one is refused here before it is sent, because
 * half a document is worth nothing.
 */
public final class DatadogSink implements Sink {

  /** Of one log. */
  private static final int LOG_BYTES_MAX = 1_000_000;

  /** Of one request, before it is compressed. */
  private static final int REQUEST_BYTES_MAX = 5_000_000;

  private static final int LOGS_MAX = 1_000;

  /** A batch ends with the event that goes beyond this: there is room for a large one. */
  private static final Limits LIMITS =
      new Limits(LOGS_MAX, REQUEST_BYTES_MAX - LOG_BYTES_MAX - 1_000, 8);

  private final DatadogConfig config;
  private final Kept kept;
  private final Supplier<Shape> documents;
  private final BatchPost post;

  /**
   * @param selection what of an event may be told
   * @param documents makes the writers of documents of that selection, which are JSON
   * @throws GeneralSecurityException when certificates or key cannot be used
   */
  public DatadogSink(
      DatadogConfig config, Selection selection, Supplier<Shape> documents, Dialer dialer)
      throws GeneralSecurityException {
    this(config, selection, documents, dialer, HttpLimits.DEFAULT);
  }

  DatadogSink(
      DatadogConfig config,
      Selection selection,
      Supplier<Shape> documents,
      Dialer dialer,
      HttpLimits httpLimits)
      throws GeneralSecurityException {
    this.config = config;
    this.kept = new Kept(selection);
    this.documents = documents;
    this.post =
        new BatchPost(
            config.url(),
            "application/json",
            Map.of("DD-API-KEY", config.apiKey()),
            config.gzip(),
            DatadogSink::isOfIntake,
            BatchPost.caller(dialer, config.tls(), httpLimits));
  }

  /** The intake answers with an empty object. A page to log in at is somebody else's. */
  private static boolean isOfIntake(String answer) {
    return answer.isBlank() || answer.stripLeading().startsWith("{");
  }

  @Override
  public Shape items() {
    return new DatadogLogs(config, kept, documents.get());
  }

  @Override
  public Delivery send(Batch batch) throws InterruptedException {
    if (batch.size() > LOGS_MAX || batch.byteCount() + 1 > REQUEST_BYTES_MAX && batch.size() > 1) {
      return new Split(
          Split.TOO_LARGE, new Answer(null, "more than the intake takes in one request"));
    }
    var refused = tooLarge(batch);
    if (refused.isEmpty()) {
      return post.post(batch, WebhookSink.array(batch, new BitSet()));
    }
    var left = new BitSet();
    refused.forEach(refusal -> left.set(refusal.index()));
    if (refused.size() == batch.size()) {
      return taken(refused.getFirst().answer(), refused);
    }
    // The others go first: what is not sent is only told together with what was.
    return switch (post.post(batch, WebhookSink.array(batch, left))) {
      case Taken taken -> taken(taken.answer(), refused);
      case Delivery other -> other;
    };
  }

  private static Taken taken(Answer answer, List<Refusal> refused) {
    return new Taken(answer, 0, 0, new BitSet(), null, refused, false);
  }

  private static List<Refusal> tooLarge(Batch batch) {
    var refused = new ArrayList<Refusal>();
    for (int i = 0; i < batch.size(); i++) {
      int bytes = batch.end(i) - batch.start(i) - 1;
      if (bytes > LOG_BYTES_MAX) {
        var answer = new Answer(null, bytes + " bytes, of which the intake would keep 1000000");
        refused.add(new Refusal(i, Split.TOO_LARGE, answer));
      }
    }
    return refused;
  }

  @Override
  public Limits limits() {
    return LIMITS;
  }

  @Override
  public void close() {
    post.close();
  }
}
