package io.penstock.audit;

import io.penstock.config.Environment;
import io.penstock.logs.Redaction;
import java.time.Duration;

/**
 * How much of the past is kept.
 *
 * @param entriesMax requests of one tenant
 * @param life how long a request is kept
 * @param bytesMax memory over all tenants
 * @param redaction what a record must not tell
 */
public record AuditConfig(int entriesMax, Duration life, long bytesMax, Redaction redaction) {

  private static final int MANY = 1_000_000;

  /** The limits of the contract, as far as this process has the memory for them. */
  public static final AuditConfig DEFAULT =
      new AuditConfig(
          1_000,
          Duration.ofMinutes(60),
          Math.min(64L << 20, Math.max(4L << 20, Runtime.getRuntime().maxMemory() / 32)),
          Redaction.STANDARD);

  public static AuditConfig from(Environment env) {
    return new AuditConfig(
        (int) env.number(DEFAULT.entriesMax, 1, MANY, "ADMIN_AUDIT_MAX"),
        env.duration(DEFAULT.life, Duration.ofMinutes(1), "ADMIN_AUDIT_TTL_MINUTES"),
        DEFAULT.bytesMax,
        Redaction.from(env));
  }
}
