/**
 * What is done with what is asked: hosts and paths against rules, decided before anything is looked
 * up or connected to.
 */
@NullMarked
package io.penstock.policy;

import org.jspecify.annotations.NullMarked;
