/**
 * The command line's offline work: {@code decode} recorded traffic to JSON, {@code replay} it to a
 * collector, {@code generate} traffic that never was. Needs no server; what can go wrong ends in
 * one line that says what to change, and an exit code.
 */
@NullMarked
package io.penstock.command;

import org.jspecify.annotations.NullMarked;
