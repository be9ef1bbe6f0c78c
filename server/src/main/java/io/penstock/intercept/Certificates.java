package io.penstock.intercept;

import io.penstock.certificate.Leaf;
import io.penstock.exchange.HostName;
import java.util.concurrent.CompletableFuture;

/** Where the certificates of hosts come from. Never blocks. */
@FunctionalInterface
public interface Certificates {

  /**
   * The certificate of a host; fails when there can be none.
   *
   * @param host as {@link HostName} writes it
   */
  CompletableFuture<Leaf> leaf(String host);
}
