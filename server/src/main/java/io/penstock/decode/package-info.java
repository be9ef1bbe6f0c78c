/**
 * Turns what was received into events: wire messages and posted JSON records. The only package that
 * speaks both vocabularies.
 */
@NullMarked
package io.penstock.decode;

import org.jspecify.annotations.NullMarked;
