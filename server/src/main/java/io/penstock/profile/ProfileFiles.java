package io.penstock.profile;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where profiles come from: those that ship, and an operator's folder, whose profiles replace
 * shipped ones of the same name. A file with a mistake is left out whole; the mistakes are named.
 */
public final class ProfileFiles {

  /** More than there are products that anybody profiled. */
  static final int FILES_MAX = 1_000;

  static final List<String> SHIPPED =
      List.of(
          "astro",
          "cribl",
          "docker",
          "dotnet",
          "gatsby",
          "gitlab",
          "grafana",
          "grafana-agent",
          "hashicorp",
          "homebrew",
          "influxdb",
          "jenkins",
          "kibana",
          "loki",
          "n8n",
          "nextjs",
          "otlp",
          "posthog",
          "rancher",
          "segment",
          "sentry",
          "sonarqube",
          "storybook",
          "tempo",
          "traefik",
          "vscode");

  private ProfileFiles() {}

  /** What was read, and what was not. */
  public record Read(Collection<Profile> profiles, List<Problem> problems) {}

  /** The profiles that ship. */
  public static Read shipped() {
    return read(null);
  }

  /**
   * The profiles that ship and those of a folder.
   *
   * @param folder its files that end in {@code .yaml} or {@code .yml}; null for none
   */
  public static Read read(@Nullable Path folder) {
    var profiles = new LinkedHashMap<String, Profile>();
    for (var name : SHIPPED) {
      var profile = shipped(name);
      profiles.put(profile.name(), profile);
    }
    var problems = new ArrayList<Problem>();
    if (folder != null) {
      addFolder(folder, profiles, problems::add);
    }
    return new Read(List.copyOf(profiles.values()), List.copyOf(problems));
  }

  private static Profile shipped(String name) {
    var file = "/profiles/" + name + ".yaml";
    var problems = new ArrayList<Problem>();
    try (InputStream in = ProfileFiles.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException("the profile " + file + " is not there");
      }
      var text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      var profile = ProfileReader.read(name + ".yaml", text, problems::add);
      if (profile == null || !profile.name().equals(name)) {
        throw new IllegalStateException("a shipped profile has mistakes: " + name + problems);
      }
      return profile;
    } catch (IOException e) {
      throw new IllegalStateException("cannot read the profile " + file, e);
    }
  }

  private static void addFolder(
      Path folder, Map<String, Profile> profiles, Consumer<Problem> problems) {
    var own = new HashSet<String>();
    for (var file : files(folder, problems)) {
      var profile = profile(file, problems);
      if (profile != null) {
        if (!own.add(profile.name())) {
          problems.accept(
              new Problem(
                  file.toString(),
                  1,
                  1,
                  "another file has the name '" + profile.name() + "', too"));
        }
        profiles.put(profile.name(), profile);
      }
    }
  }

  private static List<Path> files(Path folder, Consumer<Problem> problems) {
    try (var entries = Files.list(folder)) {
      var files =
          entries
              .filter(file -> file.toString().endsWith(".yaml") || file.toString().endsWith(".yml"))
              .sorted()
              .limit(FILES_MAX + 1L)
              .toList();
      if (files.size() > FILES_MAX) {
        problems.accept(new Problem(folder.toString(), 1, 1, "more than " + FILES_MAX + " files"));
        return files.subList(0, FILES_MAX);
      }
      return files;
    } catch (IOException e) {
      problems.accept(new Problem(folder.toString(), 1, 1, "cannot be read: " + e));
      return List.of();
    }
  }

  private static @Nullable Profile profile(Path file, Consumer<Problem> problems) {
    try (var in = Files.newInputStream(file)) {
      // One octet more than may be, so that a larger file is noticed without being read.
      var octets = in.readNBytes(Yaml.CHARACTERS_MAX + 1);
      return ProfileReader.read(
          file.toString(), new String(octets, StandardCharsets.UTF_8), problems);
    } catch (IOException e) {
      problems.accept(new Problem(file.toString(), 1, 1, "cannot be read: " + e));
      return null;
    }
  }
}
