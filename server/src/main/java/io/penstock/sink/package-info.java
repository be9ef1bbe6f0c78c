/**
 * Ships the log: the contract of a sink, the one {@link io.penstock.sink.Shipper} that owns
 * batches, retries, pace and cursor of each, and the dead letters. Knows no protocol: those are in
 * {@code destination}.
 */
@NullMarked
package io.penstock.sink;

import org.jspecify.annotations.NullMarked;
