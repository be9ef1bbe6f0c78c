/**
 * The path of an event on one page: decoded, enriched, durable. Ingest ends when a batch is in the
 * log; everything behind the log reads it from there.
 */
@NullMarked
package io.penstock.pipeline;

import org.jspecify.annotations.NullMarked;
