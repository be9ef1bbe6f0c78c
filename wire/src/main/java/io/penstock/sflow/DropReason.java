package io.penstock.sflow;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The names of the reasons why a packet is discarded, read once from {@code drop-reasons.txt}. */
public final class DropReason {

  private static final @Nullable String[] NAMES = load();

  private DropReason() {}

  /** The name of a reason; null when it has none. */
  public static @Nullable String name(long reason) {
    return reason < 0 || reason >= NAMES.length ? null : NAMES[(int) reason];
  }

  private static @Nullable String[] load() {
    @Nullable String[] names = new @Nullable String[512];
    try (var in = DropReason.class.getResourceAsStream("drop-reasons.txt")) {
      if (in == null) {
        throw new IllegalStateException("drop-reasons.txt is not where its class is");
      }
      var text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      int size = 0;
      for (var line : text.lines().filter(l -> !l.startsWith("#")).toList()) {
        int space = line.indexOf(' ');
        int reason = Integer.parseInt(line.substring(0, space));
        names[reason] = line.substring(space + 1);
        size = Math.max(size, reason + 1);
      }
      return Arrays.copyOf(names, size);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
