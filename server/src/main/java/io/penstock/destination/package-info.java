/** The sinks, one class per protocol, and their tests of what the other side says. */
@NullMarked
package io.penstock.destination;

import org.jspecify.annotations.NullMarked;
