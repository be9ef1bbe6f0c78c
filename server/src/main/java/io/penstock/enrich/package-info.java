/**
 * What we know of an event beyond what was sent: geography and autonomous system of both ends,
 * threat intelligence, direction and risk. Every table is an immutable snapshot in memory that is
 * replaced as a whole when its file changes; looking an address up allocates nothing.
 */
@NullMarked
package io.penstock.enrich;

import org.jspecify.annotations.NullMarked;
