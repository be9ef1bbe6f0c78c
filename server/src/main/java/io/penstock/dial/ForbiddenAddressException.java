package io.penstock.dial;

import java.net.UnknownHostException;

/**
 * A host whose addresses this server may not connect to. To whoever asked for it the host has no
 * address.
 */
public final class ForbiddenAddressException extends UnknownHostException {

  private static final long serialVersionUID = 1;

  ForbiddenAddressException(String host, String address, String why) {
    super(
        host.equals(address)
            ? "%s may not be connected to: %s".formatted(host, why)
            : "%s is %s, which may not be connected to: %s".formatted(host, address, why));
  }
}
