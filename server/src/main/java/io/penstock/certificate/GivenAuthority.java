package io.penstock.certificate;

import io.penstock.dial.Pem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/** An operator's own authority: the chain, the issuing certificate first, and its key. */
record GivenAuthority(List<X509Certificate> chain, PrivateKey key) {

  static GivenAuthority read(CaConfig.Given files) {
    CaFolder.demandPrivate(files.key());
    List<X509Certificate> chain;
    try {
      chain = Pem.certificates(new ByteArrayInputStream(CaFolder.octets(files.chain())));
    } catch (IOException | GeneralSecurityException e) {
      throw new CaException("cannot read " + files.chain() + ": " + reason(e), e);
    }
    try {
      var text = new String(CaFolder.octets(files.key()), StandardCharsets.ISO_8859_1);
      return new GivenAuthority(chain, Pem.key(text, chain.getFirst()));
    } catch (IOException
        | GeneralSecurityException
        | IllegalArgumentException
        | IndexOutOfBoundsException e) {
      throw new CaException("cannot read " + files.key() + ": " + reason(e), e);
    }
  }

  private static String reason(Exception e) {
    return e instanceof NoSuchFileException
        ? "there is no such file"
        : String.valueOf(e.getMessage());
  }

  @Override
  public String toString() {
    return chain.getFirst().getSubjectX500Principal().getName();
  }
}
