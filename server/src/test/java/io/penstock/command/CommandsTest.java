package io.penstock.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.capture.Capture;
import io.penstock.capture.CaptureException;
import io.penstock.sflow.SflowDecoder;
import io.penstock.sflow.SflowSample;
import io.penstock.wire.DecoderCounters;
import io.penstock.wire.Exporter;
import io.penstock.wire.FlowDecoder;
import io.penstock.wire.Limits;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandsTest {

  private static final Path FLOWS = flows(Path.of("").toAbsolutePath());

  private static Path flows(Path folder) {
    for (var at = folder; at != null; at = at.getParent()) {
      if (Files.isDirectory(at.resolve("corpus/flows"))) {
        return at.resolve("corpus/flows");
      }
    }
    throw new IllegalStateException("no corpus/flows in or above " + folder);
  }

  /** What a command said and how it ended. */
  private record Ran(int code, String out, String err) {

    List<String> lines() {
      return out.lines().toList();
    }
  }

  private static Ran run(byte[] in, String... args) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var terminal =
        new Terminal(new ByteArrayInputStream(in), out, new PrintStream(err, true, UTF_8), false);
    int code = Commands.commandLine(terminal).execute(args);
    return new Ran(code, out.toString(UTF_8), err.toString(UTF_8));
  }

  private static Ran run(String... args) {
    return run(new byte[0], args);
  }

  private static String capture(String name) {
    return FLOWS.resolve(name).toString();
  }

  /** A collector of our own: keeps what arrives until it is closed. */
  private static final class Collector implements AutoCloseable {
    private final DatagramSocket socket;
    private final List<byte[]> datagrams = new ArrayList<>();
    private final Set<InetSocketAddress> senders = new HashSet<>();
    private final Thread thread = new Thread(this::receive, "collector");

    Collector() throws IOException {
      socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      socket.setReceiveBufferSize(8 << 20);
      thread.start();
    }

    private void receive() {
      var buffer = new byte[65_535];
      try {
        while (true) {
          var packet = new DatagramPacket(buffer, buffer.length);
          socket.receive(packet);
          synchronized (this) {
            datagrams.add(Arrays.copyOf(buffer, packet.getLength()));
            senders.add((InetSocketAddress) packet.getSocketAddress());
            notifyAll();
          }
        }
      } catch (IOException e) {
        // Closed: the test is over.
        assertThat(socket.isClosed()).isTrue();
      }
    }

    synchronized List<byte[]> await(int count) throws InterruptedException {
      long deadline = System.nanoTime() + 20_000_000_000L;
      while (datagrams.size() < count && System.nanoTime() < deadline) {
        wait(100);
      }
      return List.copyOf(datagrams);
    }

    synchronized Set<InetSocketAddress> senders() {
      return Set.copyOf(senders);
    }

    String target() {
      return "127.0.0.1:" + socket.getLocalPort();
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  private static List<byte[]> payloads(String file) throws CaptureException {
    var payloads = new ArrayList<byte[]>();
    try (var capture = Capture.open(Path.of(file))) {
      for (var p = capture.next(); p != null; p = capture.next()) {
        payloads.add(Arrays.copyOfRange(p.bytes(), p.offset(), p.offset() + p.length()));
      }
    }
    return payloads;
  }

  @Test
  void decodePrintsOneJsonEventALine() {
    var ran = run("decode", capture("vendors/Netflow5_Juniper_MX80.pcap"));

    assertThat(ran.code).isEqualTo(Commands.OK);
    assertThat(ran.err).isEmpty();
    assertThat(ran.lines()).isNotEmpty().allMatch(l -> l.startsWith("{") && l.endsWith("}"));
    assertThat(ran.lines().getFirst()).contains("\"type\":\"NETFLOW_V5\"");
  }

  @Test
  void decodeReadsStandardInput() throws Exception {
    var file = Path.of(capture("vendors/Netflow5_Juniper_MX80.pcap"));
    var ran = run(Files.readAllBytes(file), "decode", "-");

    assertThat(ran.lines()).hasSameSizeAs(run("decode", file.toString()).lines());
  }

  @Test
  void templatesMayComeInOneRawDatagramAndDataInTheNext() {
    var template = capture("graylog/netflow-v9-2-1.dat");
    var data = capture("graylog/netflow-v9-2-2.dat");

    assertThat(run("decode", data).lines()).isEmpty();
    assertThat(run("decode", data).err).contains("1 sets whose template never came");
    assertThat(run("decode", template, data).lines()).isNotEmpty();
  }

  @Test
  void capturesDoNotLendEachOtherTemplates() {
    var missing =
        capture("vendors/IPFIX_Netscaler_with_variable_length_fields_missing_templates.pcap");
    var having = capture("vendors/IPFIX_Netscaler_with_variable_length_fields.pcap");
    int alone = run("decode", missing).lines().size();
    int before = run("decode", having).lines().size();

    assertThat(run("decode", having, missing).lines()).hasSize(before + alone);
  }

  @Test
  void aFileThatCannotBeReadFailsAloneAndInOneLine(@TempDir Path folder) throws Exception {
    var good = capture("vendors/Netflow5_Juniper_MX80.pcap");
    var torn = folder.resolve("torn.pcap");
    var whole = Files.readAllBytes(Path.of(capture("graylog/nprobe-netflow9-3.pcap")));
    Files.write(torn, Arrays.copyOf(whole, whole.length - 4));
    var ran = run("decode", "missing.pcap", torn.toString(), good);

    assertThat(ran.code).isEqualTo(Commands.FAILED);
    assertThat(ran.lines()).hasSizeGreaterThan(run("decode", good).lines().size());
    assertThat(ran.err)
        .contains("penstock decode: missing.pcap: there is no such file")
        .contains("torn.pcap: the file ends inside packet");
  }

  @Test
  void aFullDiskFailsInOneLine() {
    var out =
        new OutputStream() {
          @Override
          public void write(int octet) throws IOException {
            throw new IOException("No space left on device");
          }

          @Override
          public void write(byte[] octets, int at, int count) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    var err = new ByteArrayOutputStream();
    var terminal =
        new Terminal(
            new ByteArrayInputStream(new byte[0]), out, new PrintStream(err, true, UTF_8), false);
    int code =
        Commands.commandLine(terminal)
            .execute("decode", capture("vendors/Netflow5_Juniper_MX80.pcap"));

    assertThat(code).isEqualTo(Commands.FAILED);
    assertThat(err.toString(UTF_8))
        .isEqualToIgnoringNewLines("penstock decode: cannot write events: No space left on device");
  }

  @Test
  void replaySendsEveryPayloadAsItWasRecorded() throws Exception {
    var file = capture("graylog/nprobe-netflow9-3.pcap");
    var expected = payloads(file);
    try (var collector = new Collector()) {
      var ran = run("replay", file, "--to", collector.target(), "--rate", "5000/s");

      assertThat(ran.code).isEqualTo(Commands.OK);
      assertThat(ran.err).startsWith("sent " + expected.size() + " datagrams");
      assertThat(collector.await(expected.size())).containsExactlyElementsOf(expected);
    }
  }

  @Test
  void replayOfAStreamSendsItsMessages() throws Exception {
    var file = capture("exporters/softflowd-1.1.0_ipfix_mixed.tcp-stream.ipfix");
    try (var collector = new Collector()) {
      run("replay", file, "--to", collector.target());

      assertThat(collector.await(payloads(file).size())).containsExactlyElementsOf(payloads(file));
    }
  }

  @Test
  void replayIsAsFastAsAsked() throws Exception {
    var file = capture("graylog/nprobe-netflow9-3.pcap");
    int count = payloads(file).size();
    try (var collector = new Collector()) {
      long start = System.nanoTime();
      run("replay", file, "--to", collector.target(), "--rate", "100");
      double seconds = (System.nanoTime() - start) / 1e9;

      assertThat(seconds).isGreaterThan((count - 1) / 100.0 - 0.01);
    }
  }

  @Test
  void replayToNobodySaysSo() throws Exception {
    int port;
    try (var socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    var file = capture("graylog/nprobe-netflow9-3.pcap");
    var ran = run("replay", file, "--to", "127.0.0.1:" + port, "--rate", "500");

    assertThat(ran.code).isEqualTo(Commands.FAILED);
    assertThat(ran.err).contains("is the collector running, and is this its port?");
  }

  @Test
  void evenTheOnlyDatagramToNobodyIsMissed() throws Exception {
    int port;
    try (var socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    var ran = run("generate", "--to", "127.0.0.1:" + port, "--count", "1");

    assertThat(ran.code).isEqualTo(Commands.FAILED);
    assertThat(ran.err).contains("refused 1 of 1 datagrams");
  }

  @ParameterizedTest
  @ValueSource(strings = {"v5", "v9", "ipfix", "sflow5"})
  void generateSendsWhatItSaysAndACollectorDecodesAllOfIt(String protocol) throws Exception {
    try (var collector = new Collector()) {
      var ran =
          run(
              "generate",
              "--to",
              collector.target(),
              "--exporters",
              "5",
              "--rate",
              "2000/s",
              "--protocol",
              protocol,
              "--count",
              "200");
      var datagrams = collector.await(200);
      var flows = new AtomicLong();
      var decoder =
          new FlowDecoder(
              Limits.DEFAULT,
              InstantSource.system(),
              (_, record) -> flows.addAndGet(record.template().isOptions() ? 0 : 1));
      var sflow =
          new SflowDecoder(
              new DecoderCounters(),
              (_, sample) -> flows.addAndGet(sample.kind() == SflowSample.Kind.FLOW ? 1 : 0));
      var exporter = new Exporter(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1));
      for (var datagram : datagrams) {
        if (SflowDecoder.isSflow(datagram, 0, datagram.length)) {
          sflow.decode(datagram, 0, datagram.length);
        } else {
          decoder.decode(exporter, datagram, 0, datagram.length);
        }
      }

      assertThat(ran.code).isEqualTo(Commands.OK);
      assertThat(datagrams).hasSize(200);
      assertThat(collector.senders()).hasSize(5);
      long octets = datagrams.stream().mapToLong(d -> d.length).sum();
      assertThat(ran.err)
          .startsWith(
              "sent 200 datagrams, %d flows, %d bytes, from 5 exporters"
                  .formatted(flows.get(), octets));
    }
  }

  @Test
  void generateStopsAfterItsDuration() throws Exception {
    try (var collector = new Collector()) {
      var ran =
          run("generate", "--to", collector.target(), "--rate", "1000", "--duration", "300ms");

      assertThat(ran.code).isEqualTo(Commands.OK);
      assertThat(collector.await(100).size()).isBetween(100, 400);
    }
  }

  @Test
  void anInterruptedCommandStopsInOrder() throws Exception {
    var ended = new AtomicBoolean();
    var interruption = new Interruption();
    var worker =
        new Thread(
            () -> {
              try (interruption) {
                while (!interruption.isRequested()) {
                  Thread.onSpinWait();
                }
                ended.set(true);
              }
            });
    worker.start();

    // What Ctrl-C calls: it comes back when the work is over.
    interruption.request();

    assertThat(ended).isTrue();
    worker.join();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "replay x --to 127.0.0.1 | 'HOST:PORT'",
        "replay x --to 127.0.0.1:70000 | 'HOST:PORT'",
        "replay x | --to",
        "replay x --to [::1]:2055 --rate fast | 1000/s",
        "replay x --to [::1]:2055 --rate 0 | 1000/s",
        "generate --to h:1 --protocol v6 | v5",
        "generate --to h:1 --duration soon | 30s",
        "decode | FILE",
        "nonsense | nonsense",
        "'' | command"
      })
  void aWrongCommandLineIsOneLineAndExitCodeTwo(String line, String hint) {
    var ran = run(line.isEmpty() ? new String[0] : line.split(" "));

    assertThat(ran.code).isEqualTo(Commands.USAGE);
    assertThat(ran.err.lines()).hasSize(1);
    assertThat(ran.err).startsWith("penstock").contains(hint).contains("--help");
    assertThat(ran.out).isEmpty();
  }

  @Test
  void anUnknownHostFailsInOneLine() {
    var ran = run("generate", "--to", "no-such-host.invalid:2055", "--count", "1");

    assertThat(ran.code).isEqualTo(Commands.FAILED);
    assertThat(ran.err)
        .isEqualToIgnoringNewLines(
            "penstock generate: nobody knows the host 'no-such-host.invalid'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "decode --help", "replay -h", "generate --help"})
  void everyCommandExplainsItself(String line) {
    assertThat(run(line.split(" ")).code).isEqualTo(Commands.OK);
  }

  @Test
  void standardInputCannotLoop() {
    var ran = run("replay", "-", "--to", "127.0.0.1:9", "--loop");

    assertThat(ran.code).isEqualTo(Commands.FAILED);
    assertThat(ran.err).contains("standard input cannot be read twice");
  }

  @Test
  @Tag("case-65")
  void aRecordedVendorsFieldTakesTheNameThatTheOperatorGivesIt(@TempDir Path folder)
      throws IOException {
    var file = folder.resolve("elements.yaml");
    Files.writeString(file, "elements: {3054/110: {name: ourApplication, type: unsigned32}}\n");
    var recorded = capture("vendors/IPFIX_from_IXIA_something_something.pcap");

    var ran = run("decode", "--elements", file.toString(), recorded);

    assertThat(run("decode", recorded).out()).contains("\"ixiaL7AppId\":");
    assertThat(ran.code()).isEqualTo(Commands.OK);
    assertThat(ran.out()).contains("\"ourApplication\":").doesNotContain("\"ixiaL7AppId\":");
  }

  @Test
  void aMistakeInTheElementsFileIsToldWithItsPlaceAndNothingIsDecoded(@TempDir Path folder)
      throws IOException {
    var file = folder.resolve("elements.yaml");
    Files.writeString(file, "elements:\n  3054/110: {name: ours, type: uint32}\n");

    var ran = run("decode", "--elements", file.toString(), capture("vendors/IPFIX.pcap"));

    assertThat(ran.code()).isEqualTo(Commands.FAILED);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err()).startsWith("penstock decode: " + file + ":2:32: expected one of ");
  }
}
