/**
 * The control plane's nouns and their tables: whose data there is, which keys may touch it, who may
 * send, and what operators did. Kept in SQLite or PostgreSQL; whoever handles events or requests
 * reads immutable snapshots of it.
 */
@NullMarked
package io.penstock.control;

import org.jspecify.annotations.NullMarked;
