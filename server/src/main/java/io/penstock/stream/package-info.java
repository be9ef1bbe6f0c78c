/**
 * Takes IPFIX messages off TCP connections, plain or with TLS (RFC 7011 §10.4). A connection is a
 * transport session: a virtual thread reads it and hands each chunk to the worker that decodes the
 * datagrams of the same address, so that a device's options and templates are found by whatever way
 * they came. The thread reads on when its chunk is decoded; an exporter that is faster is told to
 * wait by TCP, and nothing that was read is dropped.
 */
@NullMarked
package io.penstock.stream;

import org.jspecify.annotations.NullMarked;
