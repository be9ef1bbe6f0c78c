package io.penstock;

import io.penstock.config.Environment;
import io.penstock.config.Secret;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where alerts are mailed.
 *
 * @param host the mail server
 * @param isTls whether it speaks TLS from the first octet (RFC 8314 §3.3); else STARTTLS is used
 *     where it is offered, and demanded before a password is shown
 * @param user null for a server that wants none
 */
record MailConfig(
    String host,
    int port,
    boolean isTls,
    @Nullable String user,
    Secret password,
    InternetAddress from,
    List<InternetAddress> to) {

  private static final int SUBMISSION_PORT = 587;
  private static final int SUBMISSIONS_PORT = 465;

  MailConfig {
    to = List.copyOf(to);
  }

  /** Nothing unless there is a server; what is wrong is in {@link Environment#problems}. */
  static Optional<MailConfig> from(Environment env) {
    var to = new ArrayList<InternetAddress>();
    for (var text : env.list("ALERT_MAIL_TO")) {
      address(env, "ALERT_MAIL_TO", text).ifPresent(to::add);
    }
    var from = env.text("ALERT_MAIL_FROM").flatMap(text -> address(env, "ALERT_MAIL_FROM", text));
    var server = env.text("ALERT_SMTP_URL");
    if (server.isEmpty()) {
      return Optional.empty();
    }
    if (to.isEmpty()) {
      env.problem("ALERT_MAIL_TO", "ALERT_SMTP_URL needs somebody to write to");
      return Optional.empty();
    }
    return server(env, server.get(), from.orElse(to.getFirst()), to);
  }

  private static Optional<MailConfig> server(
      Environment env, String text, InternetAddress from, List<InternetAddress> to) {
    try {
      var uri = new URI(text);
      boolean isTls = "smtps".equals(uri.getScheme());
      if ((isTls || "smtp".equals(uri.getScheme())) && uri.getHost() != null) {
        int usual = isTls ? SUBMISSIONS_PORT : SUBMISSION_PORT;
        var login = Optional.ofNullable(uri.getRawUserInfo());
        int colon = login.orElse("").indexOf(':');
        return Optional.of(
            new MailConfig(
                uri.getHost(),
                uri.getPort() < 0 ? usual : uri.getPort(),
                isTls,
                login.map(all -> decoded(colon < 0 ? all : all.substring(0, colon))).orElse(null),
                new Secret(colon < 0 ? "" : decoded(login.orElse("").substring(colon + 1))),
                from,
                to));
      }
    } catch (URISyntaxException | IllegalArgumentException _) {
      // Told below, as for an address of another kind.
    }
    env.problem("ALERT_SMTP_URL", "expected an address like smtp://user:password@host:587");
    return Optional.empty();
  }

  /** A plus is a plus in an address' user (RFC 3986 §3.2.1), unlike in a form. */
  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static Optional<InternetAddress> address(Environment env, String name, String text) {
    try {
      var address = new InternetAddress(text, true);
      address.validate();
      return Optional.of(address);
    } catch (AddressException e) {
      env.problem(name, "expected addresses like alerts@example.com");
      return Optional.empty();
    }
  }
}
