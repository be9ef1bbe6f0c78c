package io.penstock.forward;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of a destination that are used, of all that its name has.
 *
 * @param first what is sent to under an address of our own; null when there is none at all
 * @param v4 what IPv4 exporters' datagrams are sent to under their address
 * @param v6 the same of IPv6
 */
record Addresses(
    @Nullable InetAddress first, @Nullable Inet4Address v4, @Nullable Inet6Address v6) {

  static final Addresses NONE = new Addresses(null, null, null);

  /**
   * Of the addresses that a name has now, those in use before where they are still among them: a
   * name whose answers rotate is no reason to go elsewhere each minute.
   */
  static Addresses of(List<InetAddress> found, Addresses before) {
    return new Addresses(
        choose(InetAddress.class, found, before.first),
        choose(Inet4Address.class, found, before.v4),
        choose(Inet6Address.class, found, before.v6));
  }

  private static <A extends InetAddress> @Nullable A choose(
      Class<A> family, List<InetAddress> found, @Nullable A before) {
    if (before != null && found.contains(before)) {
      return before;
    }
    return found.stream().filter(family::isInstance).map(family::cast).findFirst().orElse(null);
  }
}
