/**
 * Bytes to protocol messages: NetFlow and IPFIX decoding, template state and the Information
 * Element registry. Knows the JDK and nothing else.
 */
@NullMarked
package io.penstock.wire;

import org.jspecify.annotations.NullMarked;
