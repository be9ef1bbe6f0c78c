/**
 * Small JSON texts (RFC 8259), as maps, lists and plain values: answers, configuration, columns of
 * the database. Events have encoders and readers of their own, which allocate nothing per value.
 */
@NullMarked
package io.penstock.json;

import org.jspecify.annotations.NullMarked;
