/**
 * Reads what was captured: pcap and pcapng files, IPFIX files (RFC 5655) and bare messages,
 * compressed or not, as the payloads that an exporter sent. Puts fragments and TCP streams together
 * again, counts what it leaves out, and decodes no flow.
 */
@NullMarked
package io.penstock.capture;

import org.jspecify.annotations.NullMarked;
