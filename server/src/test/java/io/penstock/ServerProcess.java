package io.penstock;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A real server in a process of its own, on ports of the system's choice. */
final class ServerProcess implements AutoCloseable {

  static final String KEY = "test-key-of-a-child-process";

  /** Set to anything, it makes the process start without a single capability of the superuser. */
  static final String WITHOUT_PRIVILEGES = "TEST_WITHOUT_PRIVILEGES";

  private static final Pattern LISTENING =
      Pattern.compile(
          "listening: http (\\d+), netflow (\\d+), ipfix (\\d+), sflow (\\d+), ipfix/tcp (\\d+)");

  private final Process process;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final List<String> output = new ArrayList<>();
  private final int httpPort;
  private final int netflowPort;
  private final int ipfixPort;
  private final int sflowPort;
  private final int ipfixTcpPort;

  private ServerProcess(Process process) throws IOException {
    this.process = process;
    var lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    var ports = LISTENING.matcher("");
    for (var line = lines.readLine(); line != null; line = lines.readLine()) {
      output.add(line);
      if (ports.reset(line).find()) {
        break;
      }
    }
    if (!ports.reset(output.isEmpty() ? "" : output.getLast()).find()) {
      throw new IllegalStateException("the server did not start: " + output);
    }
    this.httpPort = Integer.parseInt(ports.group(1));
    this.netflowPort = Integer.parseInt(ports.group(2));
    this.ipfixPort = Integer.parseInt(ports.group(3));
    this.sflowPort = Integer.parseInt(ports.group(4));
    this.ipfixTcpPort = Integer.parseInt(ports.group(5));
    Thread.ofVirtual().start(() -> lines.lines().forEach(line -> {}));
  }

  /** Starts a server on this data folder and waits until it listens. */
  static ServerProcess start(Path data, Map<String, String> environment) {
    return start(data, environment, Redirect.INHERIT);
  }

  /** The same, for a test that makes the server log each of thousands of requests. */
  static ServerProcess startQuietly(Path data, Map<String, String> environment) {
    return start(data, environment, Redirect.DISCARD);
  }

  private static ServerProcess start(Path data, Map<String, String> environment, Redirect errors) {
    var command = new ArrayList<String>();
    if (environment.containsKey(WITHOUT_PRIVILEGES)) {
      command.addAll(List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all"));
    }
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx256m",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            "io.penstock.Main",
            "run"));
    var builder = new ProcessBuilder(command);
    var variables = builder.environment();
    variables.keySet().removeIf(name -> name.endsWith("_PORT") || name.equals("PORT"));
    variables.putAll(
        Map.of(
            "PENSTOCK_DATA",
            data.toString(),
            "APP_PORT",
            "0",
            "NETFLOW_PORT",
            "0",
            "IPFIX_PORT",
            "0",
            "SFLOW_PORT",
            "0",
            "API_KEY",
            KEY,
            "RATE_LIMIT_PER_MIN",
            "0",
            "LOG_LEVEL",
            "WARN"));
    variables.putAll(environment);
    builder.redirectError(errors);
    try {
      return new ServerProcess(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException("the server's process could not be started", e);
    }
  }

  /** What it printed until it listened. */
  List<String> output() {
    return List.copyOf(output);
  }

  int httpPort() {
    return httpPort;
  }

  int sflowPort() {
    return sflowPort;
  }

  int netflowPort() {
    return netflowPort;
  }

  int ipfixPort() {
    return ipfixPort;
  }

  int ipfixTcpPort() {
    return ipfixTcpPort;
  }

  long pid() {
    return process.pid();
  }

  /** SIGKILL: no hook runs, nothing is flushed. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** SIGTERM; returns the exit code. */
  int stop() throws InterruptedException {
    process.destroy();
    return process.waitFor();
  }

  /** Gets with headers given as name, value, name, value. */
  HttpResponse<String> get(String pathAndQuery, String... headers)
      throws IOException, InterruptedException {
    var request = request(pathAndQuery).GET();
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  /** A value as it stands in a query. */
  static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  HttpResponse<String> getWithKey(String path, String key)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + httpPort + path))
            .header("X-API-Key", key)
            .build();
    return client.send(request, BodyHandlers.ofString());
  }

  /** Posts JSON with headers given as name, value, name, value. */
  HttpResponse<String> send(String method, String path, String body)
      throws IOException, InterruptedException {
    var request = request(path).method(method, HttpRequest.BodyPublishers.ofString(body));
    return client.send(request.build(), BodyHandlers.ofString());
  }

  HttpResponse<String> post(String path, String json, String... headers)
      throws IOException, InterruptedException {
    var request =
        request(path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String pathAndQuery) {
    return HttpRequest.newBuilder(URI.create("http://localhost:" + httpPort + pathAndQuery))
        .timeout(Duration.ofSeconds(30))
        .header("Authorization", "Bearer " + KEY);
  }

  @Override
  public void close() {
    process.destroyForcibly();
    client.close();
  }
}
