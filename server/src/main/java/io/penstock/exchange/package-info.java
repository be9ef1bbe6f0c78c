/**
 * One request of a program and what became of it, as the interceptor saw it: the nouns that
 * listeners, stubs, profiles and the journal talk about.
 */
@NullMarked
package io.penstock.exchange;

import org.jspecify.annotations.NullMarked;
