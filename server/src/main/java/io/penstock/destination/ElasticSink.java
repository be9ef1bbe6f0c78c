package io.penstock.destination;

import io.penstock.destination.BulkAnswer.NotAnAnswerException;
import io.penstock.destination.ElasticConfig.Naming;
import io.penstock.dial.Body;
import io.penstock.dial.Call;
import io.penstock.dial.Dialer;
import io.penstock.dial.ForbiddenAddressException;
import io.penstock.dial.HttpCaller.AnswerTooLongException;
import io.penstock.dial.HttpLimits;
import io.penstock.dial.UnansweredException;
import io.penstock.dial.UnansweredException.Stage;
import io.penstock.shape.Schema;
import io.penstock.shape.Shape;
import io.penstock.sink.Batch;
import io.penstock.sink.Delivery;
import io.penstock.sink.Delivery.Answer;
import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Later;
import io.penstock.sink.Delivery.Split;
import io.penstock.sink.Sink;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Elasticsearch or OpenSearch, by {@code _bulk}. Every item is a {@code create} with the event's
 * id: what is sent again is answered by 409 where it had arrived, which counts as arrived. {@link
 * BulkVerdict} says what the other answers mean.
 */
public final class ElasticSink implements Sink {

  /** Where {@code _bulk} begins to gain nothing from larger requests. */
  private static final Limits LIMITS = new Limits(5_000, 5 << 20, 8);

  /** An answer is read while it comes; a batch that fails item by item says a lot. */
  private static final int ANSWER_BYTES = 64 << 20;

  /** What {@link BulkAnswer} wants to know of it. */
  private static final String FILTER =
      "filter_path=errors,error,status,items.*.status,items.*.failure_store,items.*.error.type,"
          + "items.*.error.reason,items.*.error.caused_by.type,items.*.error.caused_by.reason";

  private static final String NDJSON = "application/x-ndjson";

  /** Answers in a row that were cut short by a reset before a batch is halved. */
  private static final int RESETS_MAX = 3;

  private final ElasticConfig config;
  private final Supplier<Shape> documents;
  private final ElasticServer server;
  private final ElasticSetup setup;
  private final String path;

  /**
   * @param documents makes the writers of documents, which have one schema
   * @throws GeneralSecurityException when certificates or key cannot be used
   * @throws IllegalArgumentException when the schema is not JSON
   */
  public ElasticSink(ElasticConfig config, Schema schema, Supplier<Shape> documents, Dialer dialer)
      throws GeneralSecurityException {
    this(config, schema, documents, dialer, HttpLimits.DEFAULT);
  }

  ElasticSink(
      ElasticConfig config,
      Schema schema,
      Supplier<Shape> documents,
      Dialer dialer,
      HttpLimits limits)
      throws GeneralSecurityException {
    if (!schema.isJson()) {
      throw new IllegalArgumentException("documents are JSON, which schema " + schema + " is not");
    }
    this.config = config;
    this.documents = documents;
    this.server = new ElasticServer(config, dialer, limits.withAnswerBytes(ANSWER_BYTES));
    this.setup = new ElasticSetup(config, schema, server);
    this.path =
        config.naming() == Naming.DAILY
            ? "/_bulk?"
            : "/" + URLEncoder.encode(config.index(), StandardCharsets.UTF_8) + "/_bulk?";
  }

  @Override
  public Shape items() {
    return new BulkItems(config, documents.get());
  }

  @Override
  public Limits limits() {
    return LIMITS;
  }

  /** Installs template and lifecycle where they are missing or ours and older. */
  public ElasticSetup.Result install() throws InterruptedException {
    return setup.install();
  }

  @Override
  public Delivery send(Batch batch) throws InterruptedException {
    try {
      var target = path + FILTER + (wantsDataStream() ? "&require_data_stream=true" : "");
      return server.call(
          node -> call(node, target, batch),
          (status, retryAfter, body) -> delivery(batch, status, retryAfter, body));
    } catch (ForbiddenAddressException e) {
      return later(Cause.FORBIDDEN, e);
    } catch (UnansweredException e) {
      return unanswered(batch, e);
    } catch (IOException e) {
      return later(Cause.UNREACHABLE, e);
    }
  }

  /** So that a data stream without its template is not made as an ordinary index. */
  private boolean wantsDataStream() throws InterruptedException {
    return config.naming() == Naming.DATA_STREAM && server.version().requiresDataStream();
  }

  private Call call(URI node, String target, Batch batch) {
    var body = new Body();
    for (int i = 0; i < batch.size(); i++) {
      body.add(batch.bytes(), batch.start(i), batch.end(i));
    }
    return Call.post(ElasticServer.at(node, target), NDJSON, body).compressed(config.gzip());
  }

  private Delivery delivery(
      Batch batch, int status, @Nullable Duration retryAfter, InputStream body) throws IOException {
    if (status / 100 != 2) {
      var said = server.said(body);
      return BulkVerdict.ofRequest(status, retryAfter, said.failure(), said.text());
    }
    var verdict = new BulkVerdict(batch);
    try {
      new BulkAnswer(body, verdict::item).read();
    } catch (NotAnAnswerException | AnswerTooLongException e) {
      return new Later(Cause.FAILING, answer(status, e), retryAfter);
    }
    return verdict.delivery(status, retryAfter);
  }

  /**
   * A server that finds a body too large may reset the connection without being heard. So after a
   * few of those in a row the batch is halved; one event alone is only ever refused by an answer.
   */
  private static Delivery unanswered(Batch batch, UnansweredException e) {
    if (e.stage() == Stage.SENDING && batch.size() > 1 && batch.attempt() >= RESETS_MAX) {
      return new Split("reset_during_upload", answer(null, e));
    }
    return later(Cause.UNREACHABLE, e);
  }

  private static Later later(Cause cause, IOException e) {
    return new Later(cause, answer(null, e), null);
  }

  private static Answer answer(@Nullable Integer status, IOException e) {
    var message = e.getMessage();
    return new Answer(status, message == null ? e.getClass().getSimpleName() : message);
  }

  @Override
  public void close() {
    server.close();
  }
}
