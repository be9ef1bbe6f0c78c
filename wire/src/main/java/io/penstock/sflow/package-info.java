/**
 * Decodes sFlow version 5: datagrams, samples and the structures in them, by the names that
 * sflow.org gives them. Knows nothing of what the values mean to others.
 */
@NullMarked
package io.penstock.sflow;

import org.jspecify.annotations.NullMarked;
