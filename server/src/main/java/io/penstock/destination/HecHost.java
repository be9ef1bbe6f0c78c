package io.penstock.destination;

import io.penstock.destination.HecChannel.Patience;
import io.penstock.destination.HecChannel.Post;
import io.penstock.destination.HecChannel.Told;
import io.penstock.destination.HecCode.Meaning;
import io.penstock.destination.HecConfig.Acknowledgement;
import io.penstock.destination.HecConfig.OnAmbiguous;
import io.penstock.dial.Body;
import io.penstock.dial.Call;
import io.penstock.dial.Endpoints.Endpoint;
import io.penstock.dial.ForbiddenAddressException;
import io.penstock.dial.HttpCaller;
import io.penstock.dial.UnansweredException;
import io.penstock.dial.UnansweredException.Stage;
import io.penstock.json.Json;
import io.penstock.sink.Batch;
import io.penstock.sink.Delivery;
import io.penstock.sink.Delivery.Answer;
import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Later;
import io.penstock.sink.Delivery.Refusal;
import io.penstock.sink.Delivery.Split;
import io.penstock.sink.Delivery.Taken;
import java.io.IOException;
import java.time.Duration;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One host of an event collector, or a balancer before several, with connections, cookies and a
 * channel of its own: acknowledgements can only be had from the indexer that took the events. For
 * any number of threads.
 */
final class HecHost implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(HecHost.class);
  private static final String JSON = "application/json";

  /** An event at fault is looked for with its number so often, and by halving from then on. */
  private static final int LOOKS_MAX = 3;

  /** So many large bodies that are cut off, one after the other, are too large. */
  private static final int CUT_OFF_MAX = 3;

  /** Nobody finds fewer bytes too large. */
  private static final int LARGE_BYTES = 256 * 1024;

  private final HecUrls urls;
  private final Endpoint endpoint;
  private final HttpCaller caller;
  private final HecConfig config;
  private final Patience patience;
  private final AtomicInteger unknownChannels = new AtomicInteger();
  private final AtomicInteger cutOff = new AtomicInteger();
  private final ReentrantLock introducing = new ReentrantLock();
  private HecChannel channel;

  /** What it last said or did was bad: it is asked how it is before it gets events. */
  private volatile boolean isDoubtful;

  /** Whether it has answered anything, and a balancer could say with a cookie who that was. */
  private volatile boolean isKnown;

  /** Whether the token acknowledges, as far as we know; asked for when that is required. */
  private volatile boolean isKnownToAcknowledge;

  private volatile boolean acknowledges;

  /** Whether events were ever taken: then a refusal is about events, not about the address. */
  private volatile boolean hasWorked;

  HecHost(HecUrls urls, Endpoint endpoint, HttpCaller caller, HecConfig config, Patience patience) {
    this.urls = urls;
    this.endpoint = endpoint;
    this.caller = caller;
    this.config = config;
    this.patience = patience;
    this.acknowledges = config.acknowledgement() != Acknowledgement.OFF;
    this.channel = new HecChannel(patience, this::ask);
  }

  /** What became of a post. */
  private sealed interface Outcome {
    record Done(Delivery delivery) implements Outcome {}

    /** One of its events makes it impossible. */
    record AtFault(HecReply reply) implements Outcome {}
  }

  Delivery send(Batch batch) throws InterruptedException {
    var trouble = isDoubtful ? health() : introduction();
    if (trouble == null && config.acknowledgement() == Acknowledgement.REQUIRED) {
      trouble = demandAcknowledgement();
    }
    if (trouble != null) {
      return trouble;
    }
    return switch (post(batch, 0, batch.size())) {
      case Outcome.Done(var delivery) -> delivery;
      case Outcome.AtFault(var reply) -> atFault(batch, reply);
    };
  }

  private Call call(Call call) {
    return call.with("Authorization", "Splunk " + config.token().value());
  }

  private HecReply reply(Call call) throws IOException, InterruptedException {
    return HecReply.of(caller.call(call(call)), config.token());
  }

  // Posting events

  private Outcome post(Batch batch, int from, int to) throws InterruptedException {
    var body = new Body();
    for (int i = from; i < to; i++) {
      body.add(batch.bytes(), batch.start(i), batch.end(i));
    }
    var on = acknowledges ? channel() : null;
    var post = on == null ? null : on.begin();
    var call = Call.post(urls.events(), JSON, body).compressed(config.gzip());
    boolean isOver = false;
    try {
      var reply = reply(on == null ? call : call.with("X-Splunk-Request-Channel", on.id()));
      isOver = true;
      if (body.length() >= LARGE_BYTES) {
        cutOff.set(0);
      }
      return answered(reply, on, post);
    } catch (IOException e) {
      isOver = true;
      if (on != null && post != null) {
        if (stage(e) == Stage.CONNECTING) {
          on.ended(post);
        } else {
          on.unanswered(post);
        }
      }
      return new Outcome.Done(unanswered(e, to - from, body.length()));
    } finally {
      if (!isOver && on != null && post != null) {
        on.unanswered(post);
      }
    }
  }

  private synchronized HecChannel channel() {
    if (channel.isRetired()) {
      channel = new HecChannel(patience, this::ask);
    }
    return channel;
  }

  private static Stage stage(IOException e) {
    return switch (e) {
      case UnansweredException unanswered -> unanswered.stage();
      case ForbiddenAddressException _ -> Stage.CONNECTING;
      default -> Stage.READING;
    };
  }

  private Delivery unanswered(IOException e, int events, long bytes) {
    failed();
    var later = unreachable(e);
    // Some say that a body is too large by closing while it comes, or by never answering.
    boolean isCutOff =
        later.cause() == Cause.UNREACHABLE && stage(e) != Stage.CONNECTING && bytes >= LARGE_BYTES;
    return isCutOff && cutOff.incrementAndGet() >= CUT_OFF_MAX && events > 1
        ? new Split(Split.TOO_LARGE, later.answer())
        : later;
  }

  private Later unreachable(IOException e) {
    var text = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    var answer = new Answer(null, urls.host() + ": " + HecReply.masked(text, config.token()));
    boolean isForbidden = e instanceof ForbiddenAddressException;
    return new Later(isForbidden ? Cause.FORBIDDEN : Cause.UNREACHABLE, answer, null);
  }

  private Outcome answered(HecReply reply, @Nullable HecChannel on, @Nullable Post post)
      throws InterruptedException {
    var meaning = reply.meaning();
    boolean isTaken = meaning == Meaning.TAKEN || meaning == Meaning.TAKEN_BARELY;
    if (isTaken) {
      worked();
      hasWorked = true;
      unknownChannels.set(0);
      return new Outcome.Done(taken(reply, meaning == Meaning.TAKEN_BARELY, on, post));
    }
    if (on != null && post != null) {
      on.ended(post);
    }
    return meaning == Meaning.EVENT_AT_FAULT
        ? new Outcome.AtFault(reply)
        : new Outcome.Done(notTaken(reply, meaning, on));
  }

  private Delivery taken(
      HecReply reply, boolean isNearlyFull, @Nullable HecChannel on, @Nullable Post post)
      throws InterruptedException {
    var arrived = new Taken(reply.answer(), 0, 0, new BitSet(), null, List.of(), isNearlyFull);
    if (on == null || post == null) {
      return arrived;
    }
    if (reply.ackId() < 0) {
      on.ended(post);
      return config.acknowledgement() == Acknowledgement.REQUIRED
          ? later(Cause.CONFIGURATION, reply, "taken without an acknowledgement to ask for")
          : arrived;
    }
    if (isNearlyFull) {
      on.hurry();
    }
    return switch (on.awaitAcknowledged(post, reply.ackId())) {
      case ACKNOWLEDGED -> arrived;
      case LATE ->
          later(
              Cause.FAILING,
              reply,
              "taken, but not acknowledged within "
                  + patience.most().toSeconds()
                  + " s; a balancer without sticky sessions loses acknowledgements");
      case FORGOTTEN ->
          later(Cause.FAILING, reply, "taken, but forgotten before it was acknowledged");
      case NEVER -> never(reply.answer());
    };
  }

  private Later later(Cause cause, HecReply reply, String text) {
    return new Later(cause, new Answer(reply.status(), urls.host() + ": " + text), null);
  }

  private Later later(Cause cause, HecReply reply) {
    return new Later(cause, reply.answer(), reply.retryAfter());
  }

  private Delivery notTaken(HecReply reply, Meaning meaning, @Nullable HecChannel on) {
    switch (meaning) {
      case UNWELL, FAILING -> failed();
      default -> worked();
    }
    return switch (meaning) {
      case TOO_LARGE -> new Split(Split.TOO_LARGE, reply.answer());
      case MALFORMED ->
          hasWorked ? new Split("bad_request", reply.answer()) : later(Cause.CONFIGURATION, reply);
      case STRANGER -> later(Cause.CREDENTIALS, reply);
      case BUSY, UNWELL -> later(Cause.BUSY, reply);
      case CHANNEL_MISSING -> channelMissing(reply);
      case CHANNEL_UNKNOWN -> {
        retire(on);
        yield later(
            unknownChannels.incrementAndGet() > 1 ? Cause.CONFIGURATION : Cause.FAILING, reply);
      }
      case CHANNEL_FULL -> {
        retire(on);
        yield later(Cause.BUSY, reply);
      }
      case ACKNOWLEDGES_NOTHING -> never(reply.answer());
      case FAILING -> later(Cause.FAILING, reply);
      // The remaining ones cannot be about a post: somebody else answers in the collector's place.
      case MISCONFIGURED, HEALTHY, TAKEN, TAKEN_BARELY, EVENT_AT_FAULT ->
          later(Cause.CONFIGURATION, reply);
    };
  }

  private static void retire(@Nullable HecChannel on) {
    if (on != null) {
      on.retire();
    }
  }

  /** The token acknowledges, and we have not said where to. */
  private Later channelMissing(HecReply reply) {
    if (config.acknowledgement() == Acknowledgement.AUTO && !acknowledges) {
      acknowledges = true;
      return later(Cause.FAILING, reply);
    }
    return later(Cause.CONFIGURATION, reply);
  }

  private Later never(Answer answer) {
    if (config.acknowledgement() != Acknowledgement.AUTO) {
      isKnownToAcknowledge = false;
      return new Later(Cause.CONFIGURATION, answer, null);
    }
    if (acknowledges) {
      LOG.atInfo()
          .addKeyValue("host", urls.host())
          .log("an event collector does not acknowledge, its answers count as they are");
    }
    acknowledges = false;
    return new Later(Cause.FAILING, answer, null);
  }

  private void worked() {
    isDoubtful = false;
    endpoint.worked();
  }

  private void failed() {
    isDoubtful = true;
    endpoint.failed();
  }

  // Events at fault

  /**
   * Finds the event at fault. Its number is counted from 0 in some answers and from 1 in others, so
   * those that may be meant are posted alone: only what is refused alone is refused.
   */
  private Delivery atFault(Batch batch, HecReply reply) throws InterruptedException {
    worked();
    long number = reply.eventNumber();
    if (batch.size() > 1 && (number < 0 || batch.attempt() >= LOOKS_MAX)) {
      return new Split(word(reply), reply.answer());
    }
    if (batch.size() == 1) {
      return refused(batch, 0, reply, new BitSet());
    }
    var arrived = new BitSet();
    for (long suspect = number; suspect >= Math.max(0, number - 1); suspect--) {
      if (suspect >= batch.size()) {
        continue;
      }
      int index = (int) suspect;
      switch (post(batch, index, index + 1)) {
        case Outcome.AtFault(var own) -> {
          return refused(batch, index, own, arrived);
        }
        case Outcome.Done(Taken _) -> arrived.set(index);
        case Outcome.Done(Later later) -> {
          return arrived.isEmpty() ? later : rest(batch, arrived, List.of(), later);
        }
        case Outcome.Done(Split split) -> {
          return arrived.isEmpty() ? split : rest(batch, arrived, List.of(), again(reply));
        }
      }
    }
    return arrived.isEmpty() || arrived.cardinality() == batch.size()
        ? new Split(word(reply), reply.answer())
        : rest(batch, arrived, List.of(), again(reply));
  }

  private Delivery refused(Batch batch, int index, HecReply reply, BitSet arrived) {
    if (config.onAmbiguous() == OnAmbiguous.SKIP) {
      arrived.set(0, index);
    }
    var refusal = new Refusal(index, word(reply), reply.answer());
    return rest(batch, arrived, List.of(refusal), again(reply));
  }

  private static String word(HecReply reply) {
    return reply.code() == null ? "invalid_event" : reply.code().word();
  }

  private static Later again(HecReply reply) {
    return new Later(Cause.FAILING, reply.answer(), Duration.ZERO);
  }

  /** All others are to be sent again. */
  private static Taken rest(Batch batch, BitSet arrived, List<Refusal> refused, Later pause) {
    var later = new BitSet(batch.size());
    later.set(0, batch.size());
    later.andNot(arrived);
    refused.forEach(refusal -> later.clear(refusal.index()));
    return new Taken(pause.answer(), 0, 0, later, later.isEmpty() ? null : pause, refused, false);
  }

  // Health and acknowledgements

  /**
   * The first question to a host is asked alone: posts that go together before a balancer has set
   * its cookie reach different indexers, each of which numbers the same channel from 0 on.
   */
  private @Nullable Later introduction() throws InterruptedException {
    if (isKnown || !acknowledges) {
      return null;
    }
    introducing.lockInterruptibly();
    try {
      return isKnown ? null : health();
    } finally {
      introducing.unlock();
    }
  }

  /** Asks a host how it is; null when it may have events, as far as it says. */
  private @Nullable Later health() throws InterruptedException {
    try {
      var reply = reply(Call.get(acknowledges ? urls.healthWithAck() : urls.health()));
      isKnown = true;
      return switch (reply.meaning()) {
        case UNWELL, BUSY -> {
          failed();
          yield later(Cause.BUSY, reply);
        }
        case STRANGER -> {
          worked();
          yield later(Cause.CREDENTIALS, reply);
        }
        // Not everybody who takes events tells how it is.
        default -> null;
      };
    } catch (IOException e) {
      failed();
      return unreachable(e);
    }
  }

  /**
   * Whether the token acknowledges is asked before anything is sent: what is taken without an
   * acknowledgement could neither be counted as safe nor sent again without arriving twice.
   */
  private @Nullable Later demandAcknowledgement() throws InterruptedException {
    if (isKnownToAcknowledge) {
      return null;
    }
    try {
      var reply = reply(question(channel().id(), List.of(0L)));
      if (reply.meaning() == Meaning.ACKNOWLEDGES_NOTHING) {
        return later(Cause.CONFIGURATION, reply);
      }
      isKnownToAcknowledge = reply.acknowledged() != null;
    } catch (IOException _) {
      // Posting will say the same.
    }
    return null;
  }

  private Call question(String channelId, Collection<Long> ids) {
    return Call.post(urls.acks(), JSON, Body.of(Json.bytes(Json.object("acks", ids))))
        .with("X-Splunk-Request-Channel", channelId);
  }

  private Told ask(String channelId, Collection<Long> ids) throws InterruptedException {
    try {
      var reply = reply(question(channelId, ids));
      var acknowledged = reply.acknowledged();
      if (acknowledged != null) {
        return new Told.Acknowledged(acknowledged);
      }
      return switch (reply.meaning()) {
        case CHANNEL_UNKNOWN -> new Told.UnknownChannel();
        case ACKNOWLEDGES_NOTHING -> new Told.Never();
        default -> new Told.Nothing();
      };
    } catch (IOException e) {
      LOG.atDebug().addKeyValue("host", urls.host()).setCause(e).log("no acknowledgements");
      return new Told.Nothing();
    }
  }

  @Override
  public void close() {
    caller.close();
  }
}
