/**
 * What fields mean: the Information Elements of IANA, of the vendors and of NetFlow v9, from one
 * table, and those that an operator maps. The decoder does without it; whoever names values asks
 * it.
 */
@NullMarked
package io.penstock.registry;

import org.jspecify.annotations.NullMarked;
