package io.penstock.capture;

/**
 * One captured packet with its link-layer header.
 *
 * @param timeNanos when it was captured, nanoseconds since 1970 UTC
 * @param linkType how the packet begins: a LINKTYPE number of tcpdump.org's registry
 * @param bytes what was captured
 * @param originalLength octets on the wire, of which the capture may hold fewer
 */
record Frame(long timeNanos, int linkType, byte[] bytes, long originalLength) {}
