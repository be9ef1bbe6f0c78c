package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.penstock.config.Environment;
import io.penstock.dial.Authority;
import io.penstock.dial.DialPolicy;
import io.penstock.dial.Dialer;
import io.penstock.dial.Resolver;
import io.penstock.dial.Tls;
import io.penstock.dial.TlsContext;
import io.penstock.inventory.Alert;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import jakarta.mail.internet.MimeMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Mails over real conversations with a mail server of this machine. */
class AlertMailsTest {

  private static final AlertMails.Pace AT_ONCE =
      new AlertMails.Pace(Duration.ZERO, Duration.ofMillis(5));

  private final GreenMail server =
      new GreenMail(
          new ServerSetup[] {on(ServerSetup.PROTOCOL_SMTP), on(ServerSetup.PROTOCOL_SMTPS)});
  private final PrometheusRegistry registry = new PrometheusRegistry();

  private static ServerSetup on(String protocol) {
    var setup = new ServerSetup(0, "127.0.0.1", protocol);
    setup.setServerStartupTimeout(20_000);
    return setup;
  }

  AlertMailsTest() {
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  private static Alert alert(Alert.Kind kind, String detail) {
    var at = Instant.parse("2026-11-22T12:00:00Z");
    return new Alert(kind, at, "default", "cribl", "4.16.1", "cdn.cribl.io", detail);
  }

  private String smtp(String login) {
    return "smtp://" + login + "127.0.0.1:" + server.getSmtp().getPort();
  }

  private AlertMails mails(String url, AlertMails.Pace pace, IntPredicate ownPorts)
      throws Exception {
    return mails(config(url, "alerts@example.com"), pace, ownPorts);
  }

  private AlertMails mails(MailConfig config, AlertMails.Pace pace, IntPredicate ownPorts)
      throws Exception {
    // The server's certificate is its own.
    return mails(config, pace, ownPorts, TlsContext.of(new Tls(false, null, null, null)));
  }

  private AlertMails mails(
      MailConfig config, AlertMails.Pace pace, IntPredicate ownPorts, TlsContext tls) {
    var dialer = new Dialer(DialPolicy.DEFAULT, Resolver.SYSTEM, ownPorts, "penstock/test");
    var mails = new AlertMails(config, dialer, tls, pace, registry);
    mails.start();
    return mails;
  }

  private static MailConfig config(String url, String to) {
    return MailConfig.from(environment(url, to)).orElseThrow();
  }

  private static Environment environment(String url, String to) {
    return new Environment(
        Map.of(
            "ALERT_SMTP_URL", url,
            "ALERT_MAIL_TO", to,
            "ALERT_MAIL_FROM", "Penstock <penstock@example.com>"));
  }

  private MimeMessage mail() {
    assertThat(server.waitForIncomingEmail(20_000, 1)).isTrue();
    return server.getReceivedMessages()[0];
  }

  private double counted(String name) {
    return registry.scrape(name::equals).stream()
        .flatMap(snapshot -> ((CounterSnapshot) snapshot).getDataPoints().stream())
        .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
        .sum();
  }

  private double alerts(String outcome) {
    return registry.scrape("intercept_alert_mail_alerts"::equals).stream()
        .flatMap(snapshot -> ((CounterSnapshot) snapshot).getDataPoints().stream())
        .filter(point -> outcome.equals(point.getLabels().get("outcome")))
        .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
        .sum();
  }

  @Test
  void anAlertIsMailedToEverybodyNamed() throws Exception {
    var config = config(smtp(""), "alerts@example.com, Second <second@example.com>");
    try (var mails = mails(config, AT_ONCE, _ -> false)) {
      mails.accept(alert(Alert.Kind.NEW_HOST, "was asked for the first time"));

      var mail = mail();
      assertThat(mail.getSubject()).isEqualTo("Penstock: new host");
      assertThat(mail.getFrom()[0]).hasToString("Penstock <penstock@example.com>");
      assertThat(mail.getAllRecipients()).hasSize(2);
      assertThat(mail.getHeader("Auto-Submitted")).containsExactly("auto-generated");
      assertThat(mail.getContent().toString())
          .startsWith(
              "2026-11-22T12:00:00Z  new host: cribl was asked for the first time (tenant"
                  + " default)");
      await().untilAsserted(() -> assertThat(alerts("delivered")).isEqualTo(1));
    }
  }

  @Test
  void alertsOfAWhileAreOneMail() throws Exception {
    var pace = new AlertMails.Pace(Duration.ofMillis(300), Duration.ofMillis(5));
    try (var mails = mails(smtp(""), pace, _ -> false)) {
      mails.accept(alert(Alert.Kind.NEW_HOST, "first"));
      mail();
      for (int i = 0; i < 150; i++) {
        mails.accept(alert(Alert.Kind.NEW_FIELD, "field " + i));
      }

      await().untilAsserted(() -> assertThat(alerts("delivered")).isEqualTo(151));
      assertThat(server.getReceivedMessages())
          .extracting(MimeMessage::getSubject)
          .contains("Penstock: 100 alerts: new field")
          .hasSizeLessThanOrEqualTo(4);
    }
  }

  @Test
  void whatAStrangerSentBeginsNoLineAndNoHeader() throws Exception {
    try (var mails = mails(smtp(""), AT_ONCE, _ -> false)) {
      var hostile =
          "a\r\nBcc: evil@example.com\r\n.\r\nMAIL FROM:<x@y>\u2028z\u0000" + "x".repeat(999);
      mails.accept(alert(Alert.Kind.NEW_FIELD, hostile));

      var mail = mail();
      assertThat(mail.getHeader("Bcc")).isNull();
      assertThat(mail.getAllRecipients()).hasSize(1);
      assertThat(mail.getContent().toString().lines().filter(line -> !line.isEmpty()))
          .hasSize(2)
          .first()
          .asString()
          .contains("a  Bcc: evil@example.com  .  MAIL FROM:<x@y> z x")
          .hasSizeLessThan(600);
    }
  }

  @Test
  void aPasswordIsShownOverTls() throws Exception {
    server.setUser("postman", "p@ss:word+1");
    var url = "smtps://postman:p%40ss%3Aword+1@127.0.0.1:" + server.getSmtps().getPort();
    try (var mails = mails(url, AT_ONCE, _ -> false)) {
      mails.accept(alert(Alert.Kind.SILENCE, "says nothing any more"));

      assertThat(mail().getSubject()).isEqualTo("Penstock: silence");
    }
  }

  @Test
  void aPasswordIsNeverShownInClear() throws Exception {
    server.setUser("postman", "secret");
    try (var mails = mails(smtp("postman:secret@"), AT_ONCE, _ -> false)) {
      mails.accept(alert(Alert.Kind.SILENCE, "says nothing any more"));

      await().untilAsserted(() -> assertThat(alerts("lost")).isEqualTo(1));
      assertThat(counted("intercept_alert_mail_retries")).isEqualTo(5);
      assertThat(server.getReceivedMessages()).isEmpty();
    }
  }

  @Test
  void aPasswordIsShownOnceStartTlsHasProvedTheServersName() throws Exception {
    server.setUser("postman", "secret");
    var authority = new Authority("of the mail server");
    try (var gate = new StartTlsGate(authority.issue("localhost"), server.getSmtp().getPort());
        var mails = mails(through(gate, "postman:secret@"), authority)) {
      mails.accept(alert(Alert.Kind.SILENCE, "says nothing any more"));

      assertThat(mail().getSubject()).isEqualTo("Penstock: silence");
      assertThat(gate.clear()).hasSize(2).last().isEqualTo("STARTTLS");
      assertThat(gate.clear().getFirst()).matches("EHLO \\[.*]");
      assertThat(gate.handshakes()).isOne();
    }
  }

  /** Neither to who is not trusted nor to who is trusted under another name, password or not. */
  @ParameterizedTest
  @CsvSource({
    "elsewhere.example, trusted, postman:secret@",
    "localhost, unknown, postman:secret@",
    "localhost, unknown, ''"
  })
  void nothingIsToldToWhoeverCannotProveTheServersName(String name, String issuer, String login)
      throws Exception {
    var trusted = new Authority("trusted");
    var by = issuer.equals("trusted") ? trusted : new Authority(issuer);
    try (var gate = new StartTlsGate(by.issue(name), server.getSmtp().getPort());
        var mails = mails(through(gate, login), trusted)) {
      mails.accept(alert(Alert.Kind.SILENCE, "says nothing any more"));

      await().untilAsserted(() -> assertThat(alerts("lost")).isEqualTo(1));
      assertThat(gate.clear()).hasSize(12).allMatch(line -> line.matches("EHLO .*|STARTTLS"));
      assertThat(gate.handshakes()).isZero();
      assertThat(server.getReceivedMessages()).isEmpty();
    }
  }

  private static MailConfig through(StartTlsGate gate, String login) {
    return config("smtp://" + login + "localhost:" + gate.port(), "alerts@example.com");
  }

  private AlertMails mails(MailConfig config, Authority trusted) throws Exception {
    var tls = TlsContext.of(new Tls(true, trusted.certificatePem(), null, null));
    return mails(config, AT_ONCE, _ -> false, tls);
  }

  @Test
  void theDialerHasTheLastWordOnWhereMailGoes() throws Exception {
    int port = server.getSmtp().getPort();
    try (var mails = mails(smtp(""), AT_ONCE, own -> own == port)) {
      mails.accept(alert(Alert.Kind.NEW_HOST, "first"));

      await().untilAsserted(() -> assertThat(alerts("lost")).isEqualTo(1));
      assertThat(server.getReceivedMessages()).isEmpty();
    }
  }

  @Test
  void whatIsNoMailServerOrAddressIsTold() {
    for (var wrong :
        List.of(
            Map.of("ALERT_SMTP_URL", "http://host"),
            Map.of("ALERT_SMTP_URL", "smtp://"),
            Map.of("ALERT_MAIL_TO", "nobody"),
            Map.of("ALERT_MAIL_TO", ""),
            Map.of("ALERT_MAIL_FROM", "a@b.example\r\nBcc: c@d.example"))) {
      var variables =
          new HashMap<>(
              Map.of("ALERT_SMTP_URL", "smtp://host", "ALERT_MAIL_TO", "alerts@example.com"));
      variables.putAll(wrong);
      var env = new Environment(variables);

      var _ = MailConfig.from(env);

      assertThat(env.problems()).as(wrong.toString()).isNotEmpty();
    }
  }

  @Test
  void aServerHasItsUsualPortAndKeepsItsPassword() {
    var plain = config("smtp://mail.example.com", "a@example.com");
    var tls = config("smtps://u:p%25@mail.example.com", "a@example.com");

    assertThat(plain.port()).isEqualTo(587);
    assertThat(plain.user()).isNull();
    assertThat(tls.port()).isEqualTo(465);
    assertThat(tls.password().value()).isEqualTo("p%");
    assertThat(tls.toString()).doesNotContain("p%");
  }
}
