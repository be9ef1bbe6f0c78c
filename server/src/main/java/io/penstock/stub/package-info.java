/**
 * Canned answers: which request gets which, with templates, scenarios and faults, and what was
 * asked of them.
 */
@NullMarked
package io.penstock.stub;

import org.jspecify.annotations.NullMarked;
