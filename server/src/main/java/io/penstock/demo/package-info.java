/**
 * What {@code penstock demo} shows: a made-up company with its machines, the networks that they
 * talk to, what goes wrong there, and the exporters that tell of it. A seeded day of the past comes
 * as events, the present as datagrams and posts. The same seed makes the same flows, relative to
 * the time of the start. Knows no server and no HTTP.
 */
@NullMarked
package io.penstock.demo;

import org.jspecify.annotations.NullMarked;
