/**
 * The one way out: which addresses this server may connect to, how names become addresses, TLS, and
 * the HTTP client made of them. What a tenant configures as a destination is hostile until it has
 * passed here.
 */
@NullMarked
package io.penstock.dial;

import org.jspecify.annotations.NullMarked;
