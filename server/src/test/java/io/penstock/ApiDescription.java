package io.penstock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The OpenAPI document as a test reads it: its operations, and whether an answer is as described.
 *
 * <p>It is read more strictly than a client would. The document leaves objects open, because later
 * versions may add members; here a member that is not described is a mistake, but for those of an
 * error. A schema that only says {@code type: object} counts as its example: the members of that
 * and no other, of the same types or null.
 */
final class ApiDescription {

  /** Errors may have what their case needs. */
  private static final Set<String> OPEN = Set.of("Error");

  private static final String ADDRESS = "https://penstock.invalid/openapi.json";
  private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final JsonMapper mapper = JsonMapper.builder().build();
  private final ObjectNode document;
  private final JsonSchemaFactory schemas;
  private final Map<String, JsonSchema> loaded = new HashMap<>();

  /**
   * One method of one path.
   *
   * @param method upper case
   * @param node its part of the document
   */
  record Operation(String method, String path, JsonNode node) {

    boolean isPublic() {
      return node.has("security") && node.get("security").isEmpty();
    }

    boolean takesBody() {
      return node.has("requestBody");
    }

    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  ApiDescription(String json) {
    try {
      this.document = (ObjectNode) mapper.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var strict = document.deepCopy();
    merge(strict);
    strict.withObject("/components/schemas").properties().stream()
        .filter(schema -> !OPEN.contains(schema.getKey()))
        .forEach(schema -> close(schema.getValue()));
    strict.withObject("/components/responses").forEach(ApiDescription::closeContent);
    for (var path : strict.get("paths")) {
      path.forEach(operation -> operation.path("responses").forEach(ApiDescription::closeContent));
    }
    this.schemas =
        JsonSchemaFactory.getInstance(
            VersionFlag.V202012,
            builder ->
                builder.schemaLoaders(
                    loaders -> loaders.schemas(Map.of(ADDRESS, strict.toString()))));
  }

  /** Every operation in the order of the document, but those that take things away last. */
  List<Operation> operations() {
    var operations = new ArrayList<Operation>();
    for (var path : document.get("paths").properties()) {
      for (var method : path.getValue().properties()) {
        if (METHODS.contains(method.getKey())) {
          operations.add(
              new Operation(
                  method.getKey().toUpperCase(Locale.ROOT), path.getKey(), method.getValue()));
        }
      }
    }
    operations.sort((a, b) -> Boolean.compare(isLast(a), isLast(b)));
    return operations;
  }

  private static boolean isLast(Operation operation) {
    return operation.method.equals("DELETE") || operation.path.endsWith("/delete");
  }

  /** What a reference points at, or the node itself. */
  JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? document.at(node.get("$ref").asText().substring(1)) : node;
  }

  List<JsonNode> parameters(Operation operation, String in) {
    var parameters = new ArrayList<JsonNode>();
    for (var parameter : operation.node.path("parameters")) {
      var resolved = resolved(parameter);
      if (resolved.path("in").asText().equals(in)) {
        parameters.add(resolved);
      }
    }
    return parameters;
  }

  /** A value that the document gives as an example of a parameter. */
  static Optional<String> example(JsonNode parameter) {
    for (var at : List.of("/example", "/schema/example", "/schema/default", "/schema/enum/0")) {
      var value = parameter.at(at);
      if (!value.isMissingNode()) {
        return Optional.of(value.asText());
      }
    }
    return Optional.empty();
  }

  /** A body that the document gives as an example; JSON where there is a choice. */
  record Body(String type, String text) {}

  Optional<Body> bodyExample(Operation operation) {
    var contents = operation.node.at("/requestBody/content");
    return contents.properties().stream()
        .sorted(Comparator.comparing(content -> !content.getKey().equals("application/json")))
        .flatMap(content -> example(content.getKey(), content.getValue()).stream())
        .findFirst();
  }

  private Optional<Body> example(String type, JsonNode content) {
    var example = content.path("example");
    if (example.isMissingNode()) {
      example = resolved(content.path("schema")).path("example");
    }
    if (example.isMissingNode()) {
      return Optional.empty();
    }
    boolean isText = example.isTextual() && !type.equals("application/json");
    return Optional.of(new Body(type, isText ? example.asText() : example.toString()));
  }

  /**
   * Whether an operation can succeed at all, and without what no document can hold: a file, or what
   * {@code x-needs} names.
   */
  static boolean canSucceed(Operation operation) {
    if (operation.node.has("x-needs")) {
      return false;
    }
    boolean takesFile = operation.node.at("/requestBody/content").has("multipart/form-data");
    var statuses = operation.node.get("responses").properties().stream().map(Map.Entry::getKey);
    return !takesFile && statuses.anyMatch(status -> status.startsWith("2"));
  }

  /**
   * What is wrong with an answer; empty when it is as described.
   *
   * @param contentType without parameters; null when the answer has none
   */
  List<String> problems(
      Operation operation, int status, @Nullable String contentType, String body) {
    var responses = operation.node.get("responses");
    if (!responses.has(String.valueOf(status))) {
      return List.of("status " + status + " is not described: " + body);
    }
    var response = responses.get(String.valueOf(status));
    var pointer =
        response.has("$ref")
            ? response.get("$ref").asText()
            : "#/paths/%s/%s/responses/%d"
                .formatted(
                    escaped(operation.path), operation.method.toLowerCase(Locale.ROOT), status);
    var content = resolved(response).path("content");
    if (content.isEmpty()) {
      return body.isEmpty() ? List.of() : List.of("a body where none is described: " + body);
    }
    // Problem details are another name for the same error.
    var type =
        contentType != null && contentType.equals("application/problem+json")
            ? "application/json"
            : String.valueOf(contentType);
    if (!content.has(type)) {
      return List.of("content type " + contentType + " is not described for " + status);
    }
    return type.equals("application/json")
        ? validated(pointer + "/content/" + escaped(type) + "/schema", body)
        : List.of();
  }

  private List<String> validated(String pointer, String body) {
    var schema =
        loaded.computeIfAbsent(pointer, at -> schemas.getSchema(SchemaLocation.of(ADDRESS + at)));
    try {
      return schema.validate(mapper.readTree(body)).stream()
          .map(ValidationMessage::getMessage)
          .collect(Collectors.toList());
    } catch (IOException e) {
      return List.of("no JSON: " + body);
    }
  }

  private static String escaped(String step) {
    var pointer = step.replace("~", "~0").replace("/", "~1");
    return pointer.replace("{", "%7B").replace("}", "%7D");
  }

  private static void closeContent(JsonNode response) {
    for (var content : response.path("content")) {
      var schema = content.path("schema");
      if (isBare(schema)) {
        ((ObjectNode) content).set("schema", ofExample(content.path("example")));
      } else {
        close(schema);
      }
    }
  }

  /** Whether a schema says nothing but that it is an object. */
  private static boolean isBare(JsonNode schema) {
    return schema.path("type").asText().equals("object")
        && !schema.has("properties")
        && !schema.has("additionalProperties")
        && !schema.has("allOf")
        && !schema.has("oneOf")
        && !schema.has("anyOf");
  }

  /** Makes one schema of each {@code allOf}, whose parts would refuse each other's members. */
  private void merge(JsonNode schema) {
    schema.forEach(this::merge);
    if (!(schema instanceof ObjectNode object) || !object.has("allOf")) {
      return;
    }
    var properties = object.putObject("properties");
    var required = object.putArray("required");
    for (var part : object.get("allOf")) {
      var whole = resolved(part);
      whole.path("properties").properties().forEach(p -> properties.set(p.getKey(), p.getValue()));
      whole.path("required").forEach(required::add);
    }
    object.put("type", "object").remove("allOf");
  }

  private static void close(JsonNode schema) {
    if (schema instanceof ObjectNode object) {
      boolean isChoice = object.has("oneOf") || object.has("anyOf");
      if (object.has("properties") && !object.has("additionalProperties") && !isChoice) {
        object.put("additionalProperties", false);
      }
      object.properties().stream()
          .filter(member -> !member.getKey().equals("example"))
          .forEach(member -> close(member.getValue()));
    } else {
      schema.forEach(ApiDescription::close);
    }
  }

  /** The schema of values like this one. */
  private static JsonNode ofExample(JsonNode example) {
    var schema = NODES.objectNode();
    switch (example.getNodeType()) {
      case OBJECT -> {
        if (!example.isEmpty()) {
          schema.putArray("type").add("object").add("null");
          var properties = schema.putObject("properties");
          example.properties().forEach(m -> properties.set(m.getKey(), ofExample(m.getValue())));
          schema.put("additionalProperties", false);
        }
      }
      case ARRAY -> {
        schema.putArray("type").add("array").add("null");
        if (!example.isEmpty()) {
          var items = schema.putObject("items").putArray("anyOf");
          example.forEach(item -> items.add(ofExample(item)));
        }
      }
      case STRING -> schema.putArray("type").add("string").add("null");
      case NUMBER -> schema.putArray("type").add("number").add("null");
      case BOOLEAN -> schema.put("type", "boolean");
      case MISSING -> schema.put("not", "nothing describes this object: give it an example");
      default -> {
        // null: anything may be there
      }
    }
    return schema;
  }
}
