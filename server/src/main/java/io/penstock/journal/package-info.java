/**
 * Exchanges become events: what of them may be kept, how much, and in which form, and the queue
 * between the listeners, which never wait, and the log.
 */
@NullMarked
package io.penstock.journal;

import org.jspecify.annotations.NullMarked;
