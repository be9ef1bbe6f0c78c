/**
 * What was ever sent: every field per product and version with its types, how many values it has,
 * when it was seen; what differs between two versions or days; and what is worth an alert. Learns
 * from explained exchanges, keeps no values but redacted examples, and is bounded.
 */
@NullMarked
package io.penstock.inventory;

import org.jspecify.annotations.NullMarked;
