package io.penstock.shape;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.json.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MemberSelectionTest {

  private static final String DOCUMENT =
      """
      {"id":"1","geo":{"city":"B\\"}{","country":"DE"},"n":1.5e3,"id.orig_h":"10.0.0.1",\
      "m":[{"ip":"a","c":1},{"ip":"b"},3],"t":true,"x":null,"deep":{"er":{"est":[]}}}""";

  private static String keep(String document, Set<String> fields, Set<String> redact) {
    // Something before and behind: only the document itself is touched.
    var bytes = ("{\"a\":1}\n" + document + "!!").getBytes(UTF_8);
    int start = 8;
    int end = new MemberSelection(fields, redact).keep(bytes, start, bytes.length - 2);
    assertThat(new String(bytes, 0, start, UTF_8)).isEqualTo("{\"a\":1}\n");
    return new String(bytes, start, end - start, UTF_8);
  }

  @Test
  void onlyWhatWasNamedStays() {
    assertThat(keep(DOCUMENT, Set.of("id", "t"), Set.of())).isEqualTo("{\"id\":\"1\",\"t\":true}");
    assertThat(keep(DOCUMENT, Set.of("geo.country", "n"), Set.of()))
        .isEqualTo("{\"geo\":{\"country\":\"DE\"},\"n\":1.5e3}");
    assertThat(keep(DOCUMENT, Set.of("geo"), Set.of()))
        .isEqualTo("{\"geo\":{\"city\":\"B\\\"}{\",\"country\":\"DE\"}}");
    assertThat(keep(DOCUMENT, Set.of("m.ip"), Set.of()))
        .isEqualTo("{\"m\":[{\"ip\":\"a\"},{\"ip\":\"b\"}]}");
    assertThat(keep(DOCUMENT, Set.of("no", "geo.no", "deep.er.no"), Set.of())).isEqualTo("{}");
  }

  @Test
  void aNameWithADotIsAlsoOneKey() {
    assertThat(keep(DOCUMENT, Set.of("id.orig_h"), Set.of()))
        .isEqualTo("{\"id.orig_h\":\"10.0.0.1\"}");
    assertThat(keep("{\"z.y\":{\"x\":1,\"w\":2}}", Set.of(), Set.of("z.y.x")))
        .isEqualTo("{\"z.y\":{\"w\":2}}");
  }

  @Test
  void whatIsRedactedGoesEvenWhenItWasNamed() {
    assertThat(keep(DOCUMENT, Set.of("geo", "id"), Set.of("geo.city")))
        .isEqualTo("{\"id\":\"1\",\"geo\":{\"country\":\"DE\"}}");
    assertThat(keep("{\"a\":{\"b\":1},\"c\":2}", Set.of(), Set.of("a.b"))).isEqualTo("{\"c\":2}");
  }

  @Test
  void redactionFindsANameHoweverItIsWritten() {
    assertThat(
            keep(
                "{\"n\\u006fte\":1,\"sent.note\":2,\"note.hex\":3,\"k\":4}",
                Set.of(),
                Set.of("note")))
        .isEqualTo("{\"k\":4}");
  }

  @Test
  void aDocumentThatCannotBeReadKeepsItsWholeMembersOnly() {
    for (var broken :
        List.of(
            "{\"k\":1,\"note\":{\"a\":",
            "{\"k\":1,\"z\":\u0001}",
            "{\"k\":1,\"z\":\"abc",
            "{\"k\":1,z:2}",
            "{\"k\":1,\"z\":[1,[\u0001]]}",
            "{\"k\":1,\"z\"}")) {
      assertThat(keep(broken, Set.of(), Set.of("note"))).isEqualTo("{\"k\":1}");
    }
  }

  @Test
  void anyDocumentIsLeftWithWhatAReaderWouldLeave() {
    var random = new Random(7);
    for (int round = 0; round < 20_000; round++) {
      var document = object(random, 0);
      var fields = names(random, random.nextInt(3));
      var redact = names(random, random.nextInt(3));

      var left = keep(print(document), fields, redact);

      assertThat(Documents.parse(left.getBytes(UTF_8)))
          .as("%s keep %s drop %s", print(document), fields, redact)
          .isEqualTo(
              selected(document, fields.isEmpty() ? null : fields, withVariants(redact), ""));
    }
  }

  private static Set<String> withVariants(Set<String> redact) {
    var all = new HashSet<>(redact);
    redact.forEach(name -> all.addAll(List.of("sent." + name, name + ".hex")));
    return all;
  }

  /** The slow way, on a tree: by each member's whole path. */
  private static Map<String, Object> selected(
      Map<String, Object> object, @Nullable Set<String> fields, Set<String> redact, String path) {
    var left = new LinkedHashMap<String, Object>();
    object.forEach(
        (name, value) -> {
          var at = path + name;
          boolean isNamed = fields == null || fields.contains(at);
          if (redact.contains(at) || !isNamed && !isOnTheWay(fields, at)) {
            return;
          }
          var below = isNamed ? null : fields;
          var kept = value(value, below, redact, at + ".");
          if (kept != null) {
            left.put(name, kept);
          }
        });
    return left;
  }

  private static boolean isOnTheWay(@Nullable Set<String> names, String at) {
    return names == null || names.stream().anyMatch(name -> name.startsWith(at + "."));
  }

  @SuppressWarnings("unchecked")
  private static @Nullable Object value(
      Object value, @Nullable Set<String> fields, Set<String> redact, String path) {
    boolean isUntouched =
        fields == null && redact.stream().noneMatch(name -> name.startsWith(path));
    if (isUntouched) {
      return value;
    }
    if (value instanceof Map<?, ?> object) {
      var left = selected((Map<String, Object>) object, fields, redact, path);
      return left.isEmpty() ? null : left;
    }
    if (value instanceof List<?> array) {
      var left = new ArrayList<Object>();
      for (var element : array) {
        var kept = value(element, fields, redact, path);
        if (kept != null) {
          left.add(kept);
        }
      }
      return left.isEmpty() ? null : left;
    }
    return fields == null ? value : null;
  }

  private static final String[] KEYS = {"a", "b", "cc", "d.e", "\u00fc"};

  private static Set<String> names(Random random, int count) {
    var names = new HashSet<String>();
    for (int i = 0; i < count; i++) {
      var name = new StringBuilder(KEYS[random.nextInt(KEYS.length)]);
      for (int more = random.nextInt(3); more > 0; more--) {
        name.append('.').append(KEYS[random.nextInt(KEYS.length)]);
      }
      names.add(name.toString());
    }
    return names;
  }

  private static Map<String, Object> object(Random random, int depth) {
    var object = new LinkedHashMap<String, Object>();
    for (var key : KEYS) {
      if (random.nextInt(3) > 0) {
        object.put(key, value(random, depth + 1));
      }
    }
    return object;
  }

  private static Object value(Random random, int depth) {
    return switch (random.nextInt(depth > 3 ? 3 : 5)) {
      case 0 -> (long) random.nextInt();
      case 1 -> "t\"}],{\\" + random.nextInt(9);
      case 2 -> random.nextBoolean();
      case 3 -> object(random, depth);
      default -> {
        var array = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          array.add(value(random, depth + 1));
        }
        yield array;
      }
    };
  }

  private static String print(Object value) {
    return Json.text(value);
  }
}
