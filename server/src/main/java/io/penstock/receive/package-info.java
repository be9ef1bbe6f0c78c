/**
 * Takes datagrams off the network: sockets that copy what the kernel holds into batches, stamped
 * with sender and time, and workers that hand them on, those of one exporter always in order.
 * Everything received is either handed on or counted by the reason it was not; what the kernel
 * itself threw away is read back from it.
 */
@NullMarked
package io.penstock.receive;

import org.jspecify.annotations.NullMarked;
