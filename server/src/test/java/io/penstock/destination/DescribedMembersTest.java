package io.penstock.destination;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The API's description of outputs, which forms are made from, is what is read. */
class DescribedMembersTest {

  private static final JsonNode SCHEMAS = schemas();

  /** Of the request, which the description has beside the members. */
  private static final Set<String> NOT_READ = Set.of("type");

  private static JsonNode schemas() {
    try (var in = SinkConfig.class.getResourceAsStream("/io/penstock/api/openapi.json")) {
      return JsonMapper.builder().build().readTree(in).at("/components/schemas");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<String> types() {
    return SinkConfig.types();
  }

  private static Map<String, JsonNode> described(String type) {
    var name = "Output" + Character.toUpperCase(type.charAt(0)) + type.substring(1);
    var members = new LinkedHashMap<String, JsonNode>();
    Stream.of(SCHEMAS.path(name).at("/allOf/0"), SCHEMAS.path("OutputCommon"))
        .flatMap(part -> part.path("properties").properties().stream())
        .filter(member -> !NOT_READ.contains(member.getKey()))
        .forEach(member -> members.put(member.getKey(), member.getValue()));
    return members;
  }

  /** Members that remember which of them were asked for. */
  private static final class Asked extends HashMap<String, @Nullable Object> {
    private static final long serialVersionUID = 1;
    private final TreeSet<String> names = new TreeSet<>();

    private Asked(Map<String, Object> members) {
      super(members);
    }

    @Override
    public @Nullable Object get(@Nullable Object name) {
      names.add(String.valueOf(name));
      return super.get(name);
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void everyMemberThatIsReadIsDescribedAndEveryDescribedOneIsRead(String type) {
    var described = described(type);
    var values = new HashMap<String, Object>();
    described.forEach((name, schema) -> values.put(name, some(schema)));
    var asked = new Asked(values);

    var _ = SinkConfig.read(type, asked);

    assertThat(asked.names).containsExactlyInAnyOrderElementsOf(described.keySet());
  }

  @ParameterizedTest
  @MethodSource("types")
  void aDefaultIsWhatHoldsWhereNothingIsSaid(String type) {
    var read = SinkConfig.read(type, new HashMap<>(NEEDED));

    assertThat(read).isInstanceOf(SinkConfig.Read.Sound.class);
    var held = new TreeMap<String, String>();
    ((SinkConfig.Read.Sound) read)
        .shown()
        .forEach(
            (name, value) -> {
              boolean isSaid = NEEDED.containsKey(name) || DEPENDENT.contains(name);
              boolean isSimple =
                  value instanceof Boolean || value instanceof Long || value instanceof String;
              if (isSimple && !isSaid) {
                held.put(name, String.valueOf(value));
              }
            });
    var described = new TreeMap<String, String>();
    described(type)
        .forEach(
            (name, schema) -> {
              if (schema.has("default") && (held.containsKey(name) || !isOfTls(name))) {
                described.put(name, schema.get("default").asText());
              }
            });
    assertThat(described).isEqualTo(held);
  }

  /** Of no consequence where TLS is off. */
  private static boolean isOfTls(String name) {
    return name.equals("verify_tls");
  }

  @ParameterizedTest
  @MethodSource("types")
  void boundsAndWordsAreThoseThatAreKept(String type) {
    described(type)
        .forEach(
            (name, schema) -> {
              if (schema.has("deprecated")) {
                return;
              }
              if (schema.has("minimum")) {
                assertThat(faulty(type, name, schema.get("minimum").asLong())).isFalse();
                assertThat(faulty(type, name, schema.get("minimum").asLong() - 1)).isTrue();
                assertThat(faulty(type, name, schema.get("maximum").asLong())).isFalse();
                assertThat(faulty(type, name, schema.get("maximum").asLong() + 1)).isTrue();
              }
              if (schema.has("enum")) {
                assertThat(words(schema))
                    .allMatch(word -> name.equals("schema") || !faulty(type, name, word))
                    .isNotEmpty();
                assertThat(faulty(type, name, "no-such-word")).isTrue();
              }
            });
  }

  /** What some type cannot do without. */
  private static final Map<String, Object> NEEDED =
      Map.ofEntries(
          Map.entry("hec_url", "http://a.example"),
          Map.entry("urls", "http://a.example"),
          Map.entry("url", "http://a.example"),
          Map.entry("token", "a"),
          Map.entry("api_key", "a"),
          Map.entry("brokers", List.of("a.example:9092")),
          Map.entry("host", "a.example"));

  /** Whose default depends on something else. */
  private static final Set<String> DEPENDENT = Set.of("port");

  private static boolean faulty(String type, String name, Object value) {
    var members = new HashMap<String, @Nullable Object>(NEEDED);
    members.put(name, value);
    return SinkConfig.read(type, members) instanceof SinkConfig.Read.Faulty(var faults)
        && faults.stream().anyMatch(fault -> fault.getKey().equals(name));
  }

  private static List<String> words(JsonNode schema) {
    return StreamSupport.stream(schema.get("enum").spliterator(), false)
        .filter(JsonNode::isTextual)
        .map(JsonNode::asText)
        .toList();
  }

  /** Something that a member may be, so that what depends on it is read as well. */
  private static Object some(JsonNode schema) {
    var type = schema.path("type");
    var first = type.isArray() ? type.get(0).asText() : type.asText();
    return switch (first) {
      case "boolean" -> true;
      case "integer" -> schema.get("minimum").asLong();
      case "object" -> Map.of();
      default -> schema.has("enum") ? words(schema).getFirst() : "http://a.example";
    };
  }
}
