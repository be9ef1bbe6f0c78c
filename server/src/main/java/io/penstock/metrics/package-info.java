/**
 * What happened in the last hour, second by second, for the numbers that a dashboard shows. A leaf
 * that anyone may use.
 */
@NullMarked
package io.penstock.metrics;

import org.jspecify.annotations.NullMarked;
