package io.penstock.destination;

import io.penstock.destination.ElasticConfig.Naming;
import io.penstock.destination.ElasticServer.Flavour;
import io.penstock.dial.Body;
import io.penstock.dial.Call;
import io.penstock.dial.Reply;
import io.penstock.json.Json;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import io.penstock.shape.Schema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Installs what indices are made of: mappings, the template that gives them to new indices, and the
 * lifecycle that deletes old ones (ILM on Elasticsearch, ISM on OpenSearch). Each carries a mark:
 * what is there without the mark is somebody else's and stays as it is, and so does what a newer
 * version of this server has left. Of what an operator configures differently only the part that
 * differs is written again.
 */
public final class ElasticSetup {

  /** To be raised with each change to what is installed. */
  static final int VERSION = 1;

  private static final String OWNER = "penstock";

  /** Elasticsearch's own templates have 100 to 150; a longer name is a more special one. */
  private static final int PRIORITY = 250;

  private static final String JSON = "application/json";

  private final ElasticConfig config;
  private final Schema schema;
  private final ElasticServer server;
  private final String name;

  /** What became of one of the parts. */
  public enum Outcome {
    INSTALLED,
    UPDATED,
    /** It was there as it should be. */
    CURRENT,
    /** A newer version of this server has installed it. */
    NEWER,
    /** It is somebody else's, and was not touched. */
    FOREIGN,
    FAILED
  }

  /**
   * What was done for one of the parts.
   *
   * @param part {@code lifecycle}, {@code mappings} or {@code template}
   * @param name that it has on the server
   * @param code the status of the last answer; null when there was none
   * @param text for people
   */
  public record Step(
      String part, String name, Outcome outcome, @Nullable Integer code, String text) {

    /** Whether it is there now, by whom ever. */
    boolean isThere() {
      return outcome != Outcome.FAILED && outcome != Outcome.FOREIGN;
    }
  }

  /**
   * What was done.
   *
   * @param server what the nodes run, {@code unknown} if they do not say
   */
  public record Result(String server, List<Step> steps) {

    public Result {
      steps = List.copyOf(steps);
    }

    /** Whether everything is there as it should be. */
    public boolean isComplete() {
      return steps.stream().allMatch(Step::isThere);
    }
  }

  ElasticSetup(ElasticConfig config, Schema schema, ElasticServer server) {
    this.config = config;
    this.schema = schema;
    this.server = server;
    this.name = OWNER + "-" + config.index();
  }

  /** Installs what is missing, or ours and not as it should be. May be repeated. */
  Result install() throws InterruptedException {
    var flavour = server.version().flavour();
    var steps = new ArrayList<Step>();
    if (hasLifecycle()) {
      steps.add(flavour == Flavour.OPENSEARCH ? policyOfOpenSearch() : policyOfElasticsearch());
    }
    boolean isManaged = !steps.isEmpty() && steps.getFirst().isThere();
    // OpenSearch finds the policy's indices by the policy; Elasticsearch by the index's setting.
    steps.add(mappings(isManaged && flavour != Flavour.OPENSEARCH));
    if (steps.getLast().isThere()) {
      steps.add(template());
    }
    return new Result(flavour.name().toLowerCase(Locale.ROOT), steps);
  }

  /** A single index is never deleted, since everything is in it. */
  private boolean hasLifecycle() {
    return config.retentionDays() > 0 && config.naming() != Naming.PLAIN;
  }

  private boolean isDataStream() {
    return config.naming() == Naming.DATA_STREAM;
  }

  private String pattern() {
    return config.naming() == Naming.DAILY ? config.index() + "-*" : config.index();
  }

  private Step policyOfElasticsearch() throws InterruptedException {
    Map<String, Object> hot =
        isDataStream()
            ? Map.of("rollover", members("max_age", "1d", "max_primary_shard_size", "50gb"))
            : Map.of();
    var phases =
        members(
            "hot",
            Map.of("actions", hot),
            "delete",
            members(
                "min_age", config.retentionDays() + "d", "actions", Map.of("delete", Map.of())));
    var policy = members("phases", phases);
    var part = new Part("lifecycle", name, "/_ilm/policy/" + name, "");
    return install(
        part,
        mark(policy),
        body -> found(body, name, "policy", "_meta"),
        mark -> Map.of("policy", with(policy, "_meta", mark)));
  }

  private Step policyOfOpenSearch() throws InterruptedException {
    List<Object> rollover =
        isDataStream()
            ? List.of(
                Map.of(
                    "rollover", members("min_index_age", "1d", "min_primary_shard_size", "50gb")))
            : List.of();
    var ageing = Map.of("min_index_age", config.retentionDays() + "d");
    var hot =
        members(
            "name",
            "hot",
            "actions",
            rollover,
            "transitions",
            List.of(members("state_name", "delete", "conditions", ageing)));
    var delete =
        members(
            "name", "delete",
            "actions", List.of(Map.of("delete", Map.of())),
            "transitions", List.of());
    var policy =
        members(
            "default_state", "hot",
            "states", List.of(hot, delete),
            "ism_template",
                List.of(members("index_patterns", List.of(pattern()), "priority", priority())));
    var part = new Part("lifecycle", name, "/_plugins/_ism/policies/" + name, "");
    // A policy has no place for a mark but its description.
    return install(
        part,
        mark(policy),
        body -> markIn(found(body, "policy", "description")),
        mark -> Map.of("policy", with(policy, "description", Json.text(mark))));
  }

  private static @Nullable Object markIn(@Nullable Object description) {
    try {
      return description instanceof String text ? JsonTree.parse(text) : null;
    } catch (MalformedJsonException _) {
      return null;
    }
  }

  private Step mappings(boolean isManaged) throws InterruptedException {
    var settings = new LinkedHashMap<String, Object>();
    settings.put("index.codec", "best_compression");
    settings.put("index.mapping.ignore_malformed", true);
    settings.put("index.mapping.total_fields.limit", 2_000);
    if (isManaged) {
      settings.put("index.lifecycle.name", name);
    }
    var template = members("settings", settings, "mappings", new Json.Raw(mapping()));
    var part = new Part("mappings", name, "/_component_template/" + name, "?create=true");
    return install(
        part,
        mark(template),
        body -> found(body, "component_templates", "component_template", "_meta"),
        mark -> members("template", template, "_meta", mark));
  }

  private Step template() throws InterruptedException {
    var template = new LinkedHashMap<String, Object>();
    template.put("index_patterns", List.of(pattern()));
    template.put("priority", priority());
    template.put("composed_of", List.of(name));
    if (isDataStream()) {
      template.put("data_stream", Map.of());
    }
    var part = new Part("template", name, "/_index_template/" + name, "?create=true");
    return install(
        part,
        mark(template),
        body -> found(body, "index_templates", "index_template", "_meta"),
        mark -> with(template, "_meta", mark));
  }

  private int priority() {
    return PRIORITY + config.index().length();
  }

  private String mapping() {
    var file =
        switch (schema) {
          case TELEMETRY -> "telemetry-mapping.json";
          case ECS -> "ecs-mapping.json";
          case OCSF, CIM, GOFLOW2 -> "other-mapping.json";
        };
    try (var in = ElasticSetup.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException("no " + file + " in this build");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * One of the things that are installed.
   *
   * @param path of it on the server
   * @param onlyNew query with which it is only made where there is none; empty if none is needed
   */
  private record Part(String kind, String name, String path, String onlyNew) {

    Step step(Outcome outcome, @Nullable Integer code, String text) {
      return new Step(kind, name, outcome, code, text);
    }
  }

  /** Finds the mark in what the server has. */
  @FunctionalInterface
  private interface Finding {
    @Nullable Object mark(@Nullable Object body);
  }

  /** The body to write. */
  @FunctionalInterface
  private interface Writing {
    Object body(Map<String, Object> mark);
  }

  private Step install(Part part, Map<String, Object> mark, Finding finding, Writing writing)
      throws InterruptedException {
    try {
      var present = server.call(node -> Call.get(ElasticServer.at(node, part.path)));
      if (present.status() == 404) {
        return put(part, part.onlyNew, writing.body(mark), Outcome.INSTALLED);
      }
      if (!present.isSuccess()) {
        return failed(part, present);
      }
      var body = JsonTree.parse(present.body());
      if (!(finding.mark(body) instanceof Map<?, ?> its) || !OWNER.equals(its.get("managed_by"))) {
        return part.step(Outcome.FOREIGN, present.status(), "somebody else's, left as it is");
      }
      if (its.get("version") instanceof Long version && version > VERSION) {
        return part.step(Outcome.NEWER, present.status(), "of version " + version);
      }
      if (Objects.equals(mark.get("digest"), its.get("digest"))
          && Long.valueOf(VERSION).equals(its.get("version"))) {
        return part.step(Outcome.CURRENT, present.status(), "as it should be");
      }
      return put(part, sequence(body), writing.body(mark), Outcome.UPDATED);
    } catch (MalformedJsonException e) {
      return part.step(Outcome.FAILED, null, "an answer that is not JSON");
    } catch (IOException e) {
      return part.step(Outcome.FAILED, null, String.valueOf(e.getMessage()));
    }
  }

  /** A policy of ISM is only replaced by whoever has seen it as it is. */
  private static String sequence(@Nullable Object body) {
    return body instanceof Map<?, ?> policy
            && policy.get("_seq_no") instanceof Long number
            && policy.get("_primary_term") instanceof Long term
        ? "?if_seq_no=" + number + "&if_primary_term=" + term
        : "";
  }

  private Step put(Part part, String query, Object body, Outcome done)
      throws IOException, InterruptedException {
    var bytes = Json.bytes(body);
    var reply =
        server.call(
            node -> Call.put(ElasticServer.at(node, part.path + query), JSON, Body.of(bytes)));
    return reply.isSuccess()
        ? part.step(done, reply.status(), "version " + VERSION)
        : failed(part, reply);
  }

  private Step failed(Part part, Reply reply) {
    var said = server.said(reply.body());
    var failure = said.failure();
    return part.step(
        Outcome.FAILED, reply.status(), failure == null ? said.text() : failure.toString());
  }

  private static Map<String, Object> mark(Map<String, Object> body) {
    return members("managed_by", OWNER, "version", VERSION, "digest", digest(Json.bytes(body)));
  }

  private static String digest(byte[] bytes) {
    try {
      var hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Names and values in turn. */
  private static Map<String, Object> members(Object... namesAndValues) {
    var members = new LinkedHashMap<String, Object>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      members.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return members;
  }

  private static Map<String, Object> with(Map<String, Object> members, String name, Object value) {
    var more = new LinkedHashMap<>(members);
    more.put(name, value);
    return more;
  }

  /** Follows names, and the first entry of lists. */
  private static @Nullable Object found(@Nullable Object body, String... names) {
    var at = body;
    for (var next : names) {
      if (at instanceof List<?> list && !list.isEmpty()) {
        at = list.getFirst();
      }
      at = at instanceof Map<?, ?> map ? map.get(next) : null;
    }
    return at;
  }
}
