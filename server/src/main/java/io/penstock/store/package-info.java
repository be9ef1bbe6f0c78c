/**
 * The queryable store: reads the log in the background, keeps events as Parquet files per tenant
 * and day, and answers questions about them through DuckDB. A manifest says which files count and
 * how far in the log they reach, so every event is in exactly once.
 */
@NullMarked
package io.penstock.store;

import org.jspecify.annotations.NullMarked;
