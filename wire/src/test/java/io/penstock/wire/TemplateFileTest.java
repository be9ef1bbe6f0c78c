package io.penstock.wire;

import static io.penstock.wire.Bytes.ipfix;
import static io.penstock.wire.Bytes.set;
import static io.penstock.wire.Bytes.template;
import static io.penstock.wire.Bytes.v9;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.wire.DecoderCounters.Count;
import io.penstock.wire.TemplateFile.Loaded;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Case 34: templates survive a restart. */
class TemplateFileTest {

  private static final Bytes RECORD = new Bytes().u32(0x0a000001).u16(80);
  private static final Bytes OPTIONS =
      new Bytes().u16(300, 2, 1).u16(149, 4).u16(0x8001, 4).u32(4_000_000_000L);
  private static final Exporter IPV6 = Rig.udp("2001:db8::1", 4739);

  @TempDir Path folder;

  @Test
  @Tag("rfc3954-9-what-is-kept-of-a-template")
  @Tag("rfc7011-8.4-what-is-kept-of-a-template")
  void whatWasLearnedIsKnownAfterARestart() throws IOException {
    var before = learned();
    TemplateFile.write(file(), before.decoder.templates());

    var after = new Rig();
    templates().forEach(after.decoder::restore);

    after.send(v9(set(256, RECORD)));
    after.sendFrom(IPV6, ipfix(0xffff_ffffL, set(300, new Bytes().u32(1, 2))));
    assertThat(after.found.texts()).containsExactly("0a000001 0050", "00000001 00000002");
    assertThat(after.found.records.getLast().template().fields())
        .containsExactly(
            new FieldSpecifier(0, 149, 4, true), new FieldSpecifier(4_000_000_000L, 1, 4, false));
    assertThat(after.found.records.getLast().template().isOptions()).isTrue();
    assertThat(after.found.templates).isEmpty();
    assertThat(after.count(Count.TEMPLATES)).isEqualTo(2);
  }

  @Test
  @Tag("case-34")
  void aTemplateExpiresByTheTimeItWasLastDefinedNotRestored() throws IOException {
    TemplateFile.write(file(), learned().decoder.templates());
    var after = new Rig();
    after.pass(Duration.ofHours(25));

    templates().forEach(after.decoder::restore);
    after.send(v9(set(256, RECORD)));

    assertThat(after.found.records).isEmpty();
    assertThat(after.count(Count.TEMPLATES_EXPIRED)).isOne();
  }

  @Test
  void restoringKeepsTheLimits() throws IOException {
    var before = new Rig();
    for (int i = 0; i < 20; i++) {
      before.sendFrom(Rig.udp("192.0.2." + i, 1), v9(set(0, template(256, 8, 4))));
    }
    TemplateFile.write(file(), before.decoder.templates());

    var after = new Rig(Rig.SMALL, DecoderOptions.DEFAULT);
    templates().forEach(after.decoder::restore);

    assertThat(after.count(Count.SESSIONS)).isEqualTo(4);
  }

  @Test
  void theTemplatesOfStreamsEndWithThem() {
    var rig = new Rig().sendFrom(Rig.STREAM, ipfix(set(2, template(256, 8, 4))));

    assertThat(rig.decoder.templates()).isEmpty();
  }

  @Test
  void writingAgainReplacesTheFile() throws IOException {
    TemplateFile.write(file(), learned().decoder.templates());

    TemplateFile.write(file(), List.of());

    assertThat(templates()).isEmpty();
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file());
    }
  }

  @Test
  void aMissingFileIsAbsent() {
    assertThat(TemplateFile.read(file())).isInstanceOf(Loaded.Absent.class);
  }

  @Test
  void aFolderInItsPlaceIsUnusable() throws IOException {
    Files.createDirectory(file());

    assertThat(TemplateFile.read(file())).isInstanceOf(Loaded.Unusable.class);
  }

  @Test
  void anyCutOfTheFileIsUnusable() throws IOException {
    TemplateFile.write(file(), learned().decoder.templates());
    byte[] whole = Files.readAllBytes(file());

    for (int length = 0; length < whole.length; length++) {
      Files.write(file(), Arrays.copyOf(whole, length));
      assertThat(TemplateFile.read(file()))
          .as("cut to %s octets", length)
          .isInstanceOf(Loaded.Unusable.class);
    }
  }

  @Test
  void anyFlippedBitMakesTheFileUnusable() throws IOException {
    TemplateFile.write(file(), learned().decoder.templates());
    byte[] whole = Files.readAllBytes(file());
    var random = new Random(34);

    for (int i = 0; i < 200; i++) {
      byte[] flipped = whole.clone();
      flipped[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
      Files.write(file(), flipped);
      assertThat(TemplateFile.read(file())).isInstanceOf(Loaded.Unusable.class);
    }
  }

  private static Rig learned() {
    return new Rig()
        .send(v9(set(0, template(256, 8, 4, 7, 2))))
        .sendFrom(IPV6, ipfix(0xffff_ffffL, set(3, OPTIONS)));
  }

  private Path file() {
    return folder.resolve("templates");
  }

  private List<SavedTemplate> templates() {
    return switch (TemplateFile.read(file())) {
      case Loaded.Templates(var templates) -> templates;
      case Loaded.Absent() -> throw new AssertionError("absent");
      case Loaded.Unusable(var why) -> throw new AssertionError(why);
    };
  }
}
