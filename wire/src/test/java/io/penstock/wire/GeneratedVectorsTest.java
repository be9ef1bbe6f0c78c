package io.penstock.wire;

import static io.penstock.capture.Packets.ipv4;
import static io.penstock.capture.Packets.packet;
import static io.penstock.capture.Packets.pcap;
import static io.penstock.capture.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.capture.Capture;
import io.penstock.capture.CaptureException;
import io.penstock.registry.Registry;
import io.penstock.traffic.MessageWriter;
import io.penstock.wire.Collected.Copy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What no recording of the corpus shows is made by {@link MessageWriter}, put into a capture, and
 * read by us and by an independent decoder: tshark must find the same values.
 */
class GeneratedVectorsTest {

  private static final int VARIABLE = FieldSpecifier.VARIABLE;
  private static final int LINK_RAW = 101;
  private static final int PORT = 2055;
  private static final int FRAGMENT_OCTETS = 1480;
  private static final int MORE_FRAGMENTS = 0x2000;

  /** How tshark calls the elements of these vectors. */
  private static final Map<Integer, String> NAMES =
      Map.ofEntries(
          Map.entry(1, "octets"),
          Map.entry(2, "packets"),
          Map.entry(3, "flows"),
          Map.entry(4, "protocol"),
          Map.entry(5, "tos"),
          Map.entry(6, "tcpflags"),
          Map.entry(7, "srcport"),
          Map.entry(8, "srcaddr"),
          Map.entry(9, "srcmask"),
          Map.entry(10, "inputint"),
          Map.entry(11, "dstport"),
          Map.entry(12, "dstaddr"),
          Map.entry(13, "dstmask"),
          Map.entry(14, "outputint"),
          Map.entry(15, "nexthop"),
          Map.entry(16, "srcas"),
          Map.entry(17, "dstas"),
          Map.entry(44, "srcnet"),
          Map.entry(45, "dstnet"),
          Map.entry(130, "routersc"),
          Map.entry(303, "information_element_id"),
          Map.entry(339, "information_element_data_type"),
          Map.entry(341, "information_element_name"),
          Map.entry(344, "information_element_semantics"),
          Map.entry(345, "information_element_units"),
          Map.entry(346, "private_enterprise_number"));

  private static final List<Integer> TEXTS = List.of(341);

  @TempDir Path folder;

  private final SplittableRandom random = new SplittableRandom(8);
  private final FixedLayouts fixed = new FixedLayouts();

  @BeforeAll
  static void needsTshark() throws InterruptedException {
    assumeTrue(isInstalled(), "tshark is not installed: nothing checks the generated vectors");
  }

  private static boolean isInstalled() throws InterruptedException {
    try {
      var command = new ProcessBuilder("tshark", "--version");
      command.redirectOutput(ProcessBuilder.Redirect.DISCARD);
      command.redirectError(ProcessBuilder.Redirect.DISCARD);
      return command.start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** The values of some fields in all packets of a capture, as tshark writes them. */
  private Map<String, List<String>> tshark(Path capture, List<String> fields) throws Exception {
    var output = folder.resolve("tshark.txt");
    var command = new ArrayList<String>();
    command.addAll(List.of("tshark", "-r", capture.toString()));
    command.addAll(List.of("-d", "udp.port==" + PORT + ",cflow"));
    command.addAll(List.of("-T", "fields", "-E", "separator=/t", "-E", "aggregator=,"));
    fields.forEach(field -> command.addAll(List.of("-e", "cflow." + field)));
    var process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("tshark ends").isTrue();
    assertThat(process.exitValue()).isZero();

    var found = new HashMap<String, List<String>>();
    for (var line : Files.readAllLines(output)) {
      var columns = line.split("\t", -1);
      for (int i = 0; i < fields.size(); i++) {
        var values = found.computeIfAbsent(fields.get(i), _ -> new ArrayList<>());
        values.addAll(columns[i].isEmpty() ? List.of() : List.of(columns[i].split(",")));
      }
    }
    return found;
  }

  private List<String> tshark(Path capture, String field) throws Exception {
    return tshark(capture, List.of(field)).getOrDefault(field, List.of());
  }

  private Path capture(byte[]... messages) throws IOException {
    var frames = new ArrayList<byte[]>();
    for (int i = 0; i < messages.length; i++) {
      frames.addAll(fragments(i + 1, udp(50_000, PORT, messages[i])));
    }
    // All at one moment, since fragments do not wait for each other for ever.
    var file = new ByteArrayOutputStream();
    file.writeBytes(pcap(LINK_RAW));
    frames.forEach(f -> file.writeBytes(packet(ByteOrder.LITTLE_ENDIAN, 1, f, f.length)));
    return Files.write(folder.resolve("v.pcap"), file.toByteArray());
  }

  private static List<byte[]> fragments(int id, byte[] datagram) {
    if (datagram.length <= FRAGMENT_OCTETS) {
      return List.of(ipv4(17, datagram));
    }
    var frames = new ArrayList<byte[]>();
    for (int at = 0; at < datagram.length; at += FRAGMENT_OCTETS) {
      int end = Math.min(datagram.length, at + FRAGMENT_OCTETS);
      int flags = at / 8 | (end < datagram.length ? MORE_FRAGMENTS : 0);
      frames.add(ipv4(17, id, flags, Arrays.copyOfRange(datagram, at, end)));
    }
    return frames;
  }

  private static Collected read(Path file) throws CaptureException {
    var collected = new Collected();
    var decoder = new FlowDecoder(Limits.DEFAULT, InstantSource.system(), collected);
    try (var capture = Capture.open(file)) {
      for (var p = capture.next(); p != null; p = capture.next()) {
        decoder.decode(new Exporter(p.source(), p.transport()), p.bytes(), p.offset(), p.length());
      }
    }
    assertThat(collected.refusals).isEmpty();
    return collected;
  }

  /** Our values of an element in all records, in tshark's order: as it writes them. */
  private static List<String> ours(List<Copy> records, int element, String sample) {
    var values = new ArrayList<String>();
    for (var record : records) {
      var fields = record.template().fields();
      for (int i = 0; i < fields.size(); i++) {
        boolean isOurOwn = fields.get(i).enterprise() == FixedLayouts.OWN_ENTERPRISE;
        if (fields.get(i).id() == element && !isOurOwn) {
          values.add(told(record.values().get(i), element, sample));
        }
      }
    }
    return values;
  }

  private static String told(String hex, int element, String sample) {
    if (TEXTS.contains(element)) {
      return new String(HexFormat.of().parseHex(hex), StandardCharsets.UTF_8);
    }
    if (sample.contains(".")) {
      return address(hex);
    }
    return sample.startsWith("0x") ? "0x" + hex : new BigInteger(hex, 16).toString();
  }

  private static String address(String hex) {
    try {
      return InetAddress.getByAddress(HexFormat.of().parseHex(hex)).getHostAddress();
    } catch (IOException e) {
      throw new IllegalArgumentException(hex, e);
    }
  }

  /** Compares all the elements that tshark has a name for, except these. */
  private void compare(Path capture, Integer... except) throws Exception {
    var records = read(capture).records;
    assertThat(records).isNotEmpty();
    var elements =
        records.stream()
            .flatMap(record -> record.template().fields().stream())
            .map(FieldSpecifier::id)
            .filter(id -> NAMES.containsKey(id) && !List.of(except).contains(id))
            .distinct()
            .toList();
    assertThat(elements).isNotEmpty();
    var all = tshark(capture, elements.stream().map(id -> NAMES.getOrDefault(id, "")).toList());
    for (int element : elements) {
      var theirs = all.getOrDefault(NAMES.getOrDefault(element, ""), List.of());

      assertThat(ours(records, element, theirs.isEmpty() ? "" : theirs.getFirst()))
          .as("element %s", element)
          .isEqualTo(theirs);
    }
  }

  private byte[] message(MessageHeader header, Template template, int records) {
    var writer = new MessageWriter(header.version(), 65_507);
    writer.begin(header);
    boolean isTemplated = header.version().number() >= ProtocolVersion.NETFLOW_V9.number();
    if (isTemplated) {
      writer.template(template);
    }
    for (int i = 0; i < records; i++) {
      var out = writer.record(template);
      for (var field : template.fields()) {
        var value = new byte[field.length()];
        random.nextBytes(value);
        if (field.id() == 210) {
          Arrays.fill(value, (byte) 0);
        }
        out.put(value);
      }
    }
    return Arrays.copyOf(writer.bytes(), writer.finish());
  }

  private static MessageHeader header(ProtocolVersion version, int aggregation) {
    boolean isIpfix = version == ProtocolVersion.IPFIX;
    return new MessageHeader(
        version,
        -1,
        isIpfix ? -1 : 100_000,
        1_700_000_000L,
        0,
        42,
        7,
        -1,
        false,
        false,
        aggregation);
  }

  private Template v8(int scheme) {
    return Optional.ofNullable(fixed.v8(scheme)).orElseThrow();
  }

  @Test
  @Tag("case-2")
  void netflow7() throws Exception {
    compare(capture(message(header(ProtocolVersion.NETFLOW_V7, -1), fixed.v7, 5)));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 6, 7, 8, 10, 11, 12})
  @Tag("case-2")
  void netflow8(int scheme) throws Exception {
    var template = v8(scheme);
    compare(capture(message(header(ProtocolVersion.NETFLOW_V8, scheme << 8 | 2), template, 5)));
  }

  /** tshark takes the first octet behind the networks for the source's prefix length. */
  @ParameterizedTest
  @ValueSource(ints = {5, 13, 14})
  @Tag("case-2")
  void netflow8WithTwoPrefixLengths(int scheme) throws Exception {
    var template = v8(scheme);
    var file = capture(message(header(ProtocolVersion.NETFLOW_V8, scheme << 8 | 2), template, 5));

    compare(file, 9, 13);
    assertThat(ours(read(file).records, 13, "")).isEqualTo(tshark(file, "srcmask"));
    assertThat(ours(read(file).records, 9, "")).isEqualTo(tshark(file, "dstmask"));
  }

  /** tshark reads the ToS octet and the padding before the interfaces, routers behind them. */
  @Test
  @Tag("case-2")
  void netflow8ByAsAndTos() throws Exception {
    var template = v8(9);
    compare(capture(message(header(ProtocolVersion.NETFLOW_V8, 0x0902), template, 5)), 5, 10, 14);
  }

  private static FieldSpecifier field(int id, int length) {
    return new FieldSpecifier(0, id, length, false);
  }

  private static Template template(int id, FieldSpecifier... fields) {
    return new Template(ProtocolVersion.IPFIX, id, List.of(fields), false);
  }

  @Test
  @Tag("case-61")
  void reverseElements() throws Exception {
    var template =
        template(
            300,
            field(8, 4),
            field(12, 4),
            field(1, 8),
            new FieldSpecifier(Registry.REVERSE, 1, 8, false),
            field(2, 4),
            new FieldSpecifier(Registry.REVERSE, 2, 4, false));

    compare(capture(message(header(ProtocolVersion.IPFIX, -1), template, 3)));
  }

  @Test
  @Tag("case-94")
  void typeInformation() throws Exception {
    var template =
        new Template(
            ProtocolVersion.IPFIX,
            300,
            List.of(
                new FieldSpecifier(0, 346, 4, true),
                new FieldSpecifier(0, 303, 2, true),
                field(339, 1),
                field(344, 1),
                field(345, 2),
                field(341, VARIABLE)),
            true);
    var writer = new MessageWriter(ProtocolVersion.IPFIX, 1_400);
    writer.begin(header(ProtocolVersion.IPFIX, -1));
    writer.template(template);
    for (var name : List.of("queueLevel", "queueName")) {
      var type = name.endsWith("Name") ? DataType.STRING : DataType.UNSIGNED32;
      var out = writer.record(template);
      out.putInt(99_999).putShort((short) 7).put((byte) type.ordinal());
      out.put((byte) 1).putShort((short) 2);
      writer.variable(name.getBytes(StandardCharsets.US_ASCII));
    }

    compare(capture(Arrays.copyOf(writer.bytes(), writer.finish())));
  }

  /** An address and a list of the kind of this element, in one record. */
  private byte[] list(int element, Bytes list) {
    var inner = template(300, field(4, 1), field(7, 2));
    var other = template(301, field(12, 4), field(7, 2));
    var outer = template(400, field(8, 4), field(element, VARIABLE));
    var writer = new MessageWriter(ProtocolVersion.IPFIX, 1_400);
    writer.begin(header(ProtocolVersion.IPFIX, -1));
    List.of(inner, other, outer).forEach(writer::template);
    writer.record(outer).putInt(0x0a000001);
    writer.variable(list.array());
    return Arrays.copyOf(writer.bytes(), writer.finish());
  }

  @Test
  @Tag("case-62")
  void aSubTemplateList() throws Exception {
    var list = new Bytes().u8(4).u16(300).u8(6, 1, 0xbb, 17, 0, 53);
    var file = capture(list(292, list));

    assertThat(read(file).lists).containsExactly("4{06 01bb|11 0035}");
    assertThat(tshark(file, "subtemplate_semantic")).containsExactly("4");
    assertThat(tshark(file, "protocol")).containsExactly("6", "17");
    assertThat(tshark(file, "srcport")).containsExactly("443", "53");
  }

  /** tshark knows the two other lists as octets only, so that it can confirm where they end. */
  @Test
  @Tag("case-62")
  void aBasicList() throws Exception {
    var list = new Bytes().u8(3).u16(10, 4).u32(1, 2);
    var file = capture(list(291, list));

    assertThat(read(file).lists).containsExactly("3:0.10/4[00000001 00000002]");
    assertThat(tshark(file, "enterprise_private_entry"))
        .containsExactly(HexFormat.of().formatHex(list.array()));
  }

  @Test
  @Tag("case-62")
  void aSubTemplateMultiList() throws Exception {
    var list = new Bytes().u8(3).u16(300, 10).u8(6, 1, 0xbb, 17, 0, 53);
    list.u16(301, 10).u32(0x0a000002).u16(80);
    var file = capture(list(293, list));

    assertThat(read(file).lists).containsExactly("3{06 01bb|11 0035|0a000002 0050}");
    assertThat(tshark(file, "enterprise_private_entry"))
        .containsExactly(HexFormat.of().formatHex(list.array()));
  }

  @Test
  @Tag("case-13")
  @Tag("case-93")
  void aJumboDatagramInFragments() throws Exception {
    var template = template(300, field(8, 4), field(12, 4), field(1, 8), field(7, 2));
    var message = message(header(ProtocolVersion.IPFIX, -1), template, 3_600);
    assertThat(message.length).isGreaterThan(64_000);
    var file = capture(message);

    assertThat(read(file).records).hasSize(3_600);
    compare(file);
  }
}
