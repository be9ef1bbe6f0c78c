/**
 * The way on: connections to the servers that clients meant, made directly or through other
 * proxies, kept and shared, or refused altogether when everything is sealed. Names become addresses
 * in {@code dial} alone, and what is connected to is what was checked there.
 */
@NullMarked
package io.penstock.upstream;

import org.jspecify.annotations.NullMarked;
