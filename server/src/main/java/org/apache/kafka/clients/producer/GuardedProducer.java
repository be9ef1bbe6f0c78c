package org.apache.kafka.clients.producer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.ApiVersions;
import org.apache.kafka.clients.ClientUtils;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.HostResolver;
import org.apache.kafka.clients.MetadataRecoveryStrategy;
import org.apache.kafka.clients.NetworkClient;
import org.apache.kafka.clients.producer.internals.ProducerMetadata;
import org.apache.kafka.common.internals.ClusterResourceListeners;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.network.ChannelBuilder;
import org.apache.kafka.common.network.ChannelState;
import org.apache.kafka.common.network.Selector;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;

/**
 * A producer that asks before it connects. Brokers tell a client where the other brokers are, and
 * the client resolves and connects by itself: whoever answers as a broker could send it anywhere.
 * Kafka has no setting for that, but lets its own package hand a producer another network client;
 * hence this class is in it, the only one of ours.
 */
public final class GuardedProducer {

  /** The configuration must name one; it is never connected to, nor looked up. */
  private static final String UNUSED_BROKER = "127.0.0.1:1";

  private GuardedProducer() {}

  /** Who is asked, and told, by the producer's own thread. */
  public interface Guard extends HostResolver {

    /**
     * @throws IOException when it may not be connected to
     */
    void demandAllowed(InetSocketAddress address) throws IOException;

    /** A connection to an address could not be made, or is no more. */
    void lost(ChannelState state);
  }

  /**
   * Opens a producer; it connects once it is used.
   *
   * @param properties all but {@code bootstrap.servers}, with serializers
   * @param brokers the first to ask, unresolved
   */
  public static Producer<byte[], byte[]> open(
      Map<String, Object> properties, List<InetSocketAddress> brokers, Guard guard) {
    var all = new HashMap<>(properties);
    all.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, UNUSED_BROKER);
    var config = new ProducerConfig(all);
    var context = new LogContext();
    var metadata = metadata(config, context);
    metadata.bootstrap(brokers);
    var versions = new ApiVersions();
    var client = client(config, metadata, versions, guard, context);
    try {
      return new KafkaProducer<>(config, null, null, metadata, client, null, versions, Time.SYSTEM);
    } catch (RuntimeException e) {
      client.close();
      throw e;
    }
  }

  private static ProducerMetadata metadata(ProducerConfig config, LogContext context) {
    return new ProducerMetadata(
        config.getLong(ProducerConfig.RETRY_BACKOFF_MS_CONFIG),
        config.getLong(ProducerConfig.RETRY_BACKOFF_MAX_MS_CONFIG),
        config.getLong(ProducerConfig.METADATA_MAX_AGE_CONFIG),
        config.getLong(ProducerConfig.METADATA_MAX_IDLE_CONFIG),
        context,
        new ClusterResourceListeners(),
        Time.SYSTEM);
  }

  private static NetworkClient client(
      ProducerConfig config,
      ProducerMetadata metadata,
      ApiVersions versions,
      Guard guard,
      LogContext context) {
    var channels = ClientUtils.createChannelBuilder(config, Time.SYSTEM, context);
    return new NetworkClient(
        null,
        metadata,
        new GuardedSelector(
            config.getLong(CommonClientConfigs.CONNECTIONS_MAX_IDLE_MS_CONFIG),
            channels,
            guard,
            context),
        config.getString(CommonClientConfigs.CLIENT_ID_CONFIG),
        config.getInt(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION),
        config.getLong(CommonClientConfigs.RECONNECT_BACKOFF_MS_CONFIG),
        config.getLong(CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG),
        config.getInt(CommonClientConfigs.SEND_BUFFER_CONFIG),
        config.getInt(CommonClientConfigs.RECEIVE_BUFFER_CONFIG),
        config.getInt(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG),
        config.getLong(CommonClientConfigs.SOCKET_CONNECTION_SETUP_TIMEOUT_MS_CONFIG),
        config.getLong(CommonClientConfigs.SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS_CONFIG),
        Time.SYSTEM,
        true,
        versions,
        null,
        context,
        guard,
        null,
        config.getLong(CommonClientConfigs.METADATA_RECOVERY_REBOOTSTRAP_TRIGGER_MS_CONFIG),
        MetadataRecoveryStrategy.forName(
            config.getString(CommonClientConfigs.METADATA_RECOVERY_STRATEGY_CONFIG)));
  }

  /** Connects to what is allowed, at the last moment: here an address has its port. */
  private static final class GuardedSelector extends Selector {

    private final Guard guard;

    private GuardedSelector(
        long idleMillis, ChannelBuilder channels, Guard guard, LogContext context) {
      super(idleMillis, new Metrics(), Time.SYSTEM, "producer", channels, context);
      this.guard = guard;
    }

    @Override
    public void connect(
        String id, InetSocketAddress address, int sendBufferSize, int receiveBufferSize)
        throws IOException {
      guard.demandAllowed(address);
      super.connect(id, address, sendBufferSize, receiveBufferSize);
    }

    @Override
    public void poll(long timeout) throws IOException {
      super.poll(timeout);
      for (var state : disconnected().values()) {
        guard.lost(state);
      }
    }
  }
}
