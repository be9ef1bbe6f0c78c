package io.penstock.api;

import io.penstock.control.Settings;
import io.penstock.json.Json;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import io.penstock.stub.Problem;
import io.penstock.stub.Stub;
import io.penstock.stub.Stubs;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stubs that came through the API, kept among the settings, so that a restart has them and every
 * instance that shares the control plane. Safe for many threads.
 */
public final class KeptStubs {

  private static final Logger LOG = LoggerFactory.getLogger(KeptStubs.class);

  private static final String SETTING = "interception.stubs";

  /** A stub's document within the list, and what stands within it. */
  private static final int DEPTH_MAX = 40;

  private final Settings settings;
  private final Stubs stubs;
  private @Nullable String applied;

  public KeptStubs(Settings settings, Stubs stubs) {
    this.settings = settings;
    this.stubs = stubs;
  }

  /** Puts what is kept to use, if it is not what is in use already. */
  public synchronized void refresh() {
    var kept = settings.find(SETTING).orElse("[]");
    if (kept.equals(applied)) {
      return;
    }
    applied = kept;
    var read = read(kept);
    var problems = stubs.replace(Stubs.Layer.API, read);
    if (!problems.isEmpty()) {
      LOG.atError().addKeyValue("problems", problems).log("kept stubs are not all in use");
    }
  }

  private static List<Stub> read(String kept) {
    var read = new ArrayList<Stub>();
    for (var document : documents(kept)) {
      var parsed = Stub.parse(document);
      read.addAll(parsed.stubs());
      if (!parsed.isValid()) {
        LOG.atError().addKeyValue("problems", parsed.problems()).log("a kept stub cannot be read");
      }
    }
    return read;
  }

  @SuppressWarnings("unchecked") // what JsonTree makes of objects
  private static List<Map<String, @Nullable Object>> documents(String kept) {
    try {
      var tree = JsonTree.parse(kept.getBytes(StandardCharsets.UTF_8), DEPTH_MAX);
      return (List<Map<String, @Nullable Object>>) Objects.requireNonNull(tree);
    } catch (MalformedJsonException e) {
      throw new IllegalStateException("the setting " + SETTING + " was damaged", e);
    }
  }

  /**
   * Adds stubs, each in the place of the one with its name.
   *
   * @return why none of them was added; empty when all were
   */
  synchronized List<Problem> put(List<Stub> added) {
    refresh();
    var problems = new ArrayList<Problem>();
    for (var stub : added) {
      problems.addAll(stubs.put(Stubs.Layer.API, stub));
    }
    if (problems.isEmpty()) {
      keep();
    } else {
      // What was put before the one with the problem goes again.
      applied = null;
      refresh();
    }
    return problems;
  }

  /** Takes one away; false when there is none of this name. */
  synchronized boolean remove(String name) {
    refresh();
    boolean isRemoved = stubs.remove(Stubs.Layer.API, name);
    if (isRemoved) {
      keep();
    }
    return isRemoved;
  }

  private void keep() {
    var documents = stubs.of(Stubs.Layer.API).stream().map(Stub::toJson).toList();
    var text = Json.text(documents);
    settings.put(SETTING, text);
    applied = text;
  }
}
