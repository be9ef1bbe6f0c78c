package io.penstock.dial;

import java.io.IOException;
import java.io.InputStream;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Certificates and private keys in PEM form, and what the two sides of TLS make of them. What is
 * wrong with one is told in a line for the operator.
 */
public final class Pem {

  private static final char[] NO_PASSWORD = {};

  private Pem() {}

  /** The certificates of a text, in its order; at least one. */
  public static List<X509Certificate> certificates(InputStream text) throws CertificateException {
    var found = new ArrayList<X509Certificate>();
    for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(text)) {
      found.add((X509Certificate) certificate);
    }
    if (found.isEmpty()) {
      throw new CertificateException("there is no certificate in it");
    }
    return found;
  }

  /** The first private key of a text, which must be the one of a certificate. */
  public static PrivateKey key(String text, X509Certificate own) throws GeneralSecurityException {
    var key = PemKey.parse(text, own.getPublicKey());
    demandPair(key, own);
    return key;
  }

  /** Signs something: a key of another certificate would make every handshake fail. */
  private static void demandPair(PrivateKey key, X509Certificate own)
      throws GeneralSecurityException {
    var algorithm =
        switch (key.getAlgorithm()) {
          case "EC" -> "SHA256withECDSA";
          case "RSA" -> "SHA256withRSA";
          default -> key.getAlgorithm();
        };
    byte[] anything = own.getTBSCertificate();
    var signer = Signature.getInstance(algorithm);
    signer.initSign(key);
    signer.update(anything);
    byte[] signature = signer.sign();
    signer.initVerify(own.getPublicKey());
    signer.update(anything);
    if (!signer.verify(signature)) {
      throw new InvalidKeyException("the private key does not belong to the certificate");
    }
  }

  /** Shows a chain, our own certificate first. */
  public static KeyManager[] identity(List<X509Certificate> chain, PrivateKey key)
      throws GeneralSecurityException {
    var store = emptyStore();
    store.setKeyEntry("own", key, NO_PASSWORD, chain.toArray(X509Certificate[]::new));
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, NO_PASSWORD);
    return keys.getKeyManagers();
  }

  /** Trusts what these have issued, and nothing else. */
  public static TrustManager[] trust(List<X509Certificate> authorities)
      throws GeneralSecurityException {
    var store = emptyStore();
    for (var authority : authorities) {
      store.setCertificateEntry("authority-" + store.size(), authority);
    }
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  /** What this machine's Java trusts. */
  static List<X509Certificate> machineAuthorities() throws GeneralSecurityException {
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    var found = new ArrayList<X509Certificate>();
    for (var manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager trust) {
        found.addAll(List.of(trust.getAcceptedIssuers()));
      }
    }
    return found;
  }

  private static KeyStore emptyStore() throws GeneralSecurityException {
    var store = KeyStore.getInstance("PKCS12");
    try {
      store.load(null, null);
    } catch (IOException e) {
      throw new IllegalStateException("an empty key store is read from nothing", e);
    }
    return store;
  }
}
