package io.penstock.destination;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.dial.Dialer;
import io.penstock.shape.Schema;
import io.penstock.shape.Shape;
import io.penstock.sink.Batch;
import io.penstock.sink.Delivery;
import io.penstock.sink.Delivery.Answer;
import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Later;
import io.penstock.sink.Delivery.Refusal;
import io.penstock.sink.Delivery.Taken;
import io.penstock.sink.Sink;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.GuardedProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Writes a topic with an idempotent producer, a record for each event: its own attempts, until its
 * delivery timeout, do not duplicate anything. What is sent again after that time may be there
 * twice, with the same id in the header {@value #ID} both times.
 *
 * <p>The producer connects to no broker that the {@link Dialer} does not allow. It is opened with
 * the first batch, and anew when it has come to an end: fenced, or denied.
 */
public final class KafkaSink implements Sink {

  /** Header with the id of the event, as text. */
  static final String ID = "event_id";

  /** Header with the tenant. */
  static final String TENANT = "tenant";

  /**
   * Enough for a broker at some distance, and far less than a producer may buffer. More of them
   * only cost: each event lives until its record is there, and the collector copies what lives.
   */
  private static final Limits LIMITS = new Limits(2_500, 512 << 10, 4);

  /** How long past its own timeout a producer may take to say so. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private final KafkaConfig config;
  private final boolean isDelimited;
  private final Supplier<Shape> shapes;
  private final Dialer dialer;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Session session;
  private boolean isClosed;

  /**
   * @param shapes writers of documents, one per thread
   */
  public KafkaSink(KafkaConfig config, Schema schema, Supplier<Shape> shapes, Dialer dialer) {
    this.config = config;
    this.isDelimited = !schema.isJson() && config.framing() == KafkaConfig.Framing.DELIMITED;
    this.shapes = shapes;
    this.dialer = dialer;
  }

  /** A producer from its opening to its end. */
  private static final class Session {

    private final Producer<byte[], byte[]> producer;
    private final KafkaGuard guard;
    private final long patienceNanos;
    private volatile @Nullable KafkaFailure end;

    private Session(Producer<byte[], byte[]> producer, KafkaGuard guard, long patienceNanos) {
      this.producer = producer;
      this.guard = guard;
      this.patienceNanos = patienceNanos;
    }

    /** What a failure means; once it is over, that is the reason of all others. */
    KafkaFailure meaning(Throwable thrown) {
      var failure = KafkaFailure.of(thrown instanceof ExecutionException e ? cause(e) : thrown);
      var over = end;
      return over != null && failure.refusal() == null ? over : failure;
    }

    private static Throwable cause(ExecutionException e) {
      return e.getCause() == null ? e : e.getCause();
    }
  }

  @Override
  public Shape items() {
    return new KafkaItem(shapes.get(), isDelimited);
  }

  @Override
  public Delivery send(Batch batch) throws InterruptedException {
    Session open;
    try {
      open = session();
    } catch (KafkaException e) {
      var failure = KafkaFailure.of(e);
      return new Later(failure.cause(), new Answer(null, failure.text()), null);
    }
    try {
      return send(batch, open);
    } catch (InterruptException _) {
      throw interrupted();
    }
  }

  /** Kafka's exception has no checked brother, and sets the flag. */
  private static InterruptedException interrupted() {
    var _ = Thread.interrupted();
    return new InterruptedException("interrupted while writing to a topic");
  }

  private Delivery send(Batch batch, Session open) throws InterruptedException {
    try {
      // Each record would wait for what is known of the topic, once more when nothing is.
      var _ = open.producer.partitionsFor(config.topic());
    } catch (InterruptException e) {
      throw e;
    } catch (KafkaException | IllegalStateException e) {
      return later(open, open.meaning(e));
    }
    var sent = sendAll(batch, open);
    return outcome(batch, sent, open);
  }

  /**
   * Hands over records until the producer fails at once for a reason that is not the record's own.
   */
  private Sent sendAll(Batch batch, Session open) {
    var results = new ArrayList<Future<RecordMetadata>>(batch.size());
    byte[] tenant = batch.tenant().getBytes(UTF_8);
    var tenantHeader = new RecordHeader(TENANT, tenant);
    for (int i = 0; i < batch.size(); i++) {
      byte[] id = KafkaItem.id(batch, i);
      byte[] key = config.key() == KafkaConfig.Key.EVENT ? id : tenant;
      // As Kafka keeps them: from any other collection it makes a list with room for ten.
      var headers = new RecordHeaders(new Header[] {new RecordHeader(ID, id), tenantHeader});
      long millis = TimeUnit.NANOSECONDS.toMillis(batch.event(i).origin().receivedNanos());
      // The serializer's interface wants arrays: the copy of the value is the only one of ours.
      var record =
          new ProducerRecord<>(
              config.topic(), null, millis, key, KafkaItem.value(batch, i), headers);
      try {
        var result = open.producer.send(record);
        results.add(result);
        if (result.isDone() && result.state() == Future.State.FAILED) {
          var failure = open.meaning(result.exceptionNow());
          if (failure.refusal() == null) {
            return new Sent(results, failure);
          }
        }
      } catch (InterruptException e) {
        throw e;
      } catch (KafkaException | IllegalStateException e) {
        return new Sent(results, open.meaning(e));
      }
    }
    return new Sent(results, null);
  }

  /**
   * Records on their way.
   *
   * @param results of those that were handed over, from the first
   * @param failure why the others were not; null when all were
   */
  private record Sent(List<Future<RecordMetadata>> results, @Nullable KafkaFailure failure) {}

  private Delivery outcome(Batch batch, Sent sent, Session open) throws InterruptedException {
    var later = new BitSet();
    var refused = new ArrayList<Refusal>();
    var trouble = sent.failure();
    if (trouble != null) {
      later.set(sent.results().size(), batch.size());
    }
    long end = System.nanoTime() + open.patienceNanos;
    for (int i = 0; i < sent.results().size(); i++) {
      var failure = failure(sent.results().get(i), open, end);
      if (failure == null) {
        continue;
      }
      if (failure.refusal() == null) {
        later.set(i);
        trouble = trouble == null ? failure : trouble;
      } else {
        refused.add(new Refusal(i, failure.refusal(), new Answer(null, failure.text())));
      }
    }
    if (trouble == null) {
      open.guard.forget();
      return new Taken(arrived(batch.size()), 0, 0, later, null, refused, false);
    }
    var pause = later(open, trouble);
    if (later.cardinality() == batch.size()) {
      return pause;
    }
    return new Taken(pause.answer(), 0, 0, later, pause, refused, false);
  }

  private Answer arrived(int records) {
    return new Answer(null, "topic %s took %d records".formatted(config.topic(), records));
  }

  /** Waits for what became of a record; null when it arrived. */
  private static @Nullable KafkaFailure failure(
      Future<RecordMetadata> result, Session open, long end) throws InterruptedException {
    try {
      var _ = result.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
      return null;
    } catch (ExecutionException e) {
      return open.meaning(e);
    } catch (TimeoutException _) {
      return new KafkaFailure(null, Cause.FAILING, true, "the producer does not answer");
    }
  }

  private Later later(Session open, KafkaFailure failure) {
    if (failure.endsProducer()) {
      end(open, failure);
    }
    var trouble = open.guard.trouble();
    if (failure.cause() != Cause.UNREACHABLE || trouble.isEmpty()) {
      return new Later(failure.cause(), new Answer(null, failure.text()), null);
    }
    return new Later(
        trouble.get().isForbidden() ? Cause.FORBIDDEN : Cause.UNREACHABLE,
        new Answer(null, trouble.get().text() + ": " + failure.text()),
        null);
  }

  private Session session() {
    lock.lock();
    try {
      if (isClosed) {
        throw new KafkaException("closed");
      }
      var present = session;
      if (present == null) {
        present = open();
        session = present;
      }
      return present;
    } finally {
      lock.unlock();
    }
  }

  private Session open() {
    var guard = new KafkaGuard(dialer);
    var properties = KafkaProperties.of(config);
    long timeout =
        Long.parseLong(String.valueOf(properties.get(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG)));
    return new Session(
        GuardedProducer.open(properties, brokers(), guard),
        guard,
        TimeUnit.MILLISECONDS.toNanos(timeout) + GRACE.toNanos());
  }

  private List<InetSocketAddress> brokers() {
    var brokers = new ArrayList<InetSocketAddress>();
    for (var broker : config.brokers()) {
      int colon = broker.lastIndexOf(':');
      brokers.add(
          InetSocketAddress.createUnresolved(
              broker.substring(0, colon), Integer.parseInt(broker.substring(colon + 1))));
    }
    return brokers;
  }

  /** The next batch gets another producer; what waits in this one fails, and is sent again. */
  private void end(Session over, KafkaFailure failure) {
    lock.lock();
    try {
      if (session != over) {
        return;
      }
      session = null;
      over.end = failure;
    } finally {
      lock.unlock();
    }
    over.producer.close(Duration.ZERO);
  }

  @Override
  public Limits limits() {
    return LIMITS;
  }

  /** What has not arrived by now does not have to: nobody has moved on past it. */
  @Override
  public void close() {
    Session last;
    lock.lock();
    try {
      isClosed = true;
      last = session;
      session = null;
    } finally {
      lock.unlock();
    }
    if (last != null) {
      last.producer.close(Duration.ZERO);
    }
  }
}
