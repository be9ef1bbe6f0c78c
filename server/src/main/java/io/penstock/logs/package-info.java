/**
 * What the server says of itself: each line leaves the thread that wrote it through a bounded
 * queue, loses its secrets, and goes to the console, to a file and into a ring that is asked over
 * HTTP.
 */
@NullMarked
package io.penstock.logs;

import org.jspecify.annotations.NullMarked;
