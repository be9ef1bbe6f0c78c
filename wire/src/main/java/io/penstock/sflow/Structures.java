package io.penstock.sflow;

import io.penstock.sflow.Structure.Field;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The structures that are known, found by their data format. Flow records and counter records are
 * numbered apart. Read once from {@code structures.txt} beside this class.
 */
public final class Structures {

  private static final List<Structure> ALL = load();
  private static final Table FLOW = new Table(false);
  private static final Table COUNTERS = new Table(true);

  private Structures() {}

  /** Every structure, by its index. */
  public static List<Structure> all() {
    return ALL;
  }

  /** The structure of a flow record; null when it is not known. */
  public static @Nullable Structure ofFlow(int dataFormat) {
    return FLOW.find(dataFormat);
  }

  /** The structure of a counter record; null when it is not known. */
  public static @Nullable Structure ofCounters(int dataFormat) {
    return COUNTERS.find(dataFormat);
  }

  private static List<Structure> load() {
    var all = new ArrayList<Structure>();
    for (var line : lines()) {
      if (!line.isBlank() && !line.startsWith("#")) {
        all.add(structure(all.size(), line.strip().split("\\s+")));
      }
    }
    return List.copyOf(all);
  }

  private static List<String> lines() {
    try (var in = Structures.class.getResourceAsStream("structures.txt")) {
      if (in == null) {
        throw new IllegalStateException("structures.txt is not where its class is");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Structure structure(int index, String[] words) {
    var fields = new ArrayList<Field>();
    for (int i = 4; i < words.length; i++) {
      fields.add(field(words[i]));
    }
    return new Structure(
        index,
        Integer.parseInt(words[1]),
        Integer.parseInt(words[2]),
        words[3],
        fields,
        words[0].equals("counters"));
  }

  private static Field field(String word) {
    int colon = word.indexOf(':');
    return colon < 0
        ? new Field(word, FieldType.U32)
        : new Field(
            word.substring(0, colon),
            FieldType.valueOf(word.substring(colon + 1).toUpperCase(Locale.ROOT)));
  }

  /** Sorted by data format, so that finding one boxes nothing. */
  private static final class Table {

    private final int[] formats;
    private final Structure[] structures;

    Table(boolean isCounters) {
      structures =
          ALL.stream()
              .filter(structure -> structure.isCounters() == isCounters)
              .sorted((a, b) -> Integer.compare(a.dataFormat(), b.dataFormat()))
              .toArray(Structure[]::new);
      formats = Arrays.stream(structures).mapToInt(Structure::dataFormat).toArray();
    }

    @Nullable Structure find(int dataFormat) {
      int place = Arrays.binarySearch(formats, dataFormat);
      return place < 0 ? null : structures[place];
    }
  }
}
