package io.penstock.stub;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaException;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaId;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import io.penstock.json.Json;
import io.penstock.stub.Effort.SpentException;
import java.util.Map;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * A JSON schema (draft 2020-12 unless it says otherwise), compiled once. What it refers to must
 * stand in itself: nothing is ever fetched, neither from the network nor from the class path.
 */
final class JsonShape {

  private static final int TEXT_MAX = 256 << 10;

  private static final JsonSchemaFactory FACTORY =
      JsonSchemaFactory.getInstance(
          VersionFlag.V202012,
          builder ->
              builder.schemaLoaders(
                  loaders ->
                      loaders
                          .values(all -> all.clear())
                          .add(
                              iri -> {
                                throw new JsonSchemaException(
                                    "refers to '" + iri + "', which is not in it");
                              })));

  /** What schemas must be like themselves; read from the library's own jar. */
  private static final JsonSchema OF_SCHEMAS =
      JsonSchemaFactory.getInstance(VersionFlag.V202012)
          .getSchema(SchemaLocation.of(SchemaId.V202012));

  /** The effort of the request that is being looked at: the library passes nothing through. */
  private static final ScopedValue<Effort> EFFORT = ScopedValue.newInstance();

  private final JsonSchema schema;

  private JsonShape(JsonSchema schema) {
    this.schema = schema;
  }

  /**
   * Compiles a schema.
   *
   * @throws IllegalArgumentException when it is none, or refers to what is not in it
   */
  static JsonShape of(@Nullable Object tree) {
    var text = Json.text(tree);
    if (text.length() > TEXT_MAX) {
      throw new IllegalArgumentException("longer than " + TEXT_MAX);
    }
    if (!(tree instanceof Map<?, ?> members && members.containsKey("$schema"))) {
      for (var mistake : OF_SCHEMAS.validate(text, InputFormat.JSON)) {
        throw new IllegalArgumentException(mistake.getMessage());
      }
    }
    var config =
        SchemaValidatorsConfig.builder()
            .failFast(true)
            .preloadJsonSchema(false)
            .regularExpressionFactory(
                expression -> {
                  var regex = BoundedRegex.of(expression);
                  return value -> regex.finds(value, EFFORT.get());
                })
            .build();
    try {
      var schema = FACTORY.getSchema(text, InputFormat.JSON, config);
      schema.initializeValidators();
      var shape = new JsonShape(schema);
      // One that refers to itself without end shows it at once.
      var effort = new Effort(Effort.STEPS_MAX);
      var _ = shape.holds("null", effort);
      if (effort.isSpent()) {
        throw new IllegalArgumentException("refers to itself without end");
      }
      return shape;
    } catch (JsonSchemaException | PatternSyntaxException e) {
      var why = String.valueOf(e.getMessage()).lines().findFirst().orElse("no schema");
      throw new IllegalArgumentException(why, e);
    }
  }

  /** Whether a JSON text is as the schema says. */
  boolean holds(String json, Effort effort) {
    if (!effort.take(json.length())) {
      return false;
    }
    try {
      return ScopedValue.where(EFFORT, effort)
          .call(() -> schema.validate(json, InputFormat.JSON).isEmpty());
    } catch (SpentException _) {
      return false;
    } catch (StackOverflowError _) {
      // A schema that refers to itself without end: the stack is whole again here.
      effort.giveUp();
      return false;
    } catch (RuntimeException _) {
      // The library throws over some texts that are no JSON to it; those do not match.
      return false;
    }
  }
}
