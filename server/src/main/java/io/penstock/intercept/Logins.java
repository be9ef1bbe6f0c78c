package io.penstock.intercept;

import org.jspecify.annotations.Nullable;

/** Who may use the proxy. Called on event loops: answers from memory, in constant time. */
@FunctionalInterface
public interface Logins {

  /** Nobody is known. */
  Logins NOBODY = (_, _) -> null;

  /** Whose name and password these are, or null when they are nobody's. */
  @Nullable Login check(String user, String password);
}
