package io.penstock.certificate;

import io.penstock.policy.HostPattern;
import io.penstock.policy.HostPattern.Kind;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraintValidatorException;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.PKIXNameConstraintValidator;

/**
 * For which hosts an authority is good (RFC 5280 §4.2.1.10), as its certificates say it: what is
 * issued beyond them no client accepts. Immutable.
 */
final class Constraints {

  private static final int IPV4_OCTETS = 4;
  private static final int IPV6_OCTETS = 16;

  private final PKIXNameConstraintValidator validator;
  private final List<String> shown;

  private Constraints(PKIXNameConstraintValidator validator, List<String> shown) {
    this.validator = validator;
    this.shown = List.copyOf(shown);
  }

  /** Those of a chain together. */
  static Constraints of(List<X509Certificate> chain) {
    var validator = new PKIXNameConstraintValidator();
    var shown = new ArrayList<String>();
    for (var certificate : chain) {
      read(certificate).ifPresent(found -> add(found, validator, shown));
    }
    return new Constraints(validator, shown);
  }

  private static Optional<NameConstraints> read(X509Certificate certificate) {
    byte[] value = certificate.getExtensionValue(Extension.nameConstraints.getId());
    return Optional.ofNullable(value)
        .map(
            octets -> NameConstraints.getInstance(ASN1OctetString.getInstance(octets).getOctets()));
  }

  private static void add(
      NameConstraints found, PKIXNameConstraintValidator validator, List<String> shown) {
    var permitted = found.getPermittedSubtrees();
    if (permitted != null && permitted.length > 0) {
      validator.intersectPermittedSubtree(permitted);
      Arrays.stream(permitted).map(Constraints::text).forEach(shown::add);
    }
    var excluded = found.getExcludedSubtrees();
    if (excluded != null) {
      for (var subtree : excluded) {
        validator.addExcludedSubtree(subtree);
        shown.add("not " + text(subtree));
      }
    }
  }

  private static String text(GeneralSubtree subtree) {
    return switch (subtree.getBase().getTagNo()) {
      case GeneralName.iPAddress -> ranges(subtree);
      default -> subtree.getBase().getName().toString();
    };
  }

  private static String ranges(GeneralSubtree subtree) {
    byte[] range = ASN1OctetString.getInstance(subtree.getBase().getName()).getOctets();
    int half = range.length / 2;
    int bits = 0;
    for (int i = half; i < range.length; i++) {
      bits += Integer.bitCount(range[i] & 0xff);
    }
    try {
      var address = InetAddress.getByAddress(Arrays.copyOf(range, half));
      return address.getHostAddress() + "/" + bits;
    } catch (UnknownHostException _) {
      return "an address of " + half + " octets";
    }
  }

  /** Whether a certificate for this name is accepted. */
  boolean permit(GeneralName name) {
    try {
      validator.checkPermitted(name);
      validator.checkExcluded(name);
      return true;
    } catch (NameConstraintValidatorException _) {
      return false;
    }
  }

  /** A line for each constraint; empty when every host is permitted. */
  List<String> shown() {
    return shown;
  }

  /** The lines of {@link #shown()} that an authority made for these hosts has. */
  static List<String> shown(List<HostPattern> hosts) {
    var shown = new ArrayList<String>();
    permitting(hosts).ifPresent(made -> add(made, new PKIXNameConstraintValidator(), shown));
    return shown;
  }

  /**
   * The extension that permits these hosts alone; empty when that is every host. A DNS name permits
   * what is below it, too: RFC 5280 has no word for less. Without an address among the hosts all
   * addresses are excluded, because a constraint on names says nothing about addresses.
   */
  static Optional<NameConstraints> permitting(List<HostPattern> hosts) {
    if (hosts.isEmpty() || hosts.stream().anyMatch(host -> host.kind() == Kind.ANY)) {
      return Optional.empty();
    }
    var names = hosts.stream().flatMap(host -> HostNames.of(host.name()).stream()).distinct();
    var permitted = names.map(Constraints::subtree).toArray(GeneralSubtree[]::new);
    boolean hasAddress =
        Stream.of(permitted).anyMatch(tree -> tree.getBase().getTagNo() == GeneralName.iPAddress);
    var excluded =
        hasAddress ? null : new GeneralSubtree[] {everything(IPV4_OCTETS), everything(IPV6_OCTETS)};
    return Optional.of(new NameConstraints(permitted, excluded));
  }

  /** Of an address: the address itself, under a mask of ones. */
  private static GeneralSubtree subtree(GeneralName name) {
    if (name.getTagNo() != GeneralName.iPAddress) {
      return new GeneralSubtree(name);
    }
    byte[] address = ASN1OctetString.getInstance(name.getName()).getOctets();
    var range = Arrays.copyOf(address, 2 * address.length);
    Arrays.fill(range, address.length, range.length, (byte) 0xff);
    return new GeneralSubtree(HostNames.named(range));
  }

  private static GeneralSubtree everything(int octets) {
    return new GeneralSubtree(HostNames.named(new byte[2 * octets]));
  }
}
