package io.penstock.backends;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.codelibs.opensearch.runner.node.OpenSearchRunnerNode;
import org.opensearch.analysis.common.CommonAnalysisModulePlugin;
import org.opensearch.common.settings.Settings;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.index.mapper.MapperExtrasModulePlugin;
import org.opensearch.index.reindex.ReindexModulePlugin;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.transport.Netty4ModulePlugin;

/** An OpenSearch node, a cluster of its own, without security, on loopback. */
final class OpenSearch {

  private OpenSearch() {}

  /** Starts a node in a folder, says where it listens, and ends with the standard input. */
  public static void main(String[] args) throws Exception {
    var arguments = Arguments.of(args);
    var environment =
        InternalSettingsPreparer.prepareEnvironment(
            settings(arguments.folder(), arguments.port()), Map.of(), null, () -> "penstock");
    try (var node =
        new OpenSearchRunnerNode(
            environment,
            List.of(
                Netty4ModulePlugin.class,
                CommonAnalysisModulePlugin.class,
                MapperExtrasModulePlugin.class,
                ReindexModulePlugin.class))) {
      node.start();
      int port =
          node.injector()
              .getInstance(HttpServerTransport.class)
              .boundAddress()
              .publishAddress()
              .getPort();
      System.out.println("listening: http " + port);
      Arguments.awaitEndOfInput();
    }
    System.exit(0);
  }

  private static Settings settings(Path folder, int port) {
    return Settings.builder()
        .put("path.home", folder.toString())
        .put("path.data", folder.resolve("data").toString())
        .put("path.logs", folder.resolve("logs").toString())
        .put("cluster.name", "penstock")
        .put("discovery.type", "single-node")
        .put("network.host", "127.0.0.1")
        .put("http.port", port)
        .put("transport.port", 0)
        .put("node.max_local_storage_nodes", 1)
        .put("cluster.routing.allocation.disk.threshold_enabled", false)
        .put("action.auto_create_index", true)
        .build();
  }
}
