package io.penstock.destination;

import io.penstock.dial.Body;
import io.penstock.dial.Dialer;
import io.penstock.dial.HttpLimits;
import io.penstock.shape.Shape;
import io.penstock.sink.Batch;
import io.penstock.sink.Delivery;
import io.penstock.sink.Sink;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.BitSet;
import java.util.function.Supplier;

/**
 * Any HTTP endpoint, a batch per POST. A status of 2xx means that the whole batch was taken; {@link
 * BatchPost} says what the others mean.
 */
public final class WebhookSink implements Sink {

  private static final Limits LIMITS = new Limits(1_000, 1 << 20, 4);
  private static final byte[] BRACKETS = "[]".getBytes(StandardCharsets.US_ASCII);

  private final WebhookConfig.Body form;
  private final Supplier<Shape> documents;
  private final BatchPost post;

  /**
   * @param documents makes the writers of documents, which are JSON
   * @throws GeneralSecurityException when certificates or key cannot be used
   */
  public WebhookSink(WebhookConfig config, Supplier<Shape> documents, Dialer dialer)
      throws GeneralSecurityException {
    this(config, documents, dialer, HttpLimits.DEFAULT);
  }

  WebhookSink(WebhookConfig config, Supplier<Shape> documents, Dialer dialer, HttpLimits httpLimits)
      throws GeneralSecurityException {
    this.form = config.body();
    this.documents = documents;
    this.post =
        new BatchPost(
            config.url(),
            form == WebhookConfig.Body.NDJSON ? "application/x-ndjson" : "application/json",
            config.headers(),
            config.gzip(),
            _ -> true,
            BatchPost.caller(dialer, config.tls(), httpLimits));
  }

  /** Each document with what follows it, so that the items of a batch need not be touched again. */
  @Override
  public Shape items() {
    var document = documents.get();
    char end = form == WebhookConfig.Body.NDJSON ? '\n' : ',';
    return (tenant, event, out) -> {
      document.write(tenant, event, out);
      out.put(end);
    };
  }

  @Override
  public Delivery send(Batch batch) throws InterruptedException {
    return post.post(
        batch, form == WebhookConfig.Body.NDJSON ? lines(batch) : array(batch, new BitSet()));
  }

  private static Body lines(Batch batch) {
    var body = new Body();
    for (int i = 0; i < batch.size(); i++) {
      body.add(batch.bytes(), batch.start(i), batch.end(i));
    }
    return body;
  }

  /**
   * A JSON array of items each of which ends in a comma, the last of which is left out.
   *
   * @param without indexes of the items that are left out; not all of them
   */
  static Body array(Batch batch, BitSet without) {
    var body = new Body().add(BRACKETS, 0, 1);
    int last = without.previousClearBit(batch.size() - 1);
    for (int i = 0; i < last; i++) {
      if (!without.get(i)) {
        body.add(batch.bytes(), batch.start(i), batch.end(i));
      }
    }
    return body.add(batch.bytes(), batch.start(last), batch.end(last) - 1).add(BRACKETS, 1, 2);
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
