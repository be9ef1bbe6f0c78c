/**
 * Real servers that events are shipped to, each with a main of its own: for tests, which start them
 * as processes, and for people who want to try. Nothing of it is part of the product.
 */
@NullMarked
package io.penstock.backends;

import org.jspecify.annotations.NullMarked;
