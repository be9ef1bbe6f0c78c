/**
 * What is known of each exporter: when it was heard, what became of its datagrams, which of them
 * never came, what was odd, and the last ones as they were received. One {@link
 * io.penstock.exporters.ExporterBook} for each decoder; bounded, whatever arrives.
 */
@NullMarked
package io.penstock.exporters;

import org.jspecify.annotations.NullMarked;
