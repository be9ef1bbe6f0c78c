package io.penstock.outputs;

import io.penstock.config.Environment;
import io.penstock.config.Secret;
import io.penstock.control.Output;
import io.penstock.control.Vault;
import io.penstock.destination.SinkConfig;
import io.penstock.destination.SinkConfig.Read;
import io.penstock.json.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an operator sets of sinks.
 *
 * @param vault seals what tenants configure
 * @param outputs those of the environment, of the default tenant
 * @param deadLetters the folder of dead letters
 * @param deadLettersBytesMax what they may take on the disk
 * @param deadLettersAgeMax how long they are kept
 */
public record OutputsConfig(
    Vault vault,
    List<Output> outputs,
    Path deadLetters,
    long deadLettersBytesMax,
    Duration deadLettersAgeMax) {

  private static final Duration DAY = Duration.ofDays(1);

  public OutputsConfig {
    outputs = List.copyOf(outputs);
  }

  /**
   * @param data where everything is kept that has no other place
   */
  public static OutputsConfig from(Environment env, Path data) {
    var outputs = new ArrayList<Output>();
    splunk(env).ifPresent(outputs::add);
    elastic(env).ifPresent(outputs::add);
    return new OutputsConfig(
        vault(env, data),
        outputs,
        env.path(data.resolve("dlq"), "TELEMETRY_DLQ_DIR"),
        env.number(100, 1, 1_000_000, "DLQ_MAX_SIZE_MB") << 20,
        env.duration(DAY.multipliedBy(7), DAY, "DLQ_MAX_AGE_DAYS"));
  }

  private static Vault vault(Environment env, Path data) {
    var key = env.text("PENSTOCK_SECRET_KEY").map(Secret::new);
    if (key.isPresent() && Vault.isKey(key.get().value())) {
      return Vault.of(key.get());
    }
    if (key.isPresent()) {
      env.problem("PENSTOCK_SECRET_KEY", "expected base64 of " + Vault.KEY_OCTETS + " octets");
    }
    return Vault.in(data.resolve("secret.key"));
  }

  private static Optional<Output> splunk(Environment env) {
    var url = env.text("SPLUNK_HEC_URL");
    var token = env.text("SPLUNK_HEC_TOKEN");
    boolean isEnabled = env.flag(true, "EXPORT_SPLUNK_ENABLED");
    if (url.isEmpty() && token.isEmpty()) {
      return Optional.empty();
    }
    var variables = Map.of("hec_url", "SPLUNK_HEC_URL", "token", "SPLUNK_HEC_TOKEN");
    var members = Json.object("hec_url", url.orElse(null), "token", token.orElse(null));
    return output(env, "splunk", members, variables).filter(_ -> isEnabled);
  }

  private static Optional<Output> elastic(Environment env) {
    var url = env.text("ELASTIC_URL");
    var username = env.text("ELASTIC_USERNAME");
    var password = env.text("ELASTIC_PASSWORD");
    boolean isEnabled = env.flag(true, "EXPORT_ELASTIC_ENABLED");
    if (url.isEmpty()) {
      return Optional.empty();
    }
    var variables =
        Map.of(
            "urls", "ELASTIC_URL",
            "username", "ELASTIC_USERNAME",
            "password", "ELASTIC_PASSWORD");
    var members =
        Json.object(
            "urls", List.of(url.get().split("\\s*,\\s*")),
            "username", username.orElse(null),
            "password", password.orElse(null));
    return output(env, "elastic", members, variables).filter(_ -> isEnabled);
  }

  private static Optional<Output> output(
      Environment env,
      String name,
      Map<String, @Nullable Object> members,
      Map<String, String> variables) {
    return switch (SinkConfig.read(name, members)) {
      case Read.Sound sound ->
          Optional.of(Output.fromEnvironment(name, name, new Secret(Json.text(sound.known()))));
      case Read.Faulty(var faults) -> {
        faults.forEach(
            fault ->
                env.problem(
                    variables.getOrDefault(fault.getKey(), fault.getKey()), fault.getValue()));
        yield Optional.empty();
      }
    };
  }
}
