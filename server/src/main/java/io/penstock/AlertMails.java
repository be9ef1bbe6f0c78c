package io.penstock;

import io.penstock.dial.Dialer;
import io.penstock.dial.TlsContext;
import io.penstock.inventory.Alert;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.URLName;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.eclipse.angus.mail.smtp.SMTPTransport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mails alerts, those of a while together: a product that begins to send much else would fill a
 * mailbox. What cannot be delivered is tried again for some minutes and then counted as lost; it
 * stays in the log and in the API. The connection is made by the {@link Dialer}, so that the mail
 * library looks nothing up and connects to nothing.
 */
final class AlertMails implements Consumer<Alert>, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(AlertMails.class);

  private static final int WAITING_MAX = 1_000;
  private static final int ALERTS_PER_MAIL_MAX = 100;
  private static final int LINE_LENGTH_MAX = 500;
  private static final int ATTEMPTS_MAX = 6;
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  /**
   * How fast.
   *
   * @param between two mails at least
   * @param retry pause before the second attempt; each later one waits twice as long
   */
  record Pace(Duration between, Duration retry) {
    static final Pace DEFAULT = new Pace(Duration.ofMinutes(1), Duration.ofSeconds(10));
  }

  private final MailConfig config;
  private final Dialer dialer;
  private final TlsContext tls;
  private final Pace pace;
  private final BlockingQueue<Alert> waiting = new ArrayBlockingQueue<>(WAITING_MAX);
  private final Counter outcomes;
  private final Counter retries;
  private final Thread thread;

  AlertMails(
      MailConfig config, Dialer dialer, TlsContext tls, Pace pace, PrometheusRegistry registry) {
    this.config = config;
    this.dialer = dialer;
    this.tls = tls;
    this.pace = pace;
    this.outcomes =
        Counter.builder()
            .name("intercept_alert_mail_alerts_total")
            .help("Alerts that were to be mailed, by what became of them.")
            .labelNames("outcome")
            .register(registry);
    this.retries =
        Counter.builder()
            .name("intercept_alert_mail_retries_total")
            .help("Mails of alerts that the server did not take, and that were sent again.")
            .register(registry);
    this.thread = Thread.ofVirtual().name("alert-mails").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Never waits. */
  @Override
  public void accept(Alert alert) {
    if (!waiting.offer(alert)) {
      outcomes.labelValues("lost").inc();
    }
  }

  private void run() {
    try {
      while (true) {
        var alerts = new ArrayList<Alert>();
        alerts.add(waiting.take());
        waiting.drainTo(alerts, ALERTS_PER_MAIL_MAX - 1);
        deliver(alerts);
        Thread.sleep(pace.between);
      }
    } catch (InterruptedException _) {
      // The end; what waits is in the log.
    }
  }

  private void deliver(List<Alert> alerts) throws InterruptedException {
    var wait = pace.retry;
    for (int attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      if (isTaken(alerts)) {
        outcomes.labelValues("delivered").inc(alerts.size());
        return;
      }
      if (attempt < ATTEMPTS_MAX) {
        retries.inc();
        Thread.sleep(wait);
        wait = wait.multipliedBy(2);
      }
    }
    outcomes.labelValues("lost").inc(alerts.size());
    LOG.atWarn().addKeyValue("alerts", alerts.size()).log("alerts could not be mailed");
  }

  private boolean isTaken(List<Alert> alerts) {
    try (var socket = connected()) {
      send(alerts, socket);
      return true;
    } catch (IOException | MessagingException e) {
      // Not the cause: a server's words may quote what it was sent.
      LOG.atDebug().addKeyValue("why", e.getClass().getName()).log("alerts not mailed");
      return false;
    }
  }

  private Socket connected() throws IOException {
    var socket =
        config.isTls()
            ? dialer.connect(config.host(), config.port(), tls, TIMEOUT)
            : dialer.connect(config.host(), config.port(), TIMEOUT);
    socket.setSoTimeout((int) TIMEOUT.toMillis());
    return socket;
  }

  private void send(List<Alert> alerts, Socket socket) throws MessagingException {
    var session = Session.getInstance(properties(socket));
    // An address and no name: the library has nothing to look up.
    var server =
        new URLName(
            "smtp",
            socket.getInetAddress().getHostAddress(),
            config.port(),
            null,
            config.user(),
            config.user() == null ? null : config.password().value());
    try (var transport = new SMTPTransport(session, server)) {
      transport.connect(socket);
      var message = message(session, alerts);
      transport.sendMessage(message, message.getAllRecipients());
    }
  }

  private Properties properties(Socket socket) {
    boolean hasLogin = config.user() != null;
    var properties = new Properties();
    // RFC 5321 §4.1.4: an address literal, where a name would have to be looked up.
    properties.put("mail.smtp.localhost", literal(socket));
    properties.put("mail.from", config.from().getAddress());
    properties.put("mail.smtp.auth", Boolean.toString(hasLogin));
    properties.put("mail.smtp.timeout", Long.toString(TIMEOUT.toMillis()));
    properties.put("mail.smtp.writetimeout", Long.toString(TIMEOUT.toMillis()));
    if (!config.isTls()) {
      properties.put("mail.smtp.starttls.enable", "true");
      // A password never goes over the network in clear.
      properties.put("mail.smtp.starttls.required", Boolean.toString(hasLogin));
      properties.put("mail.smtp.ssl.socketFactory", tls.factory(config.host(), TIMEOUT));
      // The factory does, and by the server's name, where the library knows its address only.
      properties.put("mail.smtp.ssl.checkserveridentity", "false");
    }
    return properties;
  }

  private static String literal(Socket socket) {
    var address = socket.getLocalAddress().getHostAddress();
    int zone = address.indexOf('%');
    var plain = zone < 0 ? address : address.substring(0, zone);
    return plain.indexOf(':') < 0 ? "[" + plain + "]" : "[IPv6:" + plain + "]";
  }

  /** Its headers have nothing in them that a program sent. */
  private MimeMessage message(Session session, List<Alert> alerts) throws MessagingException {
    var message = new MimeMessage(session);
    message.setFrom(config.from());
    message.setRecipients(Message.RecipientType.TO, config.to().toArray(InternetAddress[]::new));
    message.setSubject(subject(alerts), "UTF-8");
    message.setText(text(alerts), "UTF-8");
    message.setSentDate(Date.from(alerts.getLast().at()));
    // RFC 3834 §5: nobody's absence is to be answered to a machine.
    message.setHeader("Auto-Submitted", "auto-generated");
    return message;
  }

  private static String subject(List<Alert> alerts) {
    var kinds = alerts.stream().map(AlertMails::kind).distinct().collect(Collectors.joining(", "));
    return "Penstock: " + (alerts.size() == 1 ? "" : alerts.size() + " alerts: ") + kinds;
  }

  private static String text(List<Alert> alerts) {
    return alerts.stream()
        .map(AlertMails::line)
        .collect(Collectors.joining("\n", "", "\n\nMore: GET /v1/interception/alerts\n"));
  }

  private static String line(Alert alert) {
    return oneLine(
        "%s  %s: %s %s (tenant %s)"
            .formatted(alert.at(), kind(alert), alert.product(), alert.detail(), alert.tenant()));
  }

  /** Names of hosts and fields are what strangers sent: they begin no line of their own. */
  private static String oneLine(String text) {
    var plain = text.replaceAll("[\\p{Cntrl}\\p{Cf}\u2028\u2029]", " ");
    return plain.length() <= LINE_LENGTH_MAX ? plain : plain.substring(0, LINE_LENGTH_MAX) + "…";
  }

  private static String kind(Alert alert) {
    return alert.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
