package io.penstock.decode;

import io.penstock.wire.Exporter;
import io.penstock.wire.Rejection;
import io.penstock.wire.TemplateFault;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Tells operators what exporters do wrong (RFC 7011 §8.1, §9.1). Anybody who can send a datagram
 * can cause it, so each kind of fault is told once a minute, with how often it was kept back since;
 * an exporter's page counts every one.
 */
final class FaultLog {

  private static final Logger LOG = LoggerFactory.getLogger(FaultLog.class);

  private final Sampled[] rejections = sampled(Rejection.values().length);
  private final Sampled[] templates = sampled(TemplateFault.values().length);

  private static Sampled[] sampled(int kinds) {
    var all = new Sampled[kinds];
    Arrays.setAll(all, _ -> new Sampled());
    return all;
  }

  /** Something was not decoded. */
  void rejected(Exporter exporter, Rejection reason, int octets, long nowNanos) {
    if (!isMalformed(reason)) {
      return;
    }
    rejections[reason.ordinal()].tell(
        nowNanos,
        held ->
            LOG.atWarn()
                .addKeyValue("exporter", exporter.address())
                .addKeyValue("reason", reason)
                .addKeyValue("octets", octets)
                .addKeyValue("repeated", held)
                .log("malformed message"));
  }

  /** An exporter broke the rules for templates on streams. */
  void template(Exporter exporter, TemplateFault fault, long domain, int id, long nowNanos) {
    // Repeating a template is against the rules, and nobody is hurt.
    var level = fault == TemplateFault.RETRANSMITTED ? Level.INFO : Level.WARN;
    templates[fault.ordinal()].tell(
        nowNanos,
        held ->
            LOG.atLevel(level)
                .addKeyValue("exporter", exporter.address())
                .addKeyValue("fault", fault)
                .addKeyValue("domain", domain)
                .addKeyValue("template", id)
                .addKeyValue("repeated", held)
                .log("template misused"));
  }

  /** Whether it is the exporter's fault, and not just that we do not know or keep something. */
  private static boolean isMalformed(Rejection reason) {
    return switch (reason) {
      case TEMPLATE_NEVER_CAME, TOO_MANY_TEMPLATES, UNKNOWN_FORMAT, RESERVED_SET -> false;
      default -> true;
    };
  }

  /** One kind of fault. */
  private static final class Sampled {

    private static final long EVERY_NANOS = Duration.ofMinutes(1).toNanos();

    private boolean isTold;
    private long toldNanos;
    private long held;

    /** Times are those of receipt; in recorded traffic they may stand still or go back. */
    void tell(long nowNanos, LongConsumer say) {
      if (isTold && Math.abs(nowNanos - toldNanos) < EVERY_NANOS) {
        held++;
        return;
      }
      say.accept(held);
      isTold = true;
      toldNanos = nowNanos;
      held = 0;
    }
  }
}
