package io.penstock.backend;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * An Elasticsearch node with security, a real one, of the distribution that Elasticsearch's own
 * tests use: without lifecycles, data streams and a front page. It will not run as root, so that
 * root starts it as nobody. For one thread.
 */
public final class ElasticsearchNode implements AutoCloseable {

  public static final String USER = "penstock";
  public static final String PASSWORD = "let-me-in";

  /** What the module {@code backends} unpacks, in a folder that has the version in its name. */
  private static final Path UNPACKED =
      Path.of("..", "backends", "target", "elasticsearch").toAbsolutePath().normalize();

  private static final Path DISTRIBUTION = distribution();
  private static final String NOBODY = "nobody";
  private static final int START_SECONDS = 180;
  private static final Pattern PORT =
      Pattern.compile("HttpServer.*publish_address \\{127\\.0\\.0\\.1:(\\d+)}");

  private final Path folder;
  private final Process process;
  private final int port;
  private final HttpClient client = HttpClient.newHttpClient();

  private ElasticsearchNode(Path folder, Process process, int port) {
    this.folder = folder;
    this.process = process;
    this.port = port;
  }

  private static Path distribution() {
    try (var folders = Files.newDirectoryStream(UNPACKED, "elasticsearch-*")) {
      for (var folder : folders) {
        return folder;
      }
      return UNPACKED;
    } catch (IOException _) {
      return UNPACKED;
    }
  }

  /** Why it cannot be started on this machine; empty when it can. */
  public static Optional<String> problem() {
    if (!Files.isDirectory(DISTRIBUTION.resolve("bin"))) {
      return Optional.of(DISTRIBUTION + " is missing: build the module backends");
    }
    if (isRoot() && !Files.isExecutable(Path.of("/usr/bin/setpriv"))) {
      return Optional.of("it does not run as root, and there is no setpriv");
    }
    return isRoot() && isHiddenFromOthers(DISTRIBUTION)
        ? Optional.of("it does not run as root, and nobody else can read " + DISTRIBUTION)
        : Optional.empty();
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static boolean isHiddenFromOthers(Path path) {
    try {
      for (var at = path; at != null; at = at.getParent()) {
        if (!Files.getPosixFilePermissions(at).contains(PosixFilePermission.OTHERS_EXECUTE)) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A node of the caller's own, empty. */
  public static ElasticsearchNode start() throws IOException, InterruptedException {
    var folder = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "elastic-");
    folder = folder.toAbsolutePath();
    for (var name : List.of("config", "data", "logs", "tmp")) {
      Files.createDirectory(folder.resolve(name));
    }
    try (var files = Files.list(DISTRIBUTION.resolve("config"))) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, folder.resolve("config").resolve(file.getFileName()));
      }
    }
    giveAway(folder);
    run(folder, "elasticsearch-users", "useradd", USER, "-p", PASSWORD, "-r", "superuser")
        .waitFor();
    var process =
        run(
            folder,
            "elasticsearch",
            "-Ediscovery.type=single-node",
            "-Enetwork.host=127.0.0.1",
            "-Ehttp.port=0",
            "-Etransport.port=0",
            "-Epath.data=" + folder.resolve("data"),
            "-Epath.logs=" + folder.resolve("logs"),
            "-Expack.security.enabled=true",
            "-Expack.security.autoconfiguration.enabled=false",
            "-Ecluster.routing.allocation.disk.threshold_enabled=false");
    return new ElasticsearchNode(folder, process, awaitPort(folder, process));
  }

  /** To whom it will run as. */
  private static void giveAway(Path folder) throws IOException {
    if (!isRoot()) {
      return;
    }
    var nobody =
        FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName(NOBODY);
    try (var files = Files.walk(folder)) {
      for (var file : files.toList()) {
        Files.setOwner(file, nobody);
      }
    }
  }

  private static Process run(Path folder, String program, String... arguments) throws IOException {
    var command = new ArrayList<String>();
    if (isRoot()) {
      command.addAll(
          List.of(
              "setpriv",
              "--reuid=" + NOBODY,
              "--regid=65534",
              "--clear-groups",
              "--pdeathsig=KILL"));
    }
    command.add(DISTRIBUTION.resolve("bin").resolve(program).toString());
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(
        ProcessBuilder.Redirect.appendTo(folder.resolve(program + ".out").toFile()));
    var environment = builder.environment();
    environment.put("ES_JAVA_HOME", System.getProperty("java.home"));
    environment.put("ES_JAVA_OPTS", "-Xms512m -Xmx512m -XX:TieredStopAtLevel=1");
    environment.put("ES_PATH_CONF", folder.resolve("config").toString());
    environment.put("ES_TMPDIR", folder.resolve("tmp").toString());
    return builder.start();
  }

  private static int awaitPort(Path folder, Process process)
      throws IOException, InterruptedException {
    var out = folder.resolve("elasticsearch.out");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (System.nanoTime() < end) {
      var matcher = PORT.matcher(Files.readString(out, UTF_8));
      if (matcher.find()) {
        return Integer.parseInt(matcher.group(1));
      }
      if (process.waitFor(200, TimeUnit.MILLISECONDS)) {
        break;
      }
    }
    end(process);
    throw new IllegalStateException("Elasticsearch did not start: " + Files.readString(out, UTF_8));
  }

  public int port() {
    return port;
  }

  public HttpResponse<String> send(String method, String path, String body)
      throws IOException, InterruptedException {
    var credentials = Base64.getEncoder().encodeToString((USER + ":" + PASSWORD).getBytes(UTF_8));
    return client.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .method(method, BodyPublishers.ofString(body))
            .header("Content-Type", "application/json")
            .header("Authorization", "Basic " + credentials)
            .build(),
        BodyHandlers.ofString());
  }

  /** The node is a child of what was started. */
  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  @Override
  public void close() throws IOException {
    end(process);
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try (var files = Files.walk(folder)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
