/**
 * Bytes to protocol messages: NetFlow and IPFIX decoding, and the state of templates and sessions
 * that it takes. Knows the JDK and nothing else.
 */
@NullMarked
package io.penstock.wire;

import org.jspecify.annotations.NullMarked;
