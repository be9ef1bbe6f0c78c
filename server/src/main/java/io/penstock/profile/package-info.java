/**
 * What products send home: one data file for each, with hosts and paths, the answer that its
 * clients expect, what each field means and who says so; the decoders of what they send; and the
 * explanation of one exchange, which joins the two.
 */
@NullMarked
package io.penstock.profile;

import org.jspecify.annotations.NullMarked;
