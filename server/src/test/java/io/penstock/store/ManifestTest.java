package io.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ManifestTest {

  private static final Part FIRST = part("part-1.parquet");
  private static final Part SECOND = part("part-2.parquet");

  @TempDir Path folder;

  private static Part part(String name) {
    return new Part("a b,c/d", LocalDate.of(2026, 11, 22), name, 3, 400, -5, Long.MAX_VALUE);
  }

  @Test
  void partsAndPositionSurviveTogether() throws Exception {
    try (var manifest = new Manifest(folder)) {
      assertThat(manifest.position()).isEqualTo(-1);
      manifest.commit(7, List.of(FIRST, SECOND), List.of());
      manifest.commit(9, List.of(), List.of(FIRST));
    }

    try (var manifest = new Manifest(folder)) {
      assertThat(manifest.position()).isEqualTo(9);
      assertThat(manifest.parts()).containsExactly(SECOND);
    }
  }

  @Test
  void everyTornTailIsIgnored() throws Exception {
    try (var manifest = new Manifest(folder)) {
      manifest.commit(7, List.of(FIRST), List.of());
    }
    try (var manifest = new Manifest(folder)) {
      manifest.commit(8, List.of(SECOND), List.of());
    }
    var bytes = Files.readAllBytes(folder.resolve("manifest"));
    var first = new String(bytes, StandardCharsets.UTF_8).indexOf('\n') + 1;

    for (int length = first; length < bytes.length; length++) {
      Files.write(folder.resolve("manifest"), Arrays.copyOf(bytes, length));
      try (var manifest = new Manifest(folder)) {
        assertThat(manifest.position()).isEqualTo(7);
        assertThat(manifest.parts()).containsExactly(FIRST);
      }
    }
  }

  @Test
  void aDamagedMiddleIsNotTakenForTheTruth() throws Exception {
    try (var manifest = new Manifest(folder)) {
      manifest.commit(7, List.of(FIRST), List.of());
      manifest.commit(8, List.of(SECOND), List.of());
    }
    var file = folder.resolve("manifest");
    Files.writeString(file, Files.readString(file).replaceFirst("part-1", "part-9"));

    assertThatThrownBy(() -> new Manifest(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("damaged");
  }

  @Test
  void historyIsRewrittenWhenItOutgrowsTheParts() throws Exception {
    try (var manifest = new Manifest(folder)) {
      for (int i = 0; i < 1200; i++) {
        manifest.commit(i, List.of(FIRST), List.of());
      }

      assertThat(Files.readAllLines(folder.resolve("manifest"))).hasSizeLessThan(700);
    }
    try (var manifest = new Manifest(folder)) {
      assertThat(manifest.position()).isEqualTo(1199);
      assertThat(manifest.parts()).containsExactly(FIRST);
    }
  }

  @Test
  void aManifestWithoutASoundFirstLineIsNotTakenForAnEmptyStore() throws Exception {
    try (var manifest = new Manifest(folder)) {
      manifest.commit(7, List.of(FIRST), List.of());
    }
    new Manifest(folder).close();
    var file = folder.resolve("manifest");
    var whole = Files.readString(file);

    for (var damaged : List.of("", "garbage", whole.substring(0, whole.length() - 5), "x\n")) {
      Files.writeString(file, damaged);
      assertThatThrownBy(() -> new Manifest(folder))
          .as(damaged)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("damaged");
      assertThat(file).hasContent(damaged);
    }
  }

  @Test
  void partsWithoutAManifestAreNotTakenForUnfinishedWork() throws Exception {
    var part = folder.resolve("tenant=default/date=2026-11-22/part-1.parquet");
    Files.createDirectories(part.getParent());
    Files.writeString(part, "rows");

    assertThatThrownBy(() -> new Catalog(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("missing");
    assertThat(part).exists();
  }
}
