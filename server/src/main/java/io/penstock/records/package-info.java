/**
 * Turns JSON records that clients post into events: flows, NetFlow as JSON and Zeek's connections,
 * one by one or in batches. A member that has no place in an event stays in it under its own name,
 * so nothing that was sent is dropped.
 */
@NullMarked
package io.penstock.records;

import org.jspecify.annotations.NullMarked;
