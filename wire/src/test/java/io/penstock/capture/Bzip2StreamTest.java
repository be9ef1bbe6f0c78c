package io.penstock.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.wire.Bytes;
import io.penstock.wire.Corpus;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Julian Seward's bzip2 1.0.8 packed. */
@Tag("rfc5655-10.1-compressed-with-bzip2")
class Bzip2StreamTest {

  private static final byte[] HELLO =
      hex(
          ""
              + "425a68393141592653591931653d00000081000244a000219a68334d07338bb9"
              + "229c28480c98b29e80");

  /** 5,000 zeros, four a, five b, each octet once. */
  private static final byte[] RUNS =
      hex(
          ""
              + "425a6839314159265359b8a21960000009ffffffffffffffffffffffffffffff"
              + "ffffffffffffffffffffffffffffffffffffffb000daa4800000000000000009"
              + "800000000000000004c000000000000000000000000000260261260009800098"
              + "0000000000000000000000000000000000000000000000000000000054a64000"
              + "000000021800000000046234f498460000004c98004c4d18013130988d304c01"
              + "3432604c00000131303401210400770600001003880c000406c140e2e3032343"
              + "6383a3c3e40424446484a4c4e50525456585a5c5e60626446484a4c4e5052545"
              + "6585a5c5e60626466686a6c6e70727476787a7c7ffc404142434445464748494"
              + "a4b4c4d4e4f50515253626364656667f1f91a1a5abcbe66bf3886b0a6fd02021"
              + "02a19b5b9bdc3d3ea7172737475767778797a7b7c7d7e7f808182837f8081828"
              + "3fec242c343c444c545c646c747c848c949ca4acb4b9b4c1ccccd4dce4ecf4fd"
              + "050d151d252d353d454d555d656d757d858d959da5adb5bdc5cdd5dde5edf5fe"
              + "060e161e262e363e464e565e666e767e868e969ea6aeb6bec6ced6dee6eef6fe"
              + "9ea6aeb6bec6ced6dee6eef6ff070ffb8b8f93ffcbcdcfd1d3d425b020800ebe"
              + "becedeeef177245385090b8a219600");

  /** 300,000 octets, a and b in turns, in blocks of 100,000. */
  private static final byte[] BLOCKS =
      hex(
          ""
              + "425a6831314159265359f14b8b270061a30100300020003080291942505aa128"
              + "2e6282b24ca6b2037dbcf800c3460200600040006100523542505942505cc505"
              + "64994d67c52e2c9c01868c0400c0008000c200a46509416a84a0b98a0ac9329a"
              + "ce6c7e143800007008018001000184026a32351c5dc914e142428effd01c");

  /** 600 letters, from a to e, which are told with several tables. */
  private static final byte[] GROUPS =
      hex(
          ""
              + "425a683931415926535942e49e960000db410060003e0030019a5001a7a69482"
              + "1801aa7e654d43a777d78b361c0505a3448ad95d1741c22f5c4c145dcd29c392"
              + "96e5969ae4b375cf3b6dab6a8041625c4205f9484f797db036d86334bb28210d"
              + "165d40f02fa8d0c6c2cdcf353437bde9ec0d82786f6d55824a6a268cc520dc8a"
              + "231d4a57583d76b91231c050a96158bb75c6fb31b6f9a5ac4969eb728d8eb2d2"
              + "66596e6b799980980b596892b47aec159a6b041d81bb3785072ec3d495753b2c"
              + "5365e5a9a12e9b2434baec1b669c58dd88221350bc2284c965989641db119603"
              + "daaa91713f17724538509042e49e96");

  private static final byte[] EMPTY = hex("425a683917724538509000000000");

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  private static byte[] unpacked(byte[] packed) throws IOException {
    try (var stream = new Bzip2Stream(new ByteArrayInputStream(packed))) {
      return stream.readAllBytes();
    }
  }

  @Test
  void wordsComeBack() throws IOException {
    assertThat(unpacked(HELLO)).asString(StandardCharsets.US_ASCII).isEqualTo("hello");
  }

  @Test
  void runsComeBack() throws IOException {
    byte[] expected = new byte[5_000 + 9 + 256];
    Arrays.fill(expected, 5_000, 5_004, (byte) 'a');
    Arrays.fill(expected, 5_004, 5_009, (byte) 'b');
    for (int i = 0; i < 256; i++) {
      expected[5_009 + i] = (byte) i;
    }

    assertThat(unpacked(RUNS)).isEqualTo(expected);
  }

  @Test
  void severalBlocksComeBack() throws IOException {
    assertThat(unpacked(BLOCKS))
        .isEqualTo("ab".repeat(150_000).getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void severalTablesComeBack() throws IOException {
    byte[] expected = new byte[600];
    int random = 12_345;
    for (int i = 0; i < expected.length; i++) {
      random = random * 1_103_515_245 + 12_345 & 0x7fff_ffff;
      expected[i] = (byte) ('a' + (random >> 16) % 5);
    }

    assertThat(unpacked(GROUPS)).isEqualTo(expected);
  }

  @Test
  void aStreamWithoutBlocksIsEmpty() throws IOException {
    assertThat(unpacked(EMPTY)).isEmpty();
  }

  @Test
  void streamsMayFollowOneAnotherAndRubbishBehindThemIsNothing() throws IOException {
    var both = new Bytes().raw(HELLO).raw(EMPTY).raw(HELLO).u8('B', 'Z', 'x').array();

    assertThat(unpacked(both)).asString(StandardCharsets.US_ASCII).isEqualTo("hellohello");
  }

  @Test
  void octetsMayBeReadOneByOne() throws IOException {
    try (var stream = new Bzip2Stream(new ByteArrayInputStream(HELLO))) {
      assertThat(stream.read()).isEqualTo('h');
      assertThat(stream.readNBytes(9)).hasSize(4);
      assertThat(stream.read()).isEqualTo(-1);
    }
  }

  @Test
  void noFlippedBitGivesOtherOctets() throws IOException {
    byte[] whole = unpacked(GROUPS);
    int noticed = 0;
    for (int bit = 32; bit < 8 * GROUPS.length; bit++) {
      byte[] damaged = GROUPS.clone();
      damaged[bit / 8] ^= (byte) (0x80 >> bit % 8);
      try {
        // A bit of a code that is not used does not matter.
        assertThat(unpacked(damaged)).as("bit " + bit).isEqualTo(whole);
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("bzip2");
        noticed++;
      }
    }
    assertThat(noticed).isGreaterThan(8 * GROUPS.length * 9 / 10);
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 11, 20, 60, 130})
  void whatWasCutOffIsMissed(int octets) {
    assertThatThrownBy(() -> unpacked(Arrays.copyOf(GROUPS, octets)))
        .isInstanceOf(IOException.class)
        .hasMessage("the bzip2 data end too early");
  }

  @Test
  void everyCaptureComesBackFromBzip2(@TempDir Path folder)
      throws IOException, InterruptedException {
    assumeTrue(isInstalled(), "bzip2 is not installed");
    for (var name :
        new String[] {
          "vendors/Netflow_9_Cisco_ASA.pcap", "exporters/softflowd-1.1.0_nf9_mixed.pcap"
        }) {
      var original = Corpus.flow(name);
      var packed = folder.resolve("packed.bz2");
      var bzip2 =
          new ProcessBuilder("bzip2", "--stdout", original.toString())
              .redirectOutput(packed.toFile())
              .start();
      assertThat(bzip2.waitFor(Duration.ofMinutes(1).toSeconds(), TimeUnit.SECONDS)).isTrue();

      assertThat(unpacked(Files.readAllBytes(packed))).isEqualTo(Files.readAllBytes(original));
    }
  }

  private static boolean isInstalled() throws InterruptedException {
    try {
      var process = new ProcessBuilder("bzip2", "--help").redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor() == 0;
    } catch (IOException _) {
      return false;
    }
  }
}
