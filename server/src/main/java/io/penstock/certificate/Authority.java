package io.penstock.certificate;

import io.penstock.policy.HostPattern;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who issues the certificates that stand in for those of other hosts: this installation's own root,
 * or an intermediate that the operator gave. Nobody trusts it unless told to. Immutable; the key
 * never leaves the package, nor is it printed.
 */
public final class Authority {

  private static final Logger LOG = LoggerFactory.getLogger(Authority.class);

  private final Issuer issuer;
  private final List<X509Certificate> chain;
  private final Path place;
  private final Constraints constraints;
  private final @Nullable X509Certificate previous;
  private final @Nullable X509Certificate next;

  /**
   * @param chain the issuing certificate first, what clients trust last
   * @param place where its key is
   * @param previous whose certificates clients may meet until every server has the new one
   * @param next whose certificates they will meet after the next rotation
   */
  private Authority(
      Issuer issuer,
      List<X509Certificate> chain,
      Path place,
      @Nullable X509Certificate previous,
      @Nullable X509Certificate next) {
    this.issuer = issuer;
    this.chain = List.copyOf(chain);
    this.place = place;
    this.constraints = Constraints.of(chain);
    this.previous = previous;
    this.next = next;
  }

  /**
   * The authority that is configured, made when there is none yet.
   *
   * @throws CaException when there is none to work with
   */
  public static Authority open(CaConfig config, InstantSource clock) {
    var authority = config.given() == null ? own(config, clock) : given(config.given());
    authority
        .problem(clock.instant())
        .ifPresent(
            problem -> {
              throw new CaException(problem);
            });
    return authority;
  }

  /**
   * The authority that is there, valid or not; empty when there is none yet.
   *
   * @throws CaException when it cannot be read
   */
  public static Optional<Authority> find(CaConfig config) {
    if (config.given() != null) {
      return Optional.of(given(config.given()));
    }
    var folder = new CaFolder(config.folder(), config.password());
    return folder.read().map(root -> of(root, folder));
  }

  /**
   * Makes the root that the next rotation takes, so that clients can be told to trust it before
   * they meet it; the one that was made already, if there is one.
   *
   * @throws CaException when the authority is not ours to renew, or the folder cannot be written
   */
  public static Authority prepare(CaConfig config, InstantSource clock) {
    var folder = ours(config);
    var current = folder.read();
    if (current.isEmpty()) {
      throw new CaException("there is no authority yet in " + config.folder());
    }
    var _ = folder.prepare(() -> Issuer.root(clock.instant(), config.life(), config.permitted()));
    return of(current.get(), folder);
  }

  /**
   * Makes another root, or takes the one that was prepared, and keeps the certificate of the one
   * before. Servers that run take it up by themselves ({@link AuthorityWatch}).
   *
   * @throws CaException when the authority is not ours to renew, or the folder cannot be written
   */
  public static Authority rotate(CaConfig config, InstantSource clock) {
    var folder = ours(config);
    var root =
        folder.replace(() -> Issuer.root(clock.instant(), config.life(), config.permitted()));
    return of(root, folder);
  }

  /** The files that it is read from, there or not. */
  static List<Path> files(CaConfig config) {
    var given = config.given();
    return given == null
        ? new CaFolder(config.folder(), config.password()).files()
        : List.of(given.chain(), given.key());
  }

  /** Forgets the root before this one; false when there is none. */
  public static boolean forgetPrevious(CaConfig config) {
    return ours(config).forgetPrevious();
  }

  private static CaFolder ours(CaConfig config) {
    if (config.given() != null) {
      throw new CaException("the authority is given (CA_CHAIN_FILE): renew it where it comes from");
    }
    return new CaFolder(config.folder(), config.password());
  }

  private static Authority own(CaConfig config, InstantSource clock) {
    var folder = new CaFolder(config.folder(), config.password());
    var root =
        folder.readOrMake(
            () -> {
              LOG.atInfo().addKeyValue("folder", config.folder()).log("making an authority");
              return Issuer.root(clock.instant(), config.life(), config.permitted());
            });
    var authority = of(root, folder);
    authority.warnOfOther(config.permitted());
    return authority;
  }

  private static Authority of(Issuer.Root root, CaFolder folder) {
    var issuer = new Issuer(root.certificate(), root.key());
    var previous =
        folder.previous().filter(before -> !before.equals(root.certificate())).orElse(null);
    var next =
        folder
            .next()
            .map(Issuer.Root::certificate)
            .filter(prepared -> !prepared.equals(root.certificate()))
            .orElse(null);
    return new Authority(issuer, List.of(root.certificate()), folder.keyFile(), previous, next);
  }

  private static Authority given(CaConfig.Given files) {
    var given = GivenAuthority.read(files);
    demandChain(given.chain(), files.chain());
    var issuer = new Issuer(given.chain().getFirst(), given.key());
    return new Authority(issuer, given.chain(), files.key(), null, null);
  }

  private static void demandChain(List<X509Certificate> chain, Path file) {
    for (int i = 0; i + 1 < chain.size(); i++) {
      try {
        chain.get(i).verify(chain.get(i + 1).getPublicKey());
      } catch (GeneralSecurityException e) {
        throw new CaException(
            "in %s certificate %d is not issued by certificate %d: the issuing one comes first, the root last"
                .formatted(file, i + 1, i + 2),
            e);
      }
    }
  }

  /** The constraints are part of the certificate: other ones need another certificate. */
  private void warnOfOther(List<HostPattern> wanted) {
    var now = Constraints.shown(wanted);
    if (!Set.copyOf(now).equals(Set.copyOf(constraints.shown()))) {
      LOG.atWarn()
          .addKeyValue("certificate", constraints.shown())
          .addKeyValue("configured", now)
          .log("the authority's constraints are not those configured, rotate it to change them");
    }
  }

  /** What keeps it from issuing at this time, in a line for the operator; empty if nothing does. */
  public Optional<String> problem(Instant now) {
    for (var certificate : chain) {
      var name = certificate.getSubjectX500Principal().getName();
      if (now.isAfter(certificate.getNotAfter().toInstant())) {
        return Optional.of(
            "the authority %s ended on %s: make another (penstock ca rotate)"
                .formatted(name, certificate.getNotAfter().toInstant()));
      }
      if (now.isBefore(certificate.getNotBefore().toInstant())) {
        return Optional.of(
            "the authority %s begins on %s: is the clock wrong?"
                .formatted(name, certificate.getNotBefore().toInstant()));
      }
    }
    return Optional.empty();
  }

  /** What clients are to trust. */
  public X509Certificate root() {
    return chain.getLast();
  }

  /** The root that this one replaced, as long as it is not forgotten. */
  public Optional<X509Certificate> previous() {
    return Optional.ofNullable(previous);
  }

  /** The root that the next rotation takes, once it is prepared. */
  public Optional<X509Certificate> next() {
    return Optional.ofNullable(next);
  }

  public String subject() {
    return root().getSubjectX500Principal().getName();
  }

  /** The root as text (RFC 7468). */
  public String pem() {
    return PemText.of(root());
  }

  /** The root as octets. */
  public byte[] der() {
    return PemText.der(root());
  }

  /** SHA-256 of the root, in upper case with colons. */
  public String fingerprint() {
    return PemText.fingerprint(root());
  }

  public Instant notBefore() {
    return root().getNotBefore().toInstant();
  }

  public Instant notAfter() {
    return root().getNotAfter().toInstant();
  }

  /**
   * What its certificates permit and exclude, a line each; empty when they are good for all hosts.
   */
  public List<String> constraints() {
    return constraints.shown();
  }

  /** Where its key is. */
  public Path place() {
    return place;
  }

  /**
   * Whether clients accept what it issues for a host.
   *
   * @param host as {@link io.penstock.exchange.HostName} writes it
   */
  public boolean permits(String host) {
    return HostNames.of(host).map(constraints::permit).orElse(false);
  }

  Issuer issuer() {
    return issuer;
  }

  List<X509Certificate> chain() {
    return chain;
  }

  /** What a server sends behind a leaf: the chain without the root, which clients have. */
  List<X509Certificate> intermediates() {
    var last = chain.getLast();
    boolean endsInRoot = last.getSubjectX500Principal().equals(last.getIssuerX500Principal());
    return endsInRoot ? chain.subList(0, chain.size() - 1) : chain;
  }

  @Override
  public String toString() {
    return subject();
  }
}
