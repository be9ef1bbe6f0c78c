package io.penstock.backends;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka broker that is its own controller, on loopback. One port is plain; with a key there is
 * another one that wants TLS and the user {@code penstock} with the password {@code let-me-in}, by
 * SCRAM or PLAIN. A system property {@code kafka.NAME} sets what the broker calls NAME.
 */
final class Kafka {

  private static final String SETTING = "kafka.";
  private static final String CLUSTER = "penstock-backends-0000";
  private static final String JAAS_PLAIN =
      "org.apache.kafka.common.security.plain.PlainLoginModule required user_penstock=\"let-me-in\";";
  private static final String JAAS_SCRAM =
      "org.apache.kafka.common.security.scram.ScramLoginModule required;";

  private Kafka() {}

  /** Starts a broker in a folder, says where it listens, and ends with the standard input. */
  public static void main(String[] args) throws Exception {
    var arguments = Arguments.of(args);
    int port = arguments.port() == 0 ? Arguments.freePort() : arguments.port();
    int secured = arguments.pem() == null ? 0 : securedPort(arguments.folder());
    var properties =
        properties(arguments.folder(), port, Arguments.freePort(), secured, arguments.pem());
    for (var name : System.getProperties().stringPropertyNames()) {
      if (name.startsWith(SETTING)) {
        properties.put(name.substring(SETTING.length()), System.getProperty(name));
      }
    }
    format(arguments.folder());
    var server = new KafkaRaftServer(KafkaConfig.fromProps(properties), Time.SYSTEM);
    server.startup();
    System.out.println(
        "listening: kafka " + port + (secured == 0 ? "" : ", kafka/sasl_ssl " + secured));
    Arguments.awaitEndOfInput();
    server.shutdown();
    server.awaitShutdown();
    System.exit(0);
  }

  /** The same for the same folder, as clients expect it of a broker that comes back. */
  private static int securedPort(Path folder) throws IOException {
    var file = folder.resolve("secured-port");
    if (!Files.exists(file)) {
      Files.writeString(file, String.valueOf(Arguments.freePort()));
    }
    return Integer.parseInt(Files.readString(file));
  }

  /** Once; a folder that has been used stays as it is. */
  private static void format(Path folder) throws Exception {
    new Formatter()
        .setPrintStream(new PrintStream(OutputStream.nullOutputStream()))
        .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
        .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
        .setFeatureLevel("kraft.version", (short) 0)
        .setNodeId(1)
        .setClusterId(CLUSTER)
        .setControllerListenerName("CONTROLLER")
        .setMetadataLogDirectory(folder.toString())
        .addDirectory(folder.toString())
        .setIgnoreFormatted(true)
        .setScramArguments(
            List.of("SCRAM-SHA-512=[name=penstock,password=let-me-in,iterations=4096]"))
        .run();
  }

  private static Properties properties(
      Path folder, int port, int controller, int secured, @Nullable Path pem) {
    var properties = new Properties();
    properties.put("process.roles", "broker,controller");
    properties.put("node.id", "1");
    properties.put("controller.quorum.voters", "1@127.0.0.1:" + controller);
    properties.put("controller.listener.names", "CONTROLLER");
    properties.put("inter.broker.listener.name", "PLAIN");
    properties.put(
        "listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAIN:PLAINTEXT,SECURED:SASL_SSL");
    var brokers = "PLAIN://127.0.0.1:" + port;
    if (pem != null) {
      brokers += ",SECURED://localhost:" + secured;
      properties.put("listener.name.secured.ssl.keystore.type", "PEM");
      properties.put("listener.name.secured.ssl.keystore.location", pem.toString());
      properties.put("listener.name.secured.sasl.enabled.mechanisms", "PLAIN,SCRAM-SHA-512");
      properties.put("listener.name.secured.plain.sasl.jaas.config", JAAS_PLAIN);
      properties.put("listener.name.secured.scram-sha-512.sasl.jaas.config", JAAS_SCRAM);
    }
    properties.put("listeners", brokers + ",CONTROLLER://127.0.0.1:" + controller);
    properties.put("advertised.listeners", brokers);
    properties.put("log.dirs", folder.toString());
    properties.put("num.partitions", "3");
    properties.put("offsets.topic.replication.factor", "1");
    properties.put("offsets.topic.num.partitions", "1");
    properties.put("transaction.state.log.replication.factor", "1");
    properties.put("transaction.state.log.min.isr", "1");
    properties.put("transaction.state.log.num.partitions", "1");
    properties.put("group.initial.rebalance.delay.ms", "0");
    // A broker that was killed is let in again only when the session that it left is over.
    properties.put("broker.session.timeout.ms", "2000");
    properties.put("broker.heartbeat.interval.ms", "250");
    properties.put("num.network.threads", "1");
    properties.put("num.io.threads", "2");
    return properties;
  }
}
