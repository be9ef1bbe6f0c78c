/**
 * What happened lately and since the start, for each tenant, for the numbers that a dashboard
 * shows. A leaf that anyone may use.
 */
@NullMarked
package io.penstock.metrics;

import org.jspecify.annotations.NullMarked;
