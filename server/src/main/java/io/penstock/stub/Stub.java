package io.penstock.stub;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One canned answer: which requests get it, and what it says. Made by {@link StubReader} from a
 * document, which it keeps: printing it gives back what was read.
 *
 * @param priority lower ones first
 * @param products the profiles whose requests alone get it, {@link #NONE} for requests of none;
 *     empty for all requests
 * @param times how often it answers; null for ever
 * @param document the form it was read from
 */
public record Stub(
    String name,
    int priority,
    boolean enabled,
    Set<String> products,
    RequestMatcher request,
    AnswerPlan answer,
    @Nullable Scenario scenario,
    @Nullable Long times,
    Map<String, @Nullable Object> document) {

  static final int PRIORITY = 5;

  /** Stands for requests that belong to no profile. */
  static final String NONE = "none";

  boolean isFor(@Nullable String product) {
    return products.isEmpty() || products.contains(product == null ? NONE : product);
  }

  /** Whether an answer changes what comes after it. */
  boolean hasTurns() {
    return scenario != null || times != null;
  }

  /**
   * Reads stubs from a document of maps, lists and plain values: one stub, or several under {@code
   * stubs}.
   */
  public static Parsed parse(Map<String, ? extends @Nullable Object> document) {
    return StubReader.read(document);
  }

  /** Reads a document in YAML or JSON, without files beside it. */
  public static Parsed parse(String document) {
    return StubReader.read(document, StubReader.NO_FILES);
  }

  /** The document again, for {@link io.penstock.json.Json}. */
  public Map<String, @Nullable Object> toJson() {
    return document;
  }

  /**
   * What was read. A document with a problem gives no stubs at all.
   *
   * @param problems all of them, in the order of the document
   */
  public record Parsed(List<Stub> stubs, List<Problem> problems) {

    public Parsed {
      stubs = List.copyOf(stubs);
      problems = List.copyOf(problems);
    }

    public boolean isValid() {
      return problems.isEmpty();
    }
  }
}
