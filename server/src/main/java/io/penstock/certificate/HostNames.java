package io.penstock.certificate;

import io.penstock.exchange.HostName;
import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x509.GeneralName;

/** Hosts as certificates name them (RFC 5280 §4.2.1.6): a DNS name, or the octets of an address. */
final class HostNames {

  private static final Pattern IPV4 =
      Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)");

  private HostNames() {}

  /**
   * The name of a host; empty for what no client connects to.
   *
   * @param host as {@link HostName} writes it
   */
  static Optional<GeneralName> of(String host) {
    if (!HostName.of(host).map(host::equals).orElse(false)) {
      return Optional.empty();
    }
    if (host.indexOf(':') >= 0 || IPV4.matcher(host).matches()) {
      return address(host).map(ip -> named(ip.getAddress()));
    }
    // 127.1 is an address to some resolvers and a name to others: to us it is nothing.
    return endsInNumber(host)
        ? Optional.empty()
        : Optional.of(new GeneralName(GeneralName.dNSName, host));
  }

  private static boolean endsInNumber(String host) {
    return host.substring(host.lastIndexOf('.') + 1).chars().allMatch(c -> c >= '0' && c <= '9');
  }

  static GeneralName named(byte[] address) {
    return new GeneralName(GeneralName.iPAddress, new DEROctetString(address));
  }

  private static Optional<InetAddress> address(String host) {
    try {
      return Optional.of(InetAddress.ofLiteral(host));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }
}
