/**
 * The control plane's nouns: whose data there is and which keys may touch it. For now one tenant,
 * {@code default}, and keys that come from the configuration.
 */
@NullMarked
package io.penstock.control;

import org.jspecify.annotations.NullMarked;
