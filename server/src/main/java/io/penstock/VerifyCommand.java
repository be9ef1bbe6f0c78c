package io.penstock;

import io.penstock.exchange.Exchange.Cause;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import io.penstock.policy.HostPattern;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * Checks what a program sent home against what it may send, for continuous integration: asks a
 * running server, prints what it found, writes it as JUnit's XML, and ends with 1 when something is
 * not as it was expected.
 */
@Command(
    name = "verify",
    description = "Checks what was sent home; the exit code is 1 when something was not allowed.",
    mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int PAGE = 500;

  private final Map<String, String> variables;

  @Option(
      names = "--server",
      paramLabel = "URL",
      description = "the server's API (default: ${DEFAULT-VALUE})",
      defaultValue = "http://127.0.0.1:8080")
  private URI server = URI.create("http://127.0.0.1:8080");

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      description = "the product that is looked at; without it every exchange is")
  private @Nullable String profile;

  @Option(
      names = "--expect",
      paramLabel = "WHAT",
      split = ",",
      converter = Words.class,
      description =
          "no-new-fields: the profile, or --baseline, knows every field; no-identifiers: none of"
              + " them tells somebody apart; nothing-left: nothing was looked up or connected to")
  private List<Expectation> expected = List.of();

  @Option(
      names = "--deny-host",
      paramLabel = "PATTERN",
      description = "hosts to which nothing may have been let through, such as *.example.com or *")
  private List<String> denied = List.of();

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "from when on, such as 15m or 2026-11-22T12:00:00Z (default: ${DEFAULT-VALUE})",
      defaultValue = "1h")
  private String since = "1h";

  @Option(
      names = "--baseline",
      paramLabel = "FILE",
      description = "an answer of /v1/interception/inventory, whose fields are known")
  private @Nullable Path baseline;

  @Option(names = "--junit", paramLabel = "FILE", description = "where to write JUnit's XML")
  private @Nullable Path junit;

  @Spec private CommandSpec spec = CommandSpec.create();

  /** What may be expected; the names are those of the command line. */
  enum Expectation {
    NO_NEW_FIELDS("no-new-fields"),
    NO_IDENTIFIERS("no-identifiers"),
    NOTHING_LEFT("nothing-left");

    private final String word;

    Expectation(String word) {
      this.word = word;
    }

    @Override
    public String toString() {
      return word;
    }

    static Expectation of(String word) {
      for (var one : values()) {
        if (one.word.equals(word)) {
          return one;
        }
      }
      throw new IllegalArgumentException(
          "expected no-new-fields, no-identifiers or nothing-left, not '" + word + "'");
    }
  }

  /** Reads the words of the command line. */
  static final class Words implements ITypeConverter<Expectation> {
    @Override
    public Expectation convert(String word) {
      try {
        return Expectation.of(word);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }

  /** One check; no problems when all is well. */
  private record Check(String name, List<String> problems) {}

  /** What the server cannot be asked, or does not answer; the message is for the operator. */
  private static final class UnansweredException extends Exception {
    UnansweredException(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * @param variables the environment, which has the key in {@code PENSTOCK_API_KEY}
   */
  VerifyCommand(Map<String, String> variables) {
    this.variables = Map.copyOf(variables);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    var out = spec.commandLine().getOut();
    try (var client = HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
      var checks = checks(client);
      for (var check : checks) {
        out.println((check.problems.isEmpty() ? "ok    " : "FAIL  ") + check.name);
        check.problems.forEach(problem -> out.println("      " + problem));
      }
      out.flush();
      if (junit != null) {
        Files.writeString(junit, xml(checks));
      }
      return checks.stream().allMatch(check -> check.problems.isEmpty()) ? 0 : 1;
    } catch (UnansweredException | IOException e) {
      spec.commandLine().getErr().println("penstock verify: " + e.getMessage());
      return 2;
    }
  }

  private List<Check> checks(HttpClient client)
      throws IOException, InterruptedException, UnansweredException {
    var exchanges = exchanges(client);
    var checks = new ArrayList<Check>();
    checks.add(seen(exchanges));
    for (var expectation : expected) {
      checks.add(
          switch (expectation) {
            case NO_NEW_FIELDS -> noNewFields(exchanges);
            case NO_IDENTIFIERS -> noIdentifiers(exchanges);
            case NOTHING_LEFT -> nothingLeft(client);
          });
    }
    for (var host : denied) {
      checks.add(deny(host, exchanges));
    }
    return checks;
  }

  /** A check that passes because nothing was looked at would say the wrong thing. */
  private Check seen(List<Map<?, ?>> exchanges) {
    boolean isNeeded = profile != null;
    return new Check(
        exchanges.size() + " exchanges since " + since + (isNeeded ? " of " + profile : ""),
        isNeeded && exchanges.isEmpty() ? List.of("nothing was intercepted") : List.of());
  }

  private Check noNewFields(List<Map<?, ?>> exchanges) throws IOException, UnansweredException {
    var known = known();
    var fields = new TreeMap<String, String>();
    for (var exchange : exchanges) {
      var explanation = object(exchange.get("explanation"));
      for (var item : list(explanation.get("fields"))) {
        var field = object(item);
        var key = field.get("where") + " " + field.get("path");
        boolean isKnown =
            Boolean.TRUE.equals(field.get("known"))
                || known.contains(explanation.get("product") + " " + key);
        if (!isKnown) {
          fields.put(explanation.get("product") + ": " + key, "");
        }
      }
    }
    return new Check(
        "no-new-fields", fields.keySet().stream().map(field -> "new field " + field).toList());
  }

  private List<String> known() throws IOException, UnansweredException {
    var known = new ArrayList<String>();
    if (baseline != null) {
      for (var product : list(object(parsed(Files.readString(baseline))).get("products"))) {
        for (var field : list(object(product).get("fields"))) {
          known.add(object(product).get("product") + " " + object(field).get("field"));
        }
      }
    }
    return known;
  }

  private static Check noIdentifiers(List<Map<?, ?>> exchanges) {
    var found = new TreeMap<String, String>();
    for (var exchange : exchanges) {
      var explanation = object(exchange.get("explanation"));
      for (var item : list(explanation.get("identifiers"))) {
        var field = object(item);
        found.put(
            explanation.get("product") + ": " + field.get("where") + " " + field.get("path"),
            String.valueOf(field.get("identifier")));
      }
    }
    var problems = new ArrayList<String>();
    found.forEach((field, whom) -> problems.add(field + " tells apart: " + whom));
    return new Check("no-identifiers", problems);
  }

  private Check nothingLeft(HttpClient client)
      throws IOException, InterruptedException, UnansweredException {
    var out = object(object(get(client, "/v1/interception")).get("way_out"));
    boolean isNothing =
        Long.valueOf(0).equals(out.get("look_ups")) && Long.valueOf(0).equals(out.get("connects"));
    return new Check(
        "nothing-left",
        isNothing
            ? List.of()
            : List.of(
                out.get("look_ups") + " look-ups, " + out.get("connects") + " connects were made"));
  }

  private static Check deny(String host, List<Map<?, ?>> exchanges) throws UnansweredException {
    var pattern =
        HostPattern.parse(host)
            .orElseThrow(() -> new UnansweredException("--deny-host: '" + host + "' is no host"));
    var found = new TreeMap<String, Integer>();
    for (var exchange : exchanges) {
      var http = object(object(exchange.get("event")).get("exchange"));
      var verdict = String.valueOf(http.get("verdict"));
      boolean isLetThrough =
          (verdict.equals("OBSERVE") || verdict.equals("TUNNEL"))
              && !(http.get("failure") instanceof String failure
                  && Cause.valueOf(failure).isBeforeSending());
      var name = String.valueOf(http.get("host"));
      if (isLetThrough && pattern.matches(name)) {
        found.merge(name, 1, Integer::sum);
      }
    }
    var problems = new ArrayList<String>();
    found.forEach((name, count) -> problems.add(name + " was let through " + count + " times"));
    return new Check("deny-host " + host, problems);
  }

  private List<Map<?, ?>> exchanges(HttpClient client)
      throws IOException, InterruptedException, UnansweredException {
    var filter = profile == null ? "" : "&filter=" + encoded("product = \"" + profile + "\"");
    var found = new ArrayList<Map<?, ?>>();
    var first = "/v1/exchanges?limit=" + PAGE + "&from=" + encoded(since) + filter;
    var path = first;
    while (true) {
      var page = object(get(client, path));
      for (var exchange : list(page.get("exchanges"))) {
        found.add(object(exchange));
      }
      if (!(page.get("next_cursor") instanceof String next)) {
        return found;
      }
      path = first + "&cursor=" + encoded(next);
    }
  }

  private @Nullable Object get(HttpClient client, String path)
      throws IOException, InterruptedException, UnansweredException {
    var key = variables.get("PENSTOCK_API_KEY");
    if (key == null) {
      throw new UnansweredException("set PENSTOCK_API_KEY to a key that may read requests");
    }
    var request =
        HttpRequest.newBuilder(server.resolve(path))
            .header("Authorization", "Bearer " + key)
            .timeout(PATIENCE)
            .build();
    var answer = client.send(request, BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new UnansweredException(
          "%s answered %d: %s".formatted(server, answer.statusCode(), answer.body()));
    }
    return parsed(answer.body());
  }

  private static @Nullable Object parsed(String text) throws UnansweredException {
    try {
      return JsonTree.parse(text);
    } catch (MalformedJsonException e) {
      throw new UnansweredException("not JSON: " + e.getMessage());
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static Map<?, ?> object(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? map : Map.of();
  }

  private static List<?> list(@Nullable Object value) {
    return value instanceof List<?> list ? list : List.of();
  }

  /** The format that build servers read, after JUnit's Ant task. */
  private static String xml(List<Check> checks) {
    long failures = checks.stream().filter(check -> !check.problems.isEmpty()).count();
    var xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.append("<testsuite name=\"penstock verify\" tests=\"").append(checks.size());
    xml.append("\" failures=\"").append(failures).append("\">\n");
    for (var check : checks) {
      xml.append("  <testcase classname=\"penstock.verify\" name=\"");
      xml.append(escaped(check.name)).append("\">\n");
      if (!check.problems.isEmpty()) {
        xml.append("    <failure message=\"").append(escaped(check.problems.getFirst()));
        xml.append("\">").append(escaped(String.join("\n", check.problems)));
        xml.append("</failure>\n");
      }
      xml.append("  </testcase>\n");
    }
    return xml.append("</testsuite>\n").toString();
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replaceAll("[\\p{Cntrl}&&[^\\n\\t]]", "?");
  }
}
