package io.penstock;

import io.penstock.config.Environment;
import io.penstock.decode.OptionsLimits;
import io.penstock.exporters.BookConfig;
import io.penstock.wire.Limits;
import java.time.Duration;

/**
 * What exporters, who need no key, can make us remember: read from the environment, and measured by
 * the heap. The standards are made to fit in less than half of it; what an operator sets is taken
 * as it is, with a warning when it is more.
 */
final class StateLimits {

  /**
   * What an exporter takes beside its templates and what waits: its session, its place among those
   * that announce, and its page, of which the fingerprints of its last datagrams are the half.
   */
  static final int EXPORTER_BYTES = 8_000;

  /** What a field of a template takes, with its share of the plan to decode it. */
  static final int FIELD_BYTES = 200;

  /** What a sequence that is followed takes, with its gaps and its share of its stream. */
  static final int SEQUENCE_BYTES = 1_000;

  private static final long RECORDINGS_MAX = 64 << 20;
  private static final int EXPORTERS_MAX = 10_000_000;
  private static final int HOURS_MAX = 24 * 366;

  private StateLimits() {}

  /** The sequences that each worker follows: of the standard, or of a thirty-second of the heap. */
  static int sequences(Environment env, int workers, long heap) {
    int standard = atMost(BookConfig.DEFAULT.sequencesMax(), heap / workers / 32 / SEQUENCE_BYTES);
    long all = env.number((long) standard * workers, workers, 1_000_000_000, "SEQUENCES_MAX");
    return (int) (all / workers);
  }

  /**
   * The limits of each worker.
   *
   * @param sequences those that it follows
   * @param heap bytes that the JVM may use
   */
  static Limits read(Environment env, int sequences, int workers, long heap) {
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
    warn(env, bytes(limits, sequences, workers, heap), heap);
    return limits;
  }

  private static int number(Environment env, int standard, int most, String name) {
    return (int) env.number(standard, 1, most, name);
  }

  /**
   * What a worker may remember of what exporters announce: a sixteenth of its share of the heap.
   */
  static long optionsBytes(int workers, long heap) {
    return Math.min(OptionsLimits.DEFAULT.bytes(), heap / workers / 16);
  }

  /** A worker's share of the last datagrams: of 64 MiB, or of a thirty-second of the heap. */
  static long recordingBytes(int workers, long heap) {
    return Math.min(RECORDINGS_MAX, heap / 32) / workers;
  }

  /** A worker's standards, which with the three above come to 15/32 of its share of the heap. */
  private static Limits fitting(Limits standard, long share) {
    int fields = atMost(standard.fields(), share / 8 / FIELD_BYTES);
    return new Limits(
        atMost(standard.exporters(), share * 3 / 16 / EXPORTER_BYTES),
        standard.exportersPerAddress(),
        standard.templatesPerExporter(),
        atMost(standard.fieldsPerExporter(), fields / 4),
        fields,
        standard.pendingBytesPerExporter(),
        Math.min(standard.pendingBytes(), share / 32),
        standard.pendingAge(),
        standard.templateLife());
  }

  private static int atMost(int standard, long bound) {
    return (int) Math.max(1, Math.min(standard, bound));
  }

  private static void warn(Environment env, long allowed, long heap) {
    if (allowed > heap / 2) {
      env.warning(
          ("exporters may be remembered to %d MiB of a heap of %d MiB: lower EXPORTERS_MAX,"
                  + " TEMPLATE_FIELDS_MAX, PENDING_BYTES or SEQUENCES_MAX, or set PENSTOCK_JAVA_OPTS=-Xmx%dm")
              .formatted(allowed >> 20, heap >> 20, (allowed >> 19) + 1));
    }
  }

  /** What the state of all workers can take at most. */
  static long bytes(Limits limits, int sequences, int workers, long heap) {
    long each =
        (long) limits.exporters() * EXPORTER_BYTES
            + (long) limits.fields() * FIELD_BYTES
            + limits.pendingBytes()
            + (long) sequences * SEQUENCE_BYTES
            + optionsBytes(workers, heap)
            + recordingBytes(workers, heap);
    return workers * each;
  }
}
