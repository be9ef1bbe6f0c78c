/**
 * The HTTP resources: what each route of {@link io.penstock.http} means. Reads requests, asks the
 * other packages, and answers in the words of the API's contract.
 */
@NullMarked
package io.penstock.api;

import org.jspecify.annotations.NullMarked;
