package io.penstock.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.sflow.Collected;
import io.penstock.sflow.SflowSample;
import io.penstock.wire.DecoderCounters.Count;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SflowWriterTest {

  private static final long NOW_MILLIS = 1_772_366_400_000L;
  private static final int PORT = 6343;
  private static final int RAW_IP = 101;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void whatAMadeUpAgentSendsIsReadWithoutALoss(int exporter) {
    var traffic = new SflowTraffic(exporter, 42);
    var found = new Collected();
    int packets = 0;
    for (int i = 0; i < 200; i++) {
      int length = traffic.next(NOW_MILLIS + i);
      packets += traffic.flows();
      assertThat(length).isLessThanOrEqualTo(1_400);
      found.decode(traffic.bytes(), length);
    }

    assertThat(found.rejections).isEmpty();
    assertThat(found.counters.get(Count.RECORDS)).isEqualTo(packets).isGreaterThan(600);
    assertThat(found.counters.get(Count.COUNTER_SAMPLES)).isEqualTo(7);
    assertThat(found.datagrams).allMatch(Collected.Datagram::isComplete);
    assertThat(found.samples).noneMatch(Collected.Sample::isTruncated);
    var texts = found.samples.stream().flatMap(sample -> sample.records().stream()).toList();
    assertThat(texts).noneMatch(text -> text.contains("} +"));
    assertThat(texts).anyMatch(text -> text.startsWith("extended_gateway{"));
  }

  @Test
  void eachDataSourceOfAMadeUpAgentNumbersItsSamplesWithoutAGap() {
    var traffic = new SflowTraffic(0, 42);
    var found = new Collected();
    for (int i = 0; i < 400; i++) {
      found.decode(traffic.bytes(), traffic.next(NOW_MILLIS + i));
    }

    var next = new HashMap<String, Long>();
    for (var sample : found.samples) {
      var source = sample.kind() + " " + sample.sourceIndex();
      assertThat(sample.sequence()).as(source).isEqualTo(next.merge(source, 1L, Long::sum));
    }
    assertThat(next).hasSize(16);
  }

  @Test
  void theSameSeedSendsTheSame() {
    var one = new SflowTraffic(1, 9);
    var other = new SflowTraffic(1, 9);
    for (int i = 0; i < 50; i++) {
      int length = one.next(NOW_MILLIS);
      assertThat(other.next(NOW_MILLIS)).isEqualTo(length);
      assertThat(other.bytes()).isEqualTo(one.bytes());
    }
  }

  /** Wireshark reads every structure that it knows of, as we do. */
  @Test
  @Tag("case-80")
  @Tag("case-82")
  void anIndependentDecoderReadsWhatIsWritten() throws Exception {
    assumeTrue(isInstalled(), "tshark is not installed: what is written is not checked by it");
    var datagrams = new ArrayList<byte[]>();
    var traffic = new SflowTraffic(0, 7);
    for (int i = 0; i < 40; i++) {
      datagrams.add(Arrays.copyOf(traffic.bytes(), traffic.next(NOW_MILLIS + i)));
    }
    datagrams.add(everything());
    var found = new Collected();
    datagrams.forEach(datagram -> found.decode(datagram, datagram.length));

    var theirs = tshark(datagrams);

    var flows = found.samples.stream().filter(s -> s.kind() == SflowSample.Kind.FLOW).toList();
    assertThat(theirs.get(0)).containsExactlyElementsOf(numbers(flows, Collected.Sample::sequence));
    assertThat(theirs.get(1)).containsExactlyElementsOf(numbers(flows, Collected.Sample::rate));
    assertThat(theirs.get(2)).containsExactlyElementsOf(numbers(flows, Collected.Sample::pool));
    var records = found.samples.stream().flatMap(sample -> sample.records().stream()).toList();
    assertThat(theirs.get(3))
        .containsExactlyElementsOf(values(records, "sampled_header", "frame_length"));
    assertThat(theirs.get(4))
        .containsExactlyElementsOf(values(records, "extended_switch", "src_vlan"));
    assertThat(theirs.get(5))
        .containsExactlyElementsOf(values(records, "extended_gateway", "localpref"));
    assertThat(theirs.get(6))
        .containsExactlyElementsOf(values(records, "if_counters", "ifInOctets"));
    assertThat(theirs.get(7))
        .containsExactlyElementsOf(values(records, "if_counters", "ifOutOctets"));
    assertThat(theirs.get(8)).containsExactly("8738");
    assertThat(theirs.get(9)).as("malformed").isEmpty();
  }

  /** Structures of which the made-up traffic has none. */
  private static byte[] everything() {
    var writer = new SflowWriter(1_400);
    writer.begin(new byte[] {10, 0, 0, 1}, 0, 1, 1);
    writer.flow(1, 9, 10, 20, 0, 1, 2 << 30 | 3);
    writer.record(1002);
    writer.address(new byte[] {10, 8, 8, 8}).buffer().putInt(24).putInt(16);
    writer.flowExpanded(
        2,
        new SflowWriter.Source(0, 0x100_0000),
        30,
        40,
        0,
        new SflowWriter.Interface(0, 0x4000_0000L),
        new SflowWriter.Interface(0, 9));
    writer.record(1008);
    writer.text("lsp").buffer().putInt(0x2222).putInt(3);
    return Arrays.copyOf(writer.bytes(), writer.finish());
  }

  private static List<String> numbers(
      List<Collected.Sample> samples, ToLongFunction<Collected.Sample> number) {
    return samples.stream().map(sample -> Long.toString(number.applyAsLong(sample))).toList();
  }

  private static List<String> values(List<String> records, String structure, String field) {
    return records.stream()
        .filter(record -> record.startsWith(structure + "{"))
        .map(record -> record.replaceFirst(".*[{ ]" + field + "=([^,}]*).*", "$1"))
        .toList();
  }

  private static boolean isInstalled() {
    try {
      var process = new ProcessBuilder("tshark", "--version").redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** A list for each field that is asked for: all its values, in the order of the datagrams. */
  private List<List<String>> tshark(List<byte[]> datagrams) throws Exception {
    var file = folder.resolve("sflow.pcap");
    Files.write(file, pcap(datagrams));
    var fields =
        List.of(
            "sflow.flow_sample.sequence_number",
            "sflow.flow_sample.sampling_rate",
            "sflow.flow_sample.sample_pool",
            "sflow_245.header.frame_length",
            "sflow_245.vlan.in",
            "sflow_245.localpref",
            "sflow_245.ifinoct",
            "sflow_245.ifoutoct",
            "sflow_5.extended_mpls_tunnel.id",
            "_ws.malformed");
    var command = new ArrayList<>(List.of("tshark", "-r", file.toString(), "-T", "fields"));
    fields.forEach(field -> command.addAll(List.of("-e", field)));
    var process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(text.lines().count()).isEqualTo(datagrams.size());
    var columns = new ArrayList<List<String>>();
    for (int i = 0; i < fields.size(); i++) {
      int column = i;
      columns.add(
          text.lines()
              .map(line -> line.split("\t", -1)[column])
              .filter(values -> !values.isEmpty())
              .flatMap(values -> List.of(values.split(",")).stream())
              .toList());
    }
    return columns;
  }

  private static byte[] pcap(List<byte[]> datagrams) {
    var out = ByteBuffer.allocate(1 << 20);
    out.putInt(0xa1b2c3d4).putShort((short) 2).putShort((short) 4).putLong(0);
    out.putInt(65_535).putInt(RAW_IP);
    for (var datagram : datagrams) {
      int length = 28 + datagram.length;
      out.putInt(0).putInt(0).putInt(length).putInt(length);
      out.putInt(0x4500_0000 | length).putInt(0).putInt(64 << 24 | 17 << 16);
      out.putInt(0x0a000001).putInt(0x0a000002);
      out.putShort((short) 50_000).putShort((short) PORT);
      out.putShort((short) (8 + datagram.length)).putShort((short) 0).put(datagram);
    }
    return Arrays.copyOf(out.array(), out.position());
  }
}
