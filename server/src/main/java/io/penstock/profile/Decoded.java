package io.penstock.profile;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a body turned out to be. */
public sealed interface Decoded {

  /** What was left out, cut short or odd; a sentence each. */
  List<String> notes();

  /** There is no body. */
  record Nothing(List<String> notes) implements Decoded {}

  /**
   * A body with values in it.
   *
   * @param view maps, lists, texts, numbers, booleans and null, as {@code Json} prints them
   */
  record Values(BodyKind kind, @Nullable Object view, List<Field> fields, List<String> notes)
      implements Decoded {

    public Values {
      fields = List.copyOf(fields);
      notes = List.copyOf(notes);
    }
  }

  /**
   * A body that says nothing to us: encrypted, or in a form that is not known here.
   *
   * @param octets how many, after its content codings
   * @param entropy Shannon's, in bits an octet: near 8 for what is encrypted or compressed
   * @param guess what its first octets look like; empty when like nothing known
   */
  record Opaque(long octets, double entropy, String guess, List<String> notes) implements Decoded {}
}
