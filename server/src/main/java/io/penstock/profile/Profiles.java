package io.penstock.profile;

import io.penstock.exchange.Asked;
import io.penstock.exchange.Exchange;
import io.penstock.exchange.Header;
import io.penstock.exchange.Headers;
import io.penstock.exchange.Verdict;
import io.penstock.json.Json;
import io.penstock.policy.HostPattern;
import io.penstock.policy.PathPattern;
import io.penstock.policy.Rule;
import io.penstock.profile.Explanation.Explained;
import io.penstock.stub.Answer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The profiles of an installation: which product a request belongs to, what it says, what its
 * client expects as an answer, and which rules follow from the operator's choice. Immutable, for
 * any number of threads.
 */
public final class Profiles {

  /** A profile with the one of its endpoints that a request goes to. */
  public record Match(Profile profile, Endpoint endpoint) {}

  private final Map<String, Profile> byName;
  private final Map<String, Meanings> meanings = new HashMap<>();
  private final Map<String, List<Match>> byHost = new HashMap<>();
  private final List<Match> byPattern = new ArrayList<>();
  private final List<Match> anywhere = new ArrayList<>();
  private final Decoder decoder;
  private final InstantSource clock;

  public Profiles(Collection<Profile> profiles, Decoder decoder, InstantSource clock) {
    this.decoder = decoder;
    this.clock = clock;
    var sorted = new TreeMap<String, Profile>();
    profiles.forEach(profile -> sorted.put(profile.name(), profile));
    this.byName = Map.copyOf(sorted);
    for (var profile : sorted.values()) {
      meanings.put(profile.name(), new Meanings(profile.fields()));
      for (var endpoint : profile.endpoints()) {
        index(new Match(profile, endpoint));
      }
    }
  }

  private void index(Match match) {
    if (match.endpoint().hosts().isEmpty()) {
      anywhere.add(match);
    }
    for (var host : match.endpoint().hosts()) {
      if (host.kind() == HostPattern.Kind.EXACT) {
        byHost.computeIfAbsent(host.name(), _ -> new ArrayList<>()).add(match);
      } else {
        byPattern.add(match);
      }
    }
  }

  /** Their names, sorted. */
  public Set<String> names() {
    return new TreeSet<>(byName.keySet());
  }

  /** All of them, by name. */
  public List<Profile> all() {
    return byName.values().stream().sorted(Comparator.comparing(Profile::name)).toList();
  }

  public Optional<Profile> get(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /**
   * Whose request this is, by its host and path; profiles for any host are not asked.
   *
   * @param host as {@link io.penstock.exchange.HostName} writes it
   */
  public Optional<Match> match(String host, String path) {
    var exact = first(byHost.getOrDefault(host, List.of()), null, path);
    return exact.isPresent() ? exact : first(byPattern, host, path);
  }

  /** Whose request this is; one to any host is recognised by its port and path. */
  public Optional<Match> match(Asked asked) {
    var match = match(asked.host(), asked.path());
    return match.isPresent()
        ? match
        : anywhere.stream()
            .filter(
                candidate ->
                    candidate.endpoint().ports().contains(asked.port())
                        && candidate.endpoint().covers(asked.path()))
            .findFirst();
  }

  /** The first that covers the path, in the order of the file, whatever the method. */
  private static Optional<Match> first(List<Match> candidates, @Nullable String host, String path) {
    return candidates.stream()
        .filter(candidate -> host == null || candidate.endpoint().isAt(host))
        .filter(candidate -> candidate.endpoint().covers(path))
        .findFirst();
  }

  /**
   * What an exchange says.
   *
   * <p>Decodes the request, which takes up to a tenth of a second for the largest: not for event
   * loops.
   */
  public Explanation explain(Exchange exchange) {
    return explain(exchange.request(), exchange.product());
  }

  /**
   * What a request says.
   *
   * @param product the profile it was taken for; null when nothing is known
   */
  public Explanation explain(Asked asked, @Nullable String product) {
    var known = product == null ? null : byName.get(product);
    var match = known == null ? match(asked).orElse(null) : null;
    var profile = match == null ? known : match.profile();
    if (profile == null) {
      var payload = decoder.decode(asked);
      return new Explanation(
          null, null, null, explained(payload, null), payload.body(), payload.notes());
    }
    var endpoint = match == null ? endpoint(profile, asked) : match.endpoint();
    var payload = decoder.decode(asked, endpoint, profile.fields());
    var version = profile.version();
    return new Explanation(
        profile,
        endpoint,
        version == null ? null : version(version, asked, payload),
        explained(payload, profile),
        payload.body(),
        payload.notes());
  }

  private static @Nullable String version(VersionPlace place, Asked asked, Payload payload) {
    if (place.field().where() == Field.Where.HEADER) {
      var name = place.field().segments().getFirst();
      var headers = new ArrayList<Field>();
      new Tree()
          .addFields(
              headers, Field.Where.HEADER, name, asked.headers().first(name).orElse(""), List.of());
      return place.find(headers).orElse(null);
    }
    return place.find(payload.fields()).orElse(null);
  }

  /** Of a profile: the one at this host, or else, behind another name, the one with this path. */
  private static @Nullable Endpoint endpoint(Profile profile, Asked asked) {
    Endpoint elsewhere = null;
    for (var endpoint : profile.endpoints()) {
      if (endpoint.covers(asked.path())) {
        if (endpoint.hosts().isEmpty() || endpoint.isAt(asked.host())) {
          return endpoint;
        }
        elsewhere = elsewhere == null ? endpoint : elsewhere;
      }
    }
    return elsewhere;
  }

  private List<Explained> explained(Payload payload, @Nullable Profile profile) {
    var known = profile == null ? null : meanings.get(profile.name());
    return payload.fields().stream().map(field -> explained(field, known)).toList();
  }

  private static Explained explained(Field field, @Nullable Meanings known) {
    var meaning = known == null ? null : known.of(field);
    var identifier = meaning == null ? LooksLike.of(field.value()) : meaning.identifier();
    return new Explained(field, meaning, field.value().isEmpty() ? Identifier.NONE : identifier);
  }

  /**
   * The answer that the client of a product expects. Takes microseconds, unless the answer repeats
   * something of the body (Sentry's identifier, the number of items), which is decoded then.
   *
   * @return null when the profile is not known or has no answer for this path
   */
  public @Nullable Answer answer(Asked asked, String product) {
    var profile = byName.get(product);
    var endpoint = profile == null ? null : endpoint(profile, asked);
    if (profile == null || endpoint == null || endpoint.answers().isEmpty()) {
      return null;
    }
    var name = profile.name() + "/" + endpoint.name();
    if (!endpoint.takes(asked.method())) {
      return refused(name, endpoint);
    }
    var type = Decoder.contentType(asked.headers());
    for (var reply : endpoint.answers()) {
      if (reply.isFor(asked.method(), type)) {
        return filled(name, reply, asked, endpoint);
      }
    }
    return refused(name, endpoint);
  }

  /** RFC 9110 §15.5.6: what the method may be is part of the answer. */
  private static Answer refused(String name, Endpoint endpoint) {
    var allowed = String.join(", ", new TreeSet<>(endpoint.methods()));
    return new Answer(
        name,
        405,
        Headers.of("Content-Type", "application/json", "Allow", allowed),
        Json.bytes(Json.object("detail", "Method Not Allowed")));
  }

  private Answer filled(String name, Reply reply, Asked asked, Endpoint endpoint) {
    var template =
        new ReplyTemplate(asked, onDemand(() -> decoder.decode(asked, endpoint, List.of())), clock);
    var headers = filled(reply.headers(), template);
    return new Answer(
        name,
        reply.status(),
        headers,
        body(reply, template, Decoder.contentType(headers)),
        reply.trailers(),
        Answer.Pace.AT_ONCE);
  }

  private static byte[] body(Reply reply, ReplyTemplate template, String type) {
    var octets = reply.octets();
    if (octets != null) {
      return octets.clone();
    }
    var text = reply.body();
    var filled = ReplyTemplate.isTemplate(text) ? template.fill(text, type.endsWith("json")) : text;
    return filled.getBytes(StandardCharsets.UTF_8);
  }

  private static Headers filled(Headers headers, ReplyTemplate template) {
    if (headers.lines().stream().noneMatch(line -> ReplyTemplate.isTemplate(line.value()))) {
      return headers;
    }
    return new Headers(
        headers.lines().stream()
            .map(line -> new Header(line.name(), template.fill(line.value(), false)))
            .toList());
  }

  /** Most answers need nothing of the body: it is read when a word asks for it, and once. */
  private static Supplier<Payload> onDemand(Supplier<Payload> source) {
    return new Supplier<>() {
      private @Nullable Payload payload;

      @Override
      public Payload get() {
        var read = payload;
        if (read == null) {
          read = source.get();
          payload = read;
        }
        return read;
      }
    };
  }

  /**
   * The rules of a choice. Those about one host stand before those about many, so that the nearest
   * decides, and hosts that are only tunnelled stand last. A rule holds for every method, whatever
   * the clients use: what is mocked or blocked does not leave by another one.
   */
  public List<Rule> rules(ProfileChoice choice) {
    var rules = new ArrayList<Rule>();
    for (var entry : choice.entries()) {
      var profile = byName.get(entry.profile());
      if (profile != null) {
        for (var endpoint : profile.endpoints()) {
          rules.add(rule(profile, endpoint, entry));
        }
      }
    }
    rules.sort(
        Comparator.comparing((Rule rule) -> rule.verdict() == Verdict.TUNNEL)
            .thenComparing(
                rule ->
                    rule.hosts().stream()
                        .map(HostPattern::kind)
                        .max(Comparator.naturalOrder())
                        .orElse(HostPattern.Kind.ANY)));
    return List.copyOf(rules);
  }

  private static Rule rule(Profile profile, Endpoint endpoint, ProfileChoice.Entry entry) {
    return new Rule(
        profile.name() + "/" + endpoint.name(),
        profile.name(),
        entry.host() == null ? endpoint.hosts() : List.of(entry.host()),
        // A host that is not to be read is not read beside the telemetry either.
        entry.verdict() == Verdict.TUNNEL ? List.of(PathPattern.ANY) : endpoint.paths(),
        Set.of(),
        entry.verdict());
  }
}
