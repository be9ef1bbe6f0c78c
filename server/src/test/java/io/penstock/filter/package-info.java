/** Tests of the filter language. */
@NullMarked
package io.penstock.filter;

import org.jspecify.annotations.NullMarked;
