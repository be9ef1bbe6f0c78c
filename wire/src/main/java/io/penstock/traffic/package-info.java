/**
 * Makes traffic up: writers of NetFlow, IPFIX and sFlow datagrams, and the exporters that the
 * generator, the benchmarks and the tests let write them. What is written is what {@code wire} and
 * {@code sflow} read.
 */
@NullMarked
package io.penstock.traffic;

import org.jspecify.annotations.NullMarked;
