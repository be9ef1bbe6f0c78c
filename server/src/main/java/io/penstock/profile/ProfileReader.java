package io.penstock.profile;

import io.penstock.exchange.Header;
import io.penstock.exchange.Headers;
import io.penstock.exchange.Verdict;
import io.penstock.policy.HostPattern;
import io.penstock.policy.PathPattern;
import io.penstock.profile.Field.Where;
import io.penstock.profile.FieldMeaning.Said;
import io.penstock.profile.Profile.DoNotTrack;
import io.penstock.profile.Profile.OptOut;
import io.penstock.profile.Profile.Verified;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads the YAML of a profile. Every mistake becomes a problem with its line, an unknown key among
 * them; a text with a problem gives no profile. For one text.
 */
final class ProfileReader {

  /** More than any profile needs. */
  private static final int FIELDS_MAX = 1_000;

  private static final int ENDPOINTS_MAX = 50;

  private static final int PROBLEMS_MAX = 20;

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,39}");

  private final List<Problem> problems = new ArrayList<>();

  private ProfileReader() {}

  /** The profile of a text; null, with its problems given to {@code to}, when there are any. */
  static @Nullable Profile read(String file, String text, Consumer<Problem> to) {
    var reader = new ProfileReader();
    Consumer<Problem> note = reader.problems::add;
    var value = Yaml.read(file, text, note);
    var section = value == null ? null : Section.of(file, value, note);
    var profile = section == null ? null : reader.profile(section);
    reader.problems.stream().limit(PROBLEMS_MAX).forEach(to);
    return reader.problems.isEmpty() ? profile : null;
  }

  private Profile profile(Section section) {
    var name = section.required("name");
    if (!name.isEmpty() && !NAME.matcher(name).matches()) {
      section.problem(
          section.scalar("name"), "expected a name of small letters, digits and hyphens");
    }
    var verified = section.word("verified", Verified.class, Verified.UNVERIFIED);
    var source = section.required("source");
    var profile =
        new Profile(
            name,
            section.required("title"),
            section.required("vendor"),
            verified,
            source,
            section.word("verdict", Verdict.class, Verdict.OBSERVE),
            section.optional("mock-condition"),
            section.optional("caveat"),
            optOut(section, source),
            section.texts("redirect"),
            section.word("do-not-track", DoNotTrack.class, DoNotTrack.UNKNOWN),
            section.text("cadence", ""),
            version(section.section("version")),
            endpoints(section),
            fields(section));
    section.end();
    return profile;
  }

  private static OptOut optOut(Section profile, String source) {
    var section = profile.section("opt-out");
    if (section == null) {
      return new OptOut("", Verified.UNVERIFIED, "");
    }
    var optOut =
        new OptOut(
            section.required("how"),
            section.word("verified", Verified.class, Verified.UNVERIFIED),
            section.text("source", source));
    section.end();
    return optOut;
  }

  private @Nullable VersionPlace version(@Nullable Section section) {
    if (section == null) {
      return null;
    }
    var field = pattern(section);
    var text = section.text("pattern", "(.+)");
    section.end();
    try {
      var pattern = Pattern.compile(text);
      if (pattern.matcher("").groupCount() == 0) {
        section.problem(section.scalar("pattern"), "expected a group for the version");
      }
      return field == null ? null : new VersionPlace(field, pattern);
    } catch (PatternSyntaxException e) {
      section.problem(section.scalar("pattern"), "not a pattern: " + e.getDescription());
      return null;
    }
  }

  private List<Endpoint> endpoints(Section profile) {
    var sections = profile.sections("endpoints");
    if (sections.isEmpty() || sections.size() > ENDPOINTS_MAX) {
      profile.problem(null, "expected 1 to " + ENDPOINTS_MAX + " 'endpoints'");
      return List.of();
    }
    var names = new HashSet<String>();
    var endpoints = new ArrayList<Endpoint>();
    for (var section : sections) {
      var endpoint = endpoint(section);
      if (!names.add(endpoint.name())) {
        section.problem(section.scalar("name"), "'" + endpoint.name() + "' stands here twice");
      }
      endpoints.add(endpoint);
    }
    return endpoints;
  }

  private Endpoint endpoint(Section section) {
    var ports = section.numbers("ports", 1, 65_535);
    var endpoint =
        new Endpoint(
            section.required("name"),
            section.required("purpose"),
            section.list("hosts", "a host such as cdn.example or *.example", HostPattern::parse),
            ports,
            section.list("paths", "a path such as /telemetry/*", PathPattern::parse),
            methods(section),
            section.word("body", BodyKind.class, BodyKind.AUTO),
            section.sections("base64").stream()
                .map(this::wrapped)
                .filter(Objects::nonNull)
                .toList(),
            section.sections("answers").stream().map(this::reply).toList());
    if (endpoint.paths().isEmpty() && !section.has("paths")) {
      section.problem(null, "expected 'paths', which are not there");
    }
    if (endpoint.hosts().isEmpty() && ports.isEmpty() && !section.has("hosts")) {
      section.problem(null, "expected 'hosts', or 'ports' for any host");
    }
    section.end();
    return endpoint;
  }

  private static Set<String> methods(Section section) {
    return section.texts("methods").stream()
        .map(method -> method.toUpperCase(Locale.ROOT))
        .collect(Collectors.toUnmodifiableSet());
  }

  private @Nullable FieldPattern wrapped(Section section) {
    var pattern = pattern(section);
    section.end();
    return pattern;
  }

  private Reply reply(Section section) {
    var when = section.section("when");
    @Nullable String method = null;
    @Nullable String contentType = null;
    if (when != null) {
      method = when.optional("method");
      contentType = when.optional("content-type");
      when.end();
    }
    var body = section.scalar("body");
    var reply =
        new Reply(
            method,
            contentType,
            section.number("status", 200, 200, 599),
            headers(section.map("headers")),
            body == null ? "" : body.text(),
            octets(section),
            headers(section.map("trailers")));
    section.end();
    return reply;
  }

  private static byte @Nullable [] octets(Section section) {
    var text = section.optional("octets");
    if (text == null) {
      return null;
    }
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      section.problem(section.scalar("octets"), "expected base64");
      return null;
    }
  }

  private static Headers headers(Map<String, String> lines) {
    return new Headers(
        lines.entrySet().stream().map(line -> new Header(line.getKey(), line.getValue())).toList());
  }

  private List<FieldMeaning> fields(Section profile) {
    var sections = profile.sections("fields");
    if (sections.size() > FIELDS_MAX) {
      profile.problem(null, "expected at most " + FIELDS_MAX + " 'fields'");
    }
    return sections.stream().map(this::meaning).filter(Objects::nonNull).toList();
  }

  private @Nullable FieldMeaning meaning(Section section) {
    var pattern = pattern(section);
    var type = section.text("type", "text");
    var meaning = section.required("meaning");
    var unit = section.text("unit", "");
    var identifier = section.word("identifier", Identifier.class, Identifier.NONE);
    var said = section.word("said", Said.class, Said.GUESS);
    var source = section.text("source", "");
    section.end();
    return pattern == null
        ? null
        : new FieldMeaning(pattern, type, meaning, unit, identifier, said, source);
  }

  /**
   * The field of {@code query: v}, {@code body: /a/b}, {@code header: User-Agent} or {@code path:
   * 2}.
   */
  private @Nullable FieldPattern pattern(Section section) {
    @Nullable FieldPattern pattern = null;
    int count = 0;
    for (var where : Where.values()) {
      var scalar = section.scalar(Section.written(where));
      if (scalar != null) {
        count++;
        pattern = FieldPattern.parse(where, scalar.text()).orElse(null);
        if (pattern == null) {
          section.problem(scalar, "expected a field, in a body one that begins with a slash");
        }
      }
    }
    if (count != 1) {
      section.problem(null, "expected one of query, header, path and body");
    }
    return pattern;
  }
}
