package io.penstock.capture;

import static io.penstock.wire.Bytes.ipfix;
import static io.penstock.wire.Bytes.set;
import static io.penstock.wire.Bytes.template;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.wire.Bytes;
import io.penstock.wire.DecoderCounters.Count;
import io.penstock.wire.Exporter;
import io.penstock.wire.Rig;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** IPFIX files (RFC 5655), written by hand. */
class MessageFileTest {

  private static final Bytes DEFINED = ipfix(set(2, template(256, 8, 4, 12, 4)));
  private static final Bytes REDEFINED = ipfix(set(2, template(256, 8, 4)));
  private static final Bytes WITHDRAWN = ipfix(set(2, new Bytes().u16(256, 0)));

  /** What a file held, and what became of its records. */
  private record Read(List<Payload> messages, CaptureCounts counts, Rig rig) {

    int records() {
      return rig.found.records.size();
    }

    List<Integer> lengths() {
      return messages.stream().map(Payload::length).toList();
    }
  }

  private static Read read(byte[] file) throws CaptureException {
    var messages = new ArrayList<Payload>();
    var rig = new Rig();
    try (var capture = Capture.of(new ByteArrayInputStream(file))) {
      for (var next = capture.next(); next != null; next = capture.next()) {
        messages.add(next);
        rig.send(
            new Exporter(next.source(), next.transport()),
            Arrays.copyOfRange(next.bytes(), next.offset(), next.offset() + next.length()));
      }
      return new Read(messages, capture.counts(), rig);
    }
  }

  private static Bytes data(int octets) {
    return ipfix(set(256, new Bytes().zeros(octets)));
  }

  private static byte[] file(Bytes... messages) {
    var all = new Bytes();
    for (var message : messages) {
      all.append(message);
    }
    return all.array();
  }

  @Test
  @Tag("case-15")
  @Tag("rfc5655-7.1-templates-and-data-in-one-message")
  void aMessageMayHoldTemplatesAndTheirData() throws Exception {
    var message = ipfix(set(2, template(256, 8, 4, 12, 4)), set(256, new Bytes().zeros(16)));

    assertThat(read(file(message, data(8))).records()).isEqualTo(3);
  }

  @Test
  @Tag("case-15")
  @Tag("rfc5655-7.1-repeated-template-accepted")
  void aTemplateMayBeRepeatedAsOverUdp() throws Exception {
    var read = read(file(DEFINED, data(8), DEFINED, data(8)));

    assertThat(read.records()).isEqualTo(2);
    assertThat(read.rig.decoder.counters().get(Count.TEMPLATES_REFRESHED)).isEqualTo(1);
  }

  @Test
  @Tag("case-15")
  @Tag("rfc5655-7.1-redefined-template-accepted")
  void aTemplateMayBeRedefinedWithoutWithdrawalAsOverUdp() throws Exception {
    var read = read(file(DEFINED, data(8), REDEFINED, data(8)));

    assertThat(read.records()).isEqualTo(1 + 2);
  }

  @Test
  @Tag("case-15")
  @Tag("rfc5655-7.1-withdrawal-accepted")
  void aTemplateMayBeWithdrawnAsOverTcp() throws Exception {
    var read = read(file(DEFINED, data(8), WITHDRAWN, data(8)));

    assertThat(read.records()).isEqualTo(1);
    assertThat(read.rig.decoder.counters().get(Count.WAITING_SETS)).isEqualTo(1);
    assertThat(read.rig.decoder.counters().get(Count.TEMPLATES_WITHDRAWN)).isEqualTo(1);
  }

  @Test
  @Tag("case-15")
  @Tag("rfc5655-10.1-compressed-with-gzip")
  void aFileMayBeCompressed() throws Exception {
    var zipped = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(zipped)) {
      gzip.write(file(DEFINED, data(24)));
    }

    assertThat(read(zipped.toByteArray()).records()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 15, 16, 100, 70_000})
  void whatIsNoMessageIsPassedOver(int junk) throws Exception {
    var rubbish = new byte[junk];
    new Random(junk).nextBytes(rubbish);
    Arrays.fill(rubbish, 0, Math.min(junk, 4), (byte) 0xff);

    var read = read(file(DEFINED, data(8), new Bytes().raw(rubbish), data(16), data(8)));

    assertThat(read.records()).isEqualTo(4);
    assertThat(read.counts.damages()).isEqualTo(1);
    assertThat(read.counts.firstDamage()).isEqualTo(DEFINED.size() + data(8).size());
    assertThat(read.counts.damagedOctets()).isEqualTo(junk);
    assertThat(read.counts.packets()).isEqualTo(4);
  }

  @Test
  void aDamagedLengthCostsItsOwnMessageOnly() throws Exception {
    for (int wrong : new int[] {17, 30, 44, 300, 60_000}) {
      var damaged = data(40).array();
      damaged[2] = (byte) (wrong >> 8);
      damaged[3] = (byte) wrong;

      var read =
          read(file(DEFINED, data(8), new Bytes().raw(damaged), data(16), data(400), data(8)));

      assertThat(read.records()).as("length %d", wrong).isEqualTo(1 + 2 + 50 + 1);
      assertThat(read.counts.damagedOctets()).isEqualTo(damaged.length);
    }
  }

  @Test
  void aFileThatEndsInRubbishGivesAllBeforeIt() throws Exception {
    var longEnough = new Bytes();
    for (int i = 0; i < 100; i++) {
      longEnough.append(data(800));
    }

    var read = read(file(DEFINED, longEnough, new Bytes().u8(0xff, 0, 1)));

    assertThat(read.records()).isEqualTo(100 * 100);
    assertThat(read.counts.damagedOctets()).isEqualTo(3);
  }

  @Test
  void aFileThatEndsInsideAMessageGivesItsBeginning() throws Exception {
    var whole = new Bytes();
    for (int i = 0; i < 100; i++) {
      whole.append(data(800));
    }
    byte[] file = file(DEFINED, whole);

    var read = read(Arrays.copyOf(file, file.length - 100));

    assertThat(read.messages.getLast().truncated()).isTrue();
    assertThat(read.counts.truncated()).isEqualTo(1);
    assertThat(read.counts.damages()).isZero();
    assertThat(read.records()).isEqualTo(99 * 100 + 87);
  }

  @Test
  void aSearchThroughMuchRubbishTakesTimeInProportion() throws Exception {
    // Every fourth octet looks like the beginning of a message that nothing behind it confirms.
    var rubbish = new Bytes();
    for (int i = 0; i < 1 << 20; i++) {
      rubbish.u16(10, 18);
    }

    var read = read(file(DEFINED, data(8), rubbish, data(16), data(8)));

    assertThat(read.records()).isEqualTo(4);
    assertThat(read.counts.damagedOctets()).isEqualTo(4 << 20);
  }

  @Test
  @Tag("case-15")
  @Tag("rfc5655-8.1.1-message-checksum")
  void checksumsInMessagesAreChecked() throws Exception {
    var options = ipfix(set(3, new Bytes().u16(300, 2, 1, 263, 1, 262, 16)));
    byte[] right = sealed();
    byte[] wrong = right.clone();
    wrong[40] ^= 1;

    var read =
        read(file(options, new Bytes().raw(right), new Bytes().raw(wrong), data(8), data(8)));

    assertThat(read.counts.checksums()).isEqualTo(2);
    assertThat(read.counts.wrongChecksums()).isEqualTo(1);
    assertThat(read.lengths()).hasSize(5);
    assertThat(read.records()).isEqualTo(2);
  }

  /** A message whose last record, of template 300, is the MD5 of all of it (RFC 5655 §8.1.1). */
  private static byte[] sealed() throws GeneralSecurityException {
    byte[] message =
        ipfix(set(256, new Bytes().zeros(24)), set(300, new Bytes().u8(0).zeros(16))).array();
    byte[] sum = MessageDigest.getInstance("MD5").digest(message);
    System.arraycopy(sum, 0, message, message.length - 16, 16);
    return message;
  }
}
