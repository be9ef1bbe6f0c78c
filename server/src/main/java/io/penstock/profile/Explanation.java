package io.penstock.profile;

import io.penstock.json.Json;
import io.penstock.profile.FieldMeaning.Said;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one request says, in the words of the profile of its product.
 *
 * @param profile null when no profile knows where it went
 * @param endpoint null when the profile does not know the address, or there is no profile
 * @param version of the product; null when it does not say
 * @param fields all of them, in their order
 */
public record Explanation(
    @Nullable Profile profile,
    @Nullable Endpoint endpoint,
    @Nullable String version,
    List<Explained> fields,
    Decoded body,
    List<String> notes) {

  public Explanation {
    fields = List.copyOf(fields);
    notes = List.copyOf(notes);
  }

  /**
   * A field and what it means.
   *
   * @param meaning null when the profile does not know it
   * @param identifier as the profile says; for what it does not know, as the value looks
   */
  public record Explained(Field field, @Nullable FieldMeaning meaning, Identifier identifier) {

    /** Whether the profile knows it. */
    public boolean isKnown() {
      return meaning != null;
    }

    Map<String, @Nullable Object> json() {
      var known = meaning;
      return Json.object(
          "where",
          word(field.where()),
          "path",
          field.path(),
          "value",
          field.value(),
          "type",
          known == null ? word(field.type()) : known.type(),
          "known",
          known != null,
          "meaning",
          known == null ? null : known.meaning(),
          "unit",
          known == null || known.unit().isEmpty() ? null : known.unit(),
          "identifier",
          word(identifier),
          "said",
          word(known == null ? Said.GUESS : known.said()),
          "source",
          known == null || known.source().isEmpty() ? null : known.source());
    }
  }

  /** Name of the profile; null when there is none. */
  public @Nullable String product() {
    return profile == null ? null : profile.name();
  }

  /** The fields that tell an installation, a person or a licence apart. */
  public List<Explained> identifiers() {
    return fields.stream().filter(field -> field.identifier() != Identifier.NONE).toList();
  }

  /** The fields that the profile does not know; all of them when there is no profile. */
  public List<Explained> unknown() {
    return fields.stream().filter(field -> !field.isKnown()).toList();
  }

  /** As the API prints it. */
  public Map<String, @Nullable Object> json() {
    var known = profile;
    var at = endpoint;
    var notes = new ArrayList<String>(this.notes);
    body.notes().stream().filter(note -> !notes.contains(note)).forEach(notes::add);
    return Json.object(
        "product", product(),
        "title", known == null ? null : known.title(),
        "vendor", known == null ? null : known.vendor(),
        "version", version,
        "endpoint", at == null ? null : at.name(),
        "purpose", at == null ? null : at.purpose(),
        "verified", known == null ? null : word(known.verified()),
        "source", known == null ? null : known.source(),
        "opt_out", known == null ? null : known.optOut().how(),
        "mock_condition", known == null ? null : known.mockCondition(),
        "fields", fields.stream().map(Explained::json).toList(),
        "unknown", unknown().stream().map(field -> field.field().key()).distinct().toList(),
        "identifiers", identifiers().stream().map(Explained::json).toList(),
        "body", bodyJson(),
        "notes", notes);
  }

  private Map<String, @Nullable Object> bodyJson() {
    return switch (body) {
      case Decoded.Nothing _ -> Json.object("kind", "none");
      case Decoded.Values readable ->
          Json.object("kind", word(readable.kind()), "view", readable.view());
      case Decoded.Opaque opaque ->
          Json.object(
              "kind",
              "opaque",
              "octets",
              opaque.octets(),
              "entropy",
              Math.round(opaque.entropy() * 100) / 100.0,
              "guess",
              opaque.guess().isEmpty() ? null : opaque.guess());
    };
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
