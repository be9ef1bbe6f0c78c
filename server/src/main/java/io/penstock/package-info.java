/** The product's entry: the command line and the composition root. */
@NullMarked
package io.penstock;

import org.jspecify.annotations.NullMarked;
