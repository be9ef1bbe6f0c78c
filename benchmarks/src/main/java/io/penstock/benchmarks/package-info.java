/** JMH benchmarks and load scenarios. */
@NullMarked
package io.penstock.benchmarks;

import org.jspecify.annotations.NullMarked;
