/** Reading configuration from the environment, with its aliases and its errors. A leaf. */
@NullMarked
package io.penstock.config;

import org.jspecify.annotations.NullMarked;
