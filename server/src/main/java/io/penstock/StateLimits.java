package io.penstock;

import io.penstock.config.Environment;
import io.penstock.wire.Limits;
import java.time.Duration;

/**
 * What exporters, who need no key, can make us remember: read from the environment, and measured by
 * the heap. The standards are made to fit in a third of it; what an operator sets is taken as it
 * is, with a warning when it is more than half.
 */
final class StateLimits {

  /** What an exporter takes beside its templates and what waits: its sessions and our books. */
  static final int EXPORTER_BYTES = 2_000;

  /** What a field of a template takes, with its share of the plan to decode it. */
  static final int FIELD_BYTES = 200;

  private static final int EXPORTERS_MAX = 10_000_000;
  private static final int HOURS_MAX = 24 * 366;

  private StateLimits() {}

  /**
   * The limits of each worker.
   *
   * @param heap bytes that the JVM may use
   */
  static Limits read(Environment env, int workers, long heap) {
    var standard = fitting(Limits.DEFAULT, heap / workers);
    long fields =
        env.number(
            (long) standard.fields() * workers, workers, 1_000_000_000, "TEMPLATE_FIELDS_MAX");
    long pending =
        env.bytes(standard.pendingBytes() * workers, 0, 1L << 40, "PENDING_BYTES") / workers;
    var limits =
        new Limits(
            number(env, standard.exporters(), EXPORTERS_MAX, "EXPORTERS_MAX"),
            number(env, standard.exportersPerAddress(), 65_536, "EXPORTERS_PER_ADDRESS_MAX"),
            number(env, standard.templatesPerExporter(), 65_536, "TEMPLATES_PER_EXPORTER_MAX"),
            number(
                env,
                standard.fieldsPerExporter(),
                Integer.MAX_VALUE,
                "TEMPLATE_FIELDS_PER_EXPORTER_MAX"),
            (int) (fields / workers),
            (int)
                env.bytes(
                    Math.min(standard.pendingBytesPerExporter(), pending),
                    0,
                    Integer.MAX_VALUE,
                    "PENDING_BYTES_PER_EXPORTER"),
            pending,
            env.duration(standard.pendingAge(), Duration.ofMinutes(1), "PENDING_MINUTES"),
            Duration.ofHours(
                number(
                    env,
                    (int) standard.templateLife().toHours(),
                    HOURS_MAX,
                    "TEMPLATE_LIFE_HOURS")));
    warn(env, limits, workers, heap);
    return limits;
  }

  private static int number(Environment env, int standard, int most, String name) {
    return (int) env.number(standard, 1, most, name);
  }

  /** A worker's standards: no more than a third of its share of the heap in all. */
  private static Limits fitting(Limits standard, long share) {
    int fields = atMost(standard.fields(), share / 8 / FIELD_BYTES);
    return new Limits(
        atMost(standard.exporters(), share / 8 / EXPORTER_BYTES),
        standard.exportersPerAddress(),
        standard.templatesPerExporter(),
        atMost(standard.fieldsPerExporter(), fields / 4),
        fields,
        standard.pendingBytesPerExporter(),
        Math.min(standard.pendingBytes(), share / 16),
        standard.pendingAge(),
        standard.templateLife());
  }

  private static int atMost(int standard, long bound) {
    return (int) Math.max(1, Math.min(standard, bound));
  }

  private static void warn(Environment env, Limits limits, int workers, long heap) {
    long allowed = workers * bytes(limits);
    if (allowed > heap / 2) {
      env.warning(
          ("exporters may be remembered to %d MiB of a heap of %d MiB: lower EXPORTERS_MAX,"
                  + " TEMPLATE_FIELDS_MAX or PENDING_BYTES, or set PENSTOCK_JAVA_OPTS=-Xmx%dm")
              .formatted(allowed >> 20, heap >> 20, (allowed >> 19) + 1));
    }
  }

  /** What a worker's state can take at most. */
  static long bytes(Limits limits) {
    return (long) limits.exporters() * EXPORTER_BYTES
        + (long) limits.fields() * FIELD_BYTES
        + limits.pendingBytes();
  }
}
