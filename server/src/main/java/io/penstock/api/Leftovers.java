package io.penstock.api;

/** What there still is of tenants that were removed. */
public interface Leftovers {

  /** Begins to delete it; does not wait for the end. */
  void clear();

  /** Whether there may still be something of a tenant of this id that was removed. */
  boolean has(String tenant);
}
