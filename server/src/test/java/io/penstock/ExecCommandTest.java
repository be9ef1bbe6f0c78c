package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In processes of their own: streams, signals and exit codes are what this is about. */
class ExecCommandTest {

  private static final String URL = "https://cdn.cribl.io/telemetry/index.html?v=1";

  private static final String NODE =
      """
      const http = require('http'), https = require('https');
      const show = (client, url, options, then) => client.get(url, options, answer => {
        let text = '';
        answer.on('data', part => text += part);
        answer.on('end', () => { console.log(text); then(); });
      });
      show(https, process.argv[1], {}, () =>
        show(https, 'https://cdn.cribl.io/agent', { agent: new https.Agent() }, () =>
          show(http, 'http://cdn.cribl.io/plain?a=b', {}, () =>
            fetch('https://cdn.cribl.io/fetch').then(answer => answer.text()).then(console.log))));
      """;

  @TempDir private Path data;

  private record Ran(int code, String out, String err) {}

  private ProcessBuilder exec(String... args) {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                // Two copies of its settings on a class path are no concern of these tests.
                "-Dlogback.statusListenerClass=ch.qos.logback.core.status.NopStatusListener",
                "-cp",
                System.getProperty("java.class.path"),
                "io.penstock.Main",
                "exec"));
    command.addAll(List.of(args));
    var builder = new ProcessBuilder(command);
    builder.environment().put("PENSTOCK_DATA", data.toString());
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    return builder;
  }

  private Ran run(String... args) throws IOException, InterruptedException {
    var out = data.resolve("out.txt");
    var err = data.resolve("err.txt");
    var process = exec(args).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    try {
      process.getOutputStream().close();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      process.destroyForcibly();
    }
  }

  private static void need(String program) {
    boolean isHere =
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    Assumptions.assumeTrue(isHere, "there is no " + program + " on this machine");
  }

  @Test
  void aProgramHasTheVariablesAndKeepsItsArgumentsAndItsExitCode() throws Exception {
    try (var proxy = new TestProxy(data)) {
      proxy.running(null).write(data);

      var ran =
          run(
              "--",
              "sh",
              "-c",
              "env; cat \"$NODE_EXTRA_CA_CERTS\"; printf '%s\\n' \"$@\"; exit 37",
              "sh",
              "@/etc/hostname",
              "--proxy",
              "-h");

      assertThat(ran.code()).isEqualTo(37);
      var uri = proxy.uri().toString();
      assertThat(ran.out().lines())
          .contains(
              "http_proxy=" + uri,
              "HTTPS_PROXY=" + uri,
              "ALL_PROXY=" + uri,
              "no_proxy=localhost,127.0.0.1,::1",
              "NODE_USE_ENV_PROXY=1",
              "@/etc/hostname",
              "--proxy",
              "-h");
      assertThat(ran.out())
          .contains("SSL_CERT_FILE=", "REQUESTS_CA_BUNDLE=", "-Djavax.net.ssl.trustStore=")
          .contains(proxy.running(null).ca());
      assertThat(ran.err())
          .hasLineCount(1)
          .startsWith(
              "penstock exec: sh goes through " + uri + " and trusts CN=Penstock interception CA ");
    }
  }

  @Test
  void theFilesOfAProgramGoWithIt() throws Exception {
    try (var proxy = new TestProxy(data)) {
      proxy.running(null).write(data);

      var ran = run("sh", "-c", "ls \"$(dirname \"$SSL_CERT_FILE\")\"; dirname \"$SSL_CERT_FILE\"");

      assertThat(ran.out()).startsWith("bundle.pem\nca.pem\nnode-proxy.cjs\ntrust.p12\n");
      assertThat(Path.of(ran.out().lines().toList().getLast())).isAbsolute().doesNotExist();
    }
  }

  @Test
  void curlAndPythonAreAnswered() throws Exception {
    need("curl");
    need("python3");
    try (var proxy = new TestProxy(data)) {
      proxy.running(null).write(data);
      var python = "import urllib.request; print(urllib.request.urlopen('" + URL + "').read())";

      var ran = run("--", "sh", "-c", "curl -sS '" + URL + "'; python3 -c \"" + python + "\"");

      assertThat(ran.err()).hasLineCount(1);
      assertThat(ran.out()).isEqualTo("quokkab'quokka'\n");
      assertThat(proxy.asked)
          .containsOnly(
              "CONNECT cdn.cribl.io:443 HTTP/1.1",
              "CONNECT cdn.cribl.io:443 HTTP/1.0",
              "GET /telemetry/index.html?v=1 HTTP/1.1")
          .hasSize(4);
    }
  }

  @Test
  void nodeIsAnsweredWhateverItAsksWith() throws Exception {
    need("node");
    try (var proxy = new TestProxy(data)) {
      proxy.running(null).write(data);

      var ran = run("--", "node", "-e", NODE, URL);

      assertThat(ran.err()).hasLineCount(1);
      assertThat(ran.out()).isEqualTo("quokka\n".repeat(4));
      assertThat(ran.code()).isZero();
      assertThat(proxy.asked)
          .containsExactly(
              "CONNECT cdn.cribl.io:443 HTTP/1.1",
              "GET /telemetry/index.html?v=1 HTTP/1.1",
              "CONNECT cdn.cribl.io:443 HTTP/1.1",
              "GET /agent HTTP/1.1",
              "GET http://cdn.cribl.io/plain?a=b HTTP/1.1",
              "CONNECT cdn.cribl.io:443 HTTP/1.1",
              "GET /fetch HTTP/1.1");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT", "HUP"})
  void aSignalReachesTheProgramWhichDecides(String signal) throws Exception {
    assumeNotIgnored(signal);
    try (var proxy = new TestProxy(data)) {
      proxy.running(null).write(data);
      var script =
          "trap 'echo caught; exit 9' "
              + signal
              + "; echo ready; for i in $(seq 400); do sleep 0.05; done";
      var process = exec("--", "sh", "-c", script).start();
      try (var lines =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        assertThat(lines.readLine()).isEqualTo("ready");

        new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid())).start().waitFor();

        assertThat(lines.readLine()).isEqualTo("caught");
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(9);
      } finally {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
    }
  }

  /** Whoever started us may have had a signal ignored (nohup, a shell's background), for good. */
  private static void assumeNotIgnored(String signal) throws Exception {
    var script = "trap 'exit 0' %s; kill -%s $$; exit 1".formatted(signal, signal);
    boolean isHeard = new ProcessBuilder("sh", "-c", script).start().waitFor() == 0;
    Assumptions.assumeTrue(isHeard, signal + " is ignored here");
  }

  @Test
  void withoutAProxyNothingIsRun() throws Exception {
    var ran = run("--", "echo", "here");

    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err())
        .isEqualTo(
            "penstock exec: no running proxy found: start ./penstock run with PROXY_PORT set\n");
  }

  @Test
  void aProxyThatDoesNotAnswerIsNoProxy() throws Exception {
    try (var proxy = new TestProxy(data)) {
      proxy.running(null).write(data);
    }

    var ran = run("--", "echo", "here");

    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err()).startsWith("penstock exec: no running proxy found");
  }

  @Test
  void aProxyThatIsNamedIsUsedWithTheAuthorityOfTheFolder() throws Exception {
    try (var proxy = new TestProxy(data)) {
      var named = proxy.uri().toString().replace("//", "//someone:hunter2@");

      var ran =
          run(
              "--proxy",
              named,
              "--no-proxy",
              "a.example",
              "--",
              "sh",
              "-c",
              "echo $https_proxy $NO_PROXY");

      assertThat(ran.out()).isEqualTo(named + " a.example\n");
      assertThat(ran.err()).contains("CN=Penstock interception CA").doesNotContain("hunter2");
    }
  }

  @Test
  void aProgramThatIsNotThereIsToldAsShellsDo() throws Exception {
    try (var proxy = new TestProxy(data)) {
      proxy.running(null).write(data);

      var ran = run("--", "/no/such/program");

      assertThat(ran.code()).isEqualTo(127);
      assertThat(ran.err()).contains("/no/such/program");
    }
  }
}
