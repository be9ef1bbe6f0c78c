package io.penstock.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.capture.Capture;
import io.penstock.wire.MessageFramer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands with streams and files of messages. */
@Timeout(60)
class StreamCommandsTest {

  private static final Path FLOWS = Path.of("..", "corpus", "flows", "exporters");
  private static final Path STREAM = FLOWS.resolve("softflowd-1.1.0_ipfix_mixed.tcp-stream.ipfix");

  /** What a command said and how it ended. */
  private record Ran(int code, String out, String err) {}

  private static Ran run(String... args) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var terminal =
        new Terminal(
            new ByteArrayInputStream(new byte[0]), out, new PrintStream(err, true, UTF_8), false);
    int code = Commands.commandLine(terminal).execute(args);
    return new Ran(code, out.toString(UTF_8), err.toString(UTF_8));
  }

  /** A collector of our own: takes one connection after the other. */
  private static final class Collector implements AutoCloseable {
    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<byte[]> messages = new ArrayList<>();
    private final Thread thread = Thread.ofVirtual().start(this::receive);
    private int connections;

    Collector() throws IOException {}

    private void receive() {
      try {
        while (true) {
          try (Socket exporter = socket.accept()) {
            read(exporter);
          }
        }
      } catch (IOException e) {
        if (!socket.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }

    private void read(Socket exporter) throws IOException {
      var framer =
          new MessageFramer(
              (buffer, offset, length) ->
                  messages.add(Arrays.copyOfRange(buffer, offset, offset + length)));
      var bytes = exporter.getInputStream().readAllBytes();
      framer.accept(bytes, 0, bytes.length);
      connections++;
    }

    String target() {
      return "tcp://127.0.0.1:" + socket.getLocalPort();
    }

    List<byte[]> messages() throws IOException, InterruptedException {
      close();
      thread.join();
      return messages;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Test
  void replayOverTcpSendsEveryMessageInOrder() throws Exception {
    try (var collector = new Collector()) {
      var ran = run("replay", STREAM.toString(), "--to", collector.target(), "--rate", "max");

      assertThat(ran.code()).as(ran.err()).isZero();
      var expected = new ArrayList<byte[]>();
      try (var capture = Capture.open(STREAM)) {
        for (var next = capture.next(); next != null; next = capture.next()) {
          expected.add(
              Arrays.copyOfRange(next.bytes(), next.offset(), next.offset() + next.length()));
        }
      }
      assertThat(collector.messages()).usingElementComparator(Arrays::compare).isEqualTo(expected);
    }
  }

  @Test
  void replayOverTcpLeavesOutWhatIsNoIpfix() throws Exception {
    try (var collector = new Collector()) {
      var file = FLOWS.resolve("softflowd-1.1.0_nf5_mixed.pcap").toString();

      var ran = run("replay", file, "--to", collector.target(), "--rate", "max");

      assertThat(ran.err()).contains("sent 0 datagrams").contains("are no IPFIX");
      assertThat(collector.messages()).isEmpty();
    }
  }

  @Test
  void generateOverTcpPlaysEachExporterOnItsOwnConnection() throws Exception {
    try (var collector = new Collector()) {
      var ran =
          run(
              "generate",
              "--to",
              collector.target(),
              "--exporters",
              "3",
              "--rate",
              "max",
              "--count",
              "300");

      assertThat(ran.code()).as(ran.err()).isZero();
      assertThat(collector.messages()).hasSize(300);
      assertThat(collector.connections).isEqualTo(3);
    }
  }

  @Test
  void generateSaysThatNetflowIsNotDefinedOverTcp() {
    var ran = run("generate", "--to", "tcp://127.0.0.1:4739", "--protocol", "v9");

    assertThat(ran.code()).isEqualTo(Commands.FAILED);
    assertThat(ran.err()).contains("only ipfix is defined over TCP");
  }

  @Test
  void aTargetThatRefusesTheConnectionIsOneLine() throws Exception {
    int port;
    try (var collector = new Collector()) {
      port = collector.socket.getLocalPort();
    }

    var ran = run("replay", STREAM.toString(), "--to", "tcp://127.0.0.1:" + port);

    assertThat(ran.code()).isEqualTo(Commands.FAILED);
    assertThat(ran.err().lines().filter(line -> line.contains("cannot connect to tcp://")))
        .hasSize(1);
  }

  @Test
  @Tag("case-15")
  @Tag("rfc5655-7.1-a-file-is-a-session")
  void templatesOfAnIpfixFileEndWithIt(@TempDir Path folder) throws Exception {
    byte[] stream = Files.readAllBytes(STREAM);
    int first = (stream[2] & 0xff) << 8 | stream[3] & 0xff;
    var headless = folder.resolve("headless.ipfix");
    Files.write(headless, Arrays.copyOfRange(stream, first, stream.length));

    var alone = run("decode", headless.toString());
    var behind = run("decode", STREAM.toString(), headless.toString());
    var whole = run("decode", STREAM.toString());

    assertThat(whole.out()).isNotEmpty();
    assertThat(behind.out().lines().count())
        .isEqualTo(whole.out().lines().count() + alone.out().lines().count());
  }

  @Test
  @Tag("case-15")
  void aDamagedIpfixFileGivesItsOtherMessagesAndFails(@TempDir Path folder) throws Exception {
    byte[] stream = Files.readAllBytes(STREAM);
    int first = (stream[2] & 0xff) << 8 | stream[3] & 0xff;
    var damaged = folder.resolve("damaged.ipfix");
    Files.write(damaged, Arrays.copyOf(stream, first));
    Files.write(damaged, new byte[] {1, 2, 3}, StandardOpenOption.APPEND);
    Files.write(
        damaged, Arrays.copyOfRange(stream, first, stream.length), StandardOpenOption.APPEND);

    var ran = run("decode", damaged.toString());

    assertThat(ran.out().lines().count())
        .isEqualTo(run("decode", STREAM.toString()).out().lines().count());
    assertThat(ran.err())
        .contains("1 damaged places (the first at offset " + first + "), 3 octets passed over");
    assertThat(ran.code()).isEqualTo(Commands.FAILED);
  }
}
