/**
 * Ranges of addresses: a prefix in CIDR notation, and the immutable table that leads from an
 * address to the innermost range around it. Networks of a feed, countries, sources and proxies are
 * all told this way.
 */
@NullMarked
package io.penstock.prefix;

import org.jspecify.annotations.NullMarked;
