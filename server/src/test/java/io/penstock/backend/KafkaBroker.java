package io.penstock.backend;

import java.nio.file.Path;
import java.util.List;

/**
 * A Kafka broker, a real one, its own controller. Tests that do not kill it use the {@link #shared}
 * one and topics of their own.
 */
public final class KafkaBroker implements AutoCloseable {

  /** Who may use the secured port, by PLAIN and by SCRAM-SHA-512. */
  public static final String USER = "penstock";

  public static final String PASSWORD = "let-me-in";

  private final ChildServer child;

  private static final class Shared {

    private static final KafkaBroker BROKER = start();

    static {
      Runtime.getRuntime().addShutdownHook(new Thread(BROKER::close));
    }
  }

  private KafkaBroker(ChildServer child) {
    this.child = child;
  }

  /** A broker of the caller's own. */
  public static KafkaBroker start() {
    return new KafkaBroker(new ChildServer("Kafka", List.of("-Xmx384m")).start());
  }

  /**
   * One that has a secured port, too.
   *
   * @param pem its private key and certificate, for {@code localhost}
   */
  public static KafkaBroker secured(Path pem) {
    var absolute = pem.toAbsolutePath().toString();
    return new KafkaBroker(new ChildServer("Kafka", List.of("-Xmx384m"), absolute).start());
  }

  /** The broker that the tests of a run share; not to be killed. */
  public static KafkaBroker shared() {
    return Shared.BROKER;
  }

  /** {@code host:port}, plain. */
  public String bootstrap() {
    return "127.0.0.1:" + child.port("kafka");
  }

  /** {@code host:port} that wants TLS and a user. */
  public String securedBootstrap() {
    return "localhost:" + child.port("kafka/sasl_ssl");
  }

  /** As a kill -9 does it. */
  public void kill() {
    child.kill();
  }

  /** Starts it again with what it kept, on the same plain port. */
  public void restart() {
    child.kill();
    child.start();
  }

  @Override
  public void close() {
    child.close();
  }
}
