/**
 * The immutable things everyone talks about: events with their endpoints, traffic and enrichment,
 * in ECS terms, and their encodings. Knows no other package.
 */
@NullMarked
package io.penstock.event;

import org.jspecify.annotations.NullMarked;
