@NullMarked
package io.penstock.shape;

import org.jspecify.annotations.NullMarked;
