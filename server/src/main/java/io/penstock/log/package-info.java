/**
 * The durable, ordered log of event batches and its cursors: the only queue of the pipeline. Ingest
 * ends when a batch is durable here; store, sinks and tail read on from their own cursors.
 */
@NullMarked
package io.penstock.log;

import org.jspecify.annotations.NullMarked;
