package io.penstock.api;

import io.penstock.admit.Admission;
import io.penstock.admit.Verdict;
import io.penstock.audit.Enriched;
import io.penstock.audit.Replayed;
import io.penstock.audit.Stored;
import io.penstock.audit.Validated;
import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.event.EventBatch.Receipt;
import io.penstock.event.Ip;
import io.penstock.event.Nanos;
import io.penstock.event.Protocol;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Body;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.http.Trail;
import io.penstock.json.Json;
import io.penstock.log.LogUnavailableException;
import io.penstock.log.Receipts;
import io.penstock.metrics.Meter;
import io.penstock.pipeline.TenantQuotas;
import io.penstock.records.BatchIds;
import io.penstock.records.JsonBatch;
import io.penstock.records.JsonRecords;
import io.penstock.records.JsonRecords.Expected;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v1/ingest} and its three sisters. A batch is taken whole or refused whole, and the
 * answer leaves after the batch is durable, never before.
 */
public final class IngestResource implements Resource {

  private static final int IDEMPOTENCY_KEY_LENGTH_MAX = 255;

  /** Prefix of the key under which a body without a key is remembered, see {@link ApiConfig}. */
  private static final String BODY_KEY = "body:";

  /** One of the four routes. */
  private enum Endpoint {
    INGEST("/v1/ingest", Expected.ANY),
    ZEEK("/v1/ingest/zeek", Expected.ZEEK),
    NETFLOW("/v1/ingest/netflow", Expected.NETFLOW),
    BULK("/v1/ingest/bulk", Expected.TYPED);

    private final String path;
    private final Expected expected;

    Endpoint(String path, Expected expected) {
      this.path = path;
      this.expected = expected;
    }
  }

  private final ApiConfig config;
  private final JsonRecords records;
  private final Workspace workspace;
  private final Admission admission;
  private final Intake intake;
  private final TenantQuotas quotas;
  private final Receipts receipts;
  private final InstantSource clock;
  private final Meter meter;
  private final Counter batches;
  private final Counter rejected;
  private final Histogram batchBytes;
  private final Histogram batchRecords;

  public IngestResource(
      ApiConfig config,
      Admission admission,
      Intake intake,
      TenantQuotas quotas,
      Receipts receipts,
      InstantSource clock,
      Meter meter,
      PrometheusRegistry registry) {
    this.config = config;
    this.records = new JsonRecords(config.recordsMax());
    this.workspace = new Workspace(config.workingBytesMax());
    this.admission = admission;
    this.intake = intake;
    this.quotas = quotas;
    this.receipts = receipts;
    this.clock = clock;
    this.meter = meter;
    this.batches =
        Counter.builder()
            .name("telemetry_ingest_batches_total")
            .help("Posted batches that became durable.")
            .register(registry);
    this.rejected =
        Counter.builder()
            .name("telemetry_ingest_reject_total")
            .help("Posted batches that were refused, by reason.")
            .labelNames("reason")
            .register(registry);
    this.batchBytes =
        Histogram.builder()
            .name("telemetry_ingest_batch_bytes")
            .help("Bytes of a posted batch as sent.")
            .classicUpperBounds(1024, 10240, 102400, 512000, 1024000, 2097152, 4194304, 5242880)
            .register(registry);
    this.batchRecords =
        Histogram.builder()
            .name("telemetry_ingest_records_per_batch")
            .help("Records of a posted batch that was taken.")
            .classicUpperBounds(1, 10, 50, 100, 500, 1000, 5000, 10000)
            .register(registry);
  }

  @Override
  public List<Route> routes() {
    var access = Access.scopes("ingest");
    return Arrays.stream(Endpoint.values())
        .map(endpoint -> new Route("POST", endpoint.path, access, post -> post(endpoint, post)))
        .toList();
  }

  private Answer post(Endpoint endpoint, Request request) throws IOException {
    var body = request.body(config.wireBytesMax(), config.inflatedBytesMax());
    return switch (body) {
      case Body.Bytes bytes -> {
        batchBytes.observe((double) bytes.wireLength());
        int room = workspace.take(bytes.length());
        if (room == 0) {
          yield overloaded(request);
        }
        try {
          yield take(endpoint, request, bytes);
        } finally {
          workspace.giveBack(room);
        }
      }
      case Body.TooLarge(long limit, long actual, var encoding) -> {
        refused(request, "over_size", "size");
        yield Answer.json(
            413,
            Json.object(
                "error", "batch_too_large",
                "detail", "Payload too large (max " + (limit >> 20) + "MB)",
                "limit_bytes", limit,
                "content_encoding", encoding,
                "actual_bytes", actual));
      }
      case Body.Corrupt(var detail) -> {
        refused(request, "invalid_json", "decompress_error");
        yield Answer.problem(400, "decompress_failed", detail);
      }
      case Body.Malformed _ -> {
        refused(request, "invalid_format", "format_error");
        yield Answer.problem(400, "bad_request", "Malformed chunks").with("Connection", "close");
      }
      case Body.Unsupported(var encoding) -> {
        refused(request, "invalid_format", "format_error");
        yield Answer.problem(
                415, "unsupported_encoding", "Content-Encoding must be gzip or identity")
            .with("Accept-Encoding", "gzip");
      }
      case Body.Busy _ -> overloaded(request);
      case Body.Late _ -> {
        refused(request, "invalid_format", "format_error");
        yield Answer.problem(408, "request_timeout", "The body did not come in time")
            .with("Connection", "close");
      }
    };
  }

  private Answer take(Endpoint endpoint, Request request, Body.Bytes body) {
    var sentKey = idempotencyKey(request);
    if (sentKey == null && !config.bodyHashDuplicates()) {
      return takeOnce(endpoint, request, body, null);
    }
    var fingerprint = fingerprint(request, body);
    String key = sentKey != null ? sentKey : BODY_KEY + HexFormat.of().formatHex(fingerprint);
    return switch (receipts.begin(request.tenant(), endpoint.path, key, fingerprint)) {
      case Receipts.Replay(int status, var text) -> {
        request.trail().add(new Replayed(status));
        yield sentKey == null
            ? Answer.json(209, Json.object("status", "duplicate"))
            : Answer.json(status, text.getBytes(StandardCharsets.UTF_8))
                .with("Idempotent-Replayed", "true");
      }
      case Receipts.InFlight _ ->
          Answer.problem(
                  409, "idempotency_in_flight", "A request with this key is still being processed")
              .with("Retry-After", "1");
      case Receipts.Mismatch _ ->
          Answer.problem(
              422, "idempotency_mismatch", "This Idempotency-Key was used for another body");
      case Receipts.Fresh(var ticket) -> {
        try (ticket) {
          yield takeOnce(endpoint, request, body, new Claim(key, fingerprint, ticket));
        }
      }
    };
  }

  /** A key that is ours until the ticket is settled. */
  private record Claim(String key, byte[] fingerprint, Receipts.Ticket ticket) {

    Receipt receipt(Endpoint endpoint, long nanos, Answer.Whole answer) {
      var text = new String(answer.body(), StandardCharsets.UTF_8);
      return new Receipt(endpoint.path, key, fingerprint, nanos, answer.status(), text);
    }
  }

  private Answer takeOnce(
      Endpoint endpoint, Request request, Body.Bytes body, @Nullable Claim claim) {
    var now = clock.instant();
    long nanos = Nanos.of(now);
    var ids =
        claim == null
            ? BatchIds.at(now.toEpochMilli())
            : BatchIds.derived(request.tenant(), endpoint.path, claim.key, claim.fingerprint);
    var batch =
        records.decode(body.bytes(), body.length(), endpoint.expected, sender(request, nanos), ids);
    request.trail().add(validated(batch));
    return switch (batch) {
      case JsonBatch.Taken(var events) -> keep(endpoint, request, events, claim, nanos);
      case JsonBatch.Invalid invalid -> invalid(endpoint, request, invalid);
      case JsonBatch.TooMany(int limit, int observed) -> tooMany(request, limit, observed);
      case JsonBatch.Malformed malformed -> malformed(request, malformed);
    };
  }

  private Answer tooMany(Request request, int limit, int observed) {
    refused(request, "too_many_records", "count");
    return Answer.json(
        413,
        Json.object(
            "error",
            "too_many_records",
            "detail",
            String.format("Too many records (max %,d)", limit),
            "limit",
            limit,
            "observed",
            observed));
  }

  /** What the tenant's quotas say against so many events; null when nothing. */
  private @Nullable Answer overQuota(Request request, int events) {
    var tenant = request.tenant();
    var quota = quotas.of(tenant);
    if (events > quota.batchMax()) {
      return tooMany(request, quota.batchMax(), events);
    }
    long wait = quotas.takeBatch(tenant, events);
    if (wait == 0) {
      return null;
    }
    refused(request, "rate_limit", "quota");
    long seconds = (wait + Nanos.SECOND - 1) / Nanos.SECOND;
    return Answer.json(
            429,
            Json.object(
                "error",
                "quota_exceeded",
                "detail",
                "The tenant may send " + quota.eps() + " events a second",
                "limit_eps",
                quota.eps(),
                "retry_after",
                seconds))
        .with("Retry-After", Long.toString(seconds));
  }

  private static Validated validated(JsonBatch batch) {
    return switch (batch) {
      case JsonBatch.Taken(var events) -> new Validated(true, schema(events), events.size());
      case JsonBatch.Invalid invalid -> new Validated(false, null, invalid.total());
      case JsonBatch.TooMany(int _, int observed) -> new Validated(false, null, observed);
      case JsonBatch.Malformed _ -> new Validated(false, null, 0);
    };
  }

  private static String schema(List<Event> events) {
    return events.getFirst().origin().protocol() == Protocol.ZEEK ? "zeek.conn.v1" : "flows.v1";
  }

  private Answer keep(
      Endpoint endpoint, Request request, List<Event> events, @Nullable Claim claim, long nanos) {
    var decision =
        admission.post(
            request.tenant(), events.getFirst().origin(), client(request), events.size());
    if (decision.isRefused()) {
      return notAdmitted(request, decision.verdict());
    }
    var refusal = overQuota(request, events.size());
    if (refusal != null) {
      return refusal;
    }
    var answer = accepted(endpoint, request, events.size());
    var receipt = claim == null ? null : claim.receipt(endpoint, nanos, answer);
    if (!isDurable(new EventBatch(request.tenant(), events, receipt), claim, request.trail())) {
      return overloaded(request);
    }
    meter.httpAdmitted(request.tenant(), events.size());
    batches.inc();
    batchRecords.observe(events.size());
    return answer;
  }

  private Answer notAdmitted(Request request, Verdict verdict) {
    refused(request, verdict.word(), "admission");
    return switch (verdict) {
      case DISABLED -> Answer.problem(403, verdict.word(), "Source is disabled");
      case IP_NOT_ALLOWED -> Answer.problem(403, verdict.word(), "Client IP not in allowed list");
      case RATE_LIMIT ->
          Answer.problem(429, verdict.word(), "Rate limit exceeded").with("Retry-After", "1");
      case ADMISSION_ERROR ->
          Answer.problem(500, verdict.word(), "Internal admission control error");
      case ALLOWED -> throw new IllegalStateException("what is allowed is not refused");
    };
  }

  private static Ip client(Request request) {
    return Ip.parse(request.clientAddress()).orElse(Ip.NONE);
  }

  private static JsonRecords.Sender sender(Request request, long nanos) {
    return new JsonRecords.Sender(
        client(request),
        nanos,
        request.header("X-Collector-ID").orElse(null),
        request.header("X-Source-Id").orElse(null),
        request.id());
  }

  /** Waits until the batch is durable; false when nothing of it was taken. */
  private boolean isDurable(EventBatch batch, @Nullable Claim claim, Trail trail) {
    try {
      var durable = intake.accept(batch, enriched -> trail.add(Enriched.of(enriched)));
      var receipt = batch.receipt();
      if (claim != null && receipt != null) {
        durable = claim.ticket.settleBy(durable, receipt);
      }
      long position = durable.join();
      trail.add(new Stored(position, trail.sinceLastNanos(), batch.events().size()));
      return true;
    } catch (CompletionException e) {
      if (e.getCause() instanceof LogUnavailableException) {
        return false;
      }
      throw e;
    }
  }

  private Answer.Whole accepted(Endpoint endpoint, Request request, int count) {
    int status =
        switch (endpoint) {
          case INGEST -> config.ingestStatus();
          case BULK -> 202;
          case ZEEK, NETFLOW -> 200;
        };
    return Answer.json(
        status,
        Json.object(
            "status",
            "accepted",
            "accepted",
            count,
            "rejected",
            0,
            "total",
            count,
            "records_processed",
            count,
            "request_id",
            request.id()));
  }

  private Answer invalid(Endpoint endpoint, Request request, JsonBatch.Invalid invalid) {
    refused(request, "missing_fields", "shape");
    var errors =
        invalid.errors().stream()
            .map(error -> Json.object("index", error.index(), "reason", error.reason()))
            .toList();
    var messages =
        invalid.errors().stream()
            .limit(3)
            .map(error -> "Record " + (error.index() + 1) + ": " + inTheWordsOf(endpoint, error))
            .toList();
    var body =
        Json.object(
            "status",
            "error",
            "error",
            "invalid_records",
            "detail",
            messages.getFirst(),
            "accepted",
            0,
            "rejected",
            invalid.total(),
            "total",
            invalid.total(),
            "invalid",
            invalid.invalid(),
            "validation_errors",
            messages,
            "errors",
            errors,
            "request_id",
            request.id());
    return Answer.json(endpoint == Endpoint.INGEST ? 400 : 207, body);
  }

  /** The bulk route says the same thing in other words. */
  private static String inTheWordsOf(Endpoint endpoint, JsonBatch.RecordError error) {
    if (endpoint != Endpoint.BULK || !error.reason().startsWith("missing required fields (")) {
      return error.reason();
    }
    return error.reason().contains("id.orig_h")
        ? "missing required Zeek fields"
        : "missing required NetFlow fields";
  }

  private Answer malformed(Request request, JsonBatch.Malformed malformed) {
    String detail = malformed.detail();
    return switch (malformed.fault()) {
      case SHAPE -> {
        refused(request, "invalid_json", "shape");
        yield Answer.json(
            400,
            Json.object(
                "error", "bad_batch_shape",
                "detail", detail,
                "hint", "expected JSON array or JSONL"));
      }
      case SYNTAX -> {
        refused(request, "invalid_json", "json_error");
        yield Answer.problem(400, "invalid_json", detail);
      }
      case ENCODING -> {
        refused(request, "invalid_json", "encoding_error");
        yield Answer.problem(400, "invalid_encoding", detail);
      }
      case RECORDS, FORMAT, TYPE -> {
        refused(request, "invalid_format", "format_error");
        yield Answer.problem(400, "invalid_format", detail);
      }
      case EMPTY -> {
        refused(request, "no_records", "shape");
        yield Answer.problem(400, "empty_batch", detail);
      }
    };
  }

  private Answer overloaded(Request request) {
    refused(request, "backpressure", "backpressure");
    return Answer.json(
            503,
            Json.object(
                "error", "backpressure",
                "detail", "Ingest temporarily overloaded, please retry",
                "retry_after", config.retryAfterSeconds()))
        .with("Retry-After", Integer.toString(config.retryAfterSeconds()));
  }

  private void refused(Request request, String dropReason, String rejectReason) {
    meter.httpDropped(request.tenant(), dropReason);
    rejected.labelValues(rejectReason).inc();
  }

  /** The key, with or without the quotes of a structured field (RFC 8941 §3.3.3). */
  private static @Nullable String idempotencyKey(Request request) {
    var sent = request.header("Idempotency-Key").map(String::strip).orElse("");
    if (sent.isEmpty()) {
      return null;
    }
    boolean quoted = sent.length() > 2 && sent.startsWith("\"") && sent.endsWith("\"");
    String key = quoted ? sent.substring(1, sent.length() - 1) : sent;
    if (key.length() > IDEMPOTENCY_KEY_LENGTH_MAX) {
      throw Refusal.badRequest(
          "invalid_idempotency_key",
          "Idempotency-Key must have at most " + IDEMPOTENCY_KEY_LENGTH_MAX + " characters");
    }
    return key;
  }

  private static byte[] fingerprint(Request request, Body.Bytes body) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      digest.update(request.header("Content-Type").orElse("").getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
      digest.update(body.bytes(), 0, body.length());
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
