/**
 * The small HTTP shell: a listener, a table of routes, who may call them, limits on what is read,
 * and the headers and error bodies that every answer has in common. Knows no domain: what a route
 * does is a {@link io.penstock.http.Handler} that somebody else brings.
 */
@NullMarked
package io.penstock.http;

import org.jspecify.annotations.NullMarked;
