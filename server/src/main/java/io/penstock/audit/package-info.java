/**
 * What became of each request: when it was received, whether it was valid, what was found out about
 * its events, where they are by now. Kept in memory, bounded per tenant and over all.
 */
@NullMarked
package io.penstock.audit;

import org.jspecify.annotations.NullMarked;
