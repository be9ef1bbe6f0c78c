/**
 * Sends datagrams on as they came, to other collectors, before they are decoded. Workers copy what
 * admission let in into a bounded queue of each destination that wants it and never wait; a thread
 * of each destination sends. Where its collectors are is for the operator alone to say, no tenant
 * can: so nothing here guards against addresses inside the network, which are what is meant.
 */
@NullMarked
package io.penstock.forward;

import org.jspecify.annotations.NullMarked;
