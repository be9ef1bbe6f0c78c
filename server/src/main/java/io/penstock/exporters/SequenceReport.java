package io.penstock.exporters;

/**
 * What a stream's sequence numbers tell.
 *
 * @param key whose they are
 * @param counting what they count, as far as known
 * @param isUnusual whether that is not what the protocol demands
 * @param expected the next number, modulo 2^32
 * @param messages messages received
 * @param missing units that the exporter counted and that never came
 * @param gaps how often something was missing, whether or not it came later
 * @param reordered messages that came late into a gap
 * @param recovered units that these brought, which are missing no more
 * @param restarts how often the count began anew
 * @param unread units that are missing, or are in records that could not be read
 * @param isStuck whether the numbers stood still
 * @param isInterleaved whether several counts go on side by side: several devices look like one
 * @param isUsable whether the numbers follow any count; if not, nothing is said to be missing
 * @param isShared whether it has no count of its own, but shares that of its port with others
 * @param lastNanos when the last message was received
 */
public record SequenceReport(
    StreamKey key,
    Counting counting,
    boolean isUnusual,
    long expected,
    long messages,
    long missing,
    long gaps,
    long reordered,
    long recovered,
    long restarts,
    long unread,
    boolean isStuck,
    boolean isInterleaved,
    boolean isUsable,
    boolean isShared,
    long lastNanos) {}
