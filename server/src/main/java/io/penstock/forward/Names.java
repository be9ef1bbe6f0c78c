package io.penstock.forward;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** What knows the addresses of host names: the system's resolver, or a test's. */
interface Names {

  /** All addresses, the preferred one first; an address in text form stands for itself. */
  List<InetAddress> addresses(String host) throws UnknownHostException;

  /** The system's, which may take long. */
  static Names system() {
    return host -> List.of(InetAddress.getAllByName(host));
  }
}
