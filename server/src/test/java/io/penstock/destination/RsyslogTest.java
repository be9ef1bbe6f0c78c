package io.penstock.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.penstock.destination.SyslogConfig.Confirmation;
import io.penstock.destination.SyslogConfig.Format;
import io.penstock.destination.SyslogConfig.Framing;
import io.penstock.json.JsonTree;
import io.penstock.shape.Selection;
import io.penstock.sink.Delivery.Taken;
import io.penstock.sink.Flows;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What rsyslog, where it is installed, makes of our messages. */
class RsyslogTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "RFC5424,OCTET_COUNTING,END_OF_STREAM",
    "RFC5424,LINES,END_OF_STREAM",
    "RFC5424,OCTET_COUNTING,OPEN_CONNECTION",
    "LEEF,OCTET_COUNTING,END_OF_STREAM",
    "CEF,LINES,END_OF_STREAM"
  })
  void readsEveryMessage(Format format, Framing framing, Confirmation confirmation)
      throws Exception {
    var program = program();
    assumeThat(program).as("rsyslogd is not installed, so nobody checks against it").isPresent();
    var flows = Flows.of(500);
    var server = start(program.orElseThrow());
    try (var dialer = Reach.dialer()) {
      var config =
          new SyslogConfig(
              "localhost",
              port(),
              format,
              framing,
              confirmation,
              null,
              16,
              "penstock",
              null,
              SyslogConfig.MESSAGE_BYTES);
      try (var sink = new SyslogSink(config, Selection.ALL, "1.2.3", Reach.DOCUMENTS, dialer)) {
        assertThat(sink.send(Flows.batch(sink, flows))).isInstanceOf(Taken.class);
      }

      await().atMost(Duration.ofSeconds(30)).until(() -> lines().size() == flows.size());
      for (int i = 0; i < flows.size(); i++) {
        var id = Flows.id(flows.get(i));
        if (JsonTree.parse(lines().get(i)) instanceof Map<?, ?> read) {
          var exporter = flows.get(i).origin().exporter();
          if (format != Format.RFC5424 && !exporter.isV4()) {
            // RFC 3164 allows addresses of IPv6 for hosts, and rsyslog knows none there.
            assertThat(String.valueOf(read.get("raw"))).contains(id);
            continue;
          }
          assertThat(read.get("host")).isEqualTo(exporter.toString());
          assertThat(read.get("pri")).isIn("132", "134");
          switch (format) {
            case RFC5424 -> {
              assertThat(read.get("app")).isEqualTo("penstock");
              assertThat(read.get("msgid")).isEqualTo("FLOW");
              assertThat(read.get("data"))
                  .isEqualTo("[event@32473 id=\"" + id + "\" tenant=\"acme\"]");
              assertThat(JsonTree.parse(String.valueOf(read.get("msg"))))
                  .isInstanceOfSatisfying(
                      Map.class, document -> assertThat(document.get("id")).isEqualTo(id));
            }
            case LEEF -> assertThat(String.valueOf(read.get("raw"))).contains("eventId=" + id);
            case CEF -> assertThat(read.get("tag")).isEqualTo("CEF:");
          }
        }
      }
    } finally {
      server.destroy();
      server.waitFor(10, TimeUnit.SECONDS);
    }
  }

  private static Optional<Path> program() {
    return Stream.concat(
            Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)),
            Stream.of("/usr/sbin"))
        .map(path -> Path.of(path, "rsyslogd"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private Process start(Path program) throws IOException {
    var config =
        """
        global(workDirectory="%1$s" maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off")
        module(load="imtcp")
        template(name="fields" type="list" option.jsonf="on") {
          property(outname="host" name="hostname" format="jsonf")
          property(outname="pri" name="pri" format="jsonf")
          property(outname="app" name="app-name" format="jsonf")
          property(outname="tag" name="syslogtag" format="jsonf")
          property(outname="msgid" name="msgid" format="jsonf")
          property(outname="data" name="structured-data" format="jsonf")
          property(outname="msg" name="msg" format="jsonf")
          property(outname="raw" name="rawmsg" format="jsonf")
        }
        input(type="imtcp" port="0" address="127.0.0.1" listenPortFileName="%1$s/port")
        action(type="omfile" file="%1$s/lines" template="fields")
        """
            .formatted(folder);
    var file = Files.writeString(folder.resolve("rsyslog.conf"), config);
    return new ProcessBuilder(
            List.of(
                program.toString(),
                "-n",
                "-f",
                file.toString(),
                "-i",
                folder.resolve("pid").toString()))
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("output").toFile())
        .start();
  }

  private int port() throws IOException {
    var file = folder.resolve("port");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> Files.exists(file) && !Files.readString(file).isBlank());
    return Integer.parseInt(Files.readString(file).strip());
  }

  private List<String> lines() throws IOException {
    var file = folder.resolve("lines");
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }
}
