package io.penstock.wire;

/**
 * One NetFlow v9 or IPFIX message being read.
 *
 * @param session whose templates it uses
 * @param exporter who sent it
 * @param header its header
 * @param bytes the receive buffer
 * @param receivedMillis when it reached the decoder, milliseconds since 1970 UTC
 */
record Message(
    Session session, Exporter exporter, MessageHeader header, byte[] bytes, long receivedMillis) {}
