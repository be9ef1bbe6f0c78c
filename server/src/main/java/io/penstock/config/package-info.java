/**
 * What an operator sets: the table of all settings, the file and the environment variables that set
 * them, with older names and mistakes, and what is in force in the end. A leaf.
 */
@NullMarked
package io.penstock.config;

import org.jspecify.annotations.NullMarked;
