/**
 * The filter language: {@code src_ip in 10.0.0.0/8 and dst_port = 443}. Text becomes a {@link
 * io.penstock.filter.Filter}, which tells whether an event matches; the store turns the same tree
 * into SQL. The grammar is in docs/filter-language.md.
 */
@NullMarked
package io.penstock.filter;

import org.jspecify.annotations.NullMarked;
