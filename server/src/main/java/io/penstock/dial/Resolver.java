package io.penstock.dial;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Finds the addresses of a name. */
@FunctionalInterface
public interface Resolver {

  /** What the machine knows and asks. */
  Resolver SYSTEM = InetAddress::getAllByName;

  /** At least one address. */
  InetAddress[] resolve(String name) throws UnknownHostException;
}
