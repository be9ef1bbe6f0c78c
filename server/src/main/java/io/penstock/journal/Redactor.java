package io.penstock.journal;

import io.penstock.exchange.Header;
import io.penstock.exchange.Headers;
import io.penstock.exchange.Parameter;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.NavigableSet;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes out of an exchange what nobody who reads the journal may have: credentials by the name of
 * their header, parameter or member, and what looks like a token wherever it stands. A keyed hash
 * takes its place. Safe for many threads.
 *
 * <p>Identifiers stay: who audits what a program sends home wants to see them.
 */
final class Redactor {

  /** Whatever their case (RFC 9110 §5.1). */
  private static final NavigableSet<String> HEADERS =
      sorted(
          "authorization",
          "proxy-authorization",
          "cookie",
          "set-cookie",
          "x-api-key",
          "api-key",
          "x-auth-token",
          "x-amz-security-token",
          "x-vault-token",
          "x-gitlab-token",
          "private-token",
          "x-goog-api-key",
          "dd-api-key",
          "x-sentry-auth",
          "x-honeycomb-team");

  /** Without case, hyphens and underscores. */
  private static final Set<String> NAMES =
      Set.of(
          "password",
          "passwd",
          "pwd",
          "passphrase",
          "secret",
          "token",
          "apikey",
          "accesskey",
          "secretkey",
          "privatekey",
          "accesstoken",
          "refreshtoken",
          "idtoken",
          "authtoken",
          "bearertoken",
          "sessiontoken",
          "clientsecret",
          "credential",
          "credentials",
          "authorization",
          "writekey",
          "licensekey",
          "sentrykey");

  /** The first letters of those. */
  private static final BitSet BEGINNINGS =
      NAMES.stream().collect(BitSet::new, (set, name) -> set.set(name.charAt(0)), BitSet::or);

  private static final int NAME_MAX = 32;

  /** What is shorter is no token of those below. */
  private static final int TOKEN_MIN = 16;

  /**
   * JSON Web Tokens (RFC 7519), keys in PEM (RFC 7468), and the prefixes that vendors gave their
   * tokens so that they are found. Without alternatives that could be tried in many ways.
   */
  private static final Pattern TOKEN =
      Pattern.compile(
          "eyJ[\\w-]{8,2048}+\\.[\\w-]{4,8192}+(?:\\.[\\w-]{0,2048}+)?"
              + "|AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}"
              + "|gh[pousr]_\\w{36,255}+|github_pat_\\w{22,255}+|glpat-[\\w-]{20,64}+"
              + "|xox[abeoprs]-[\\w-]{10,255}+|[sr]k_live_\\w{16,255}+|AIza[\\w-]{35}"
              + "|npm_\\w{36}|hv[sbr]\\.[\\w-]{24,255}+|dop_v1_[0-9a-f]{64}"
              + "|-----BEGIN [A-Z ]{0,32}PRIVATE[ ]KEY-----[^-]{0,16384}+(?:-----END [A-Z ]{0,32}PRIVATE"
              + " KEY-----)?");

  /**
   * How those begin. Hardly any text has one of these, and looking for a few characters costs a
   * fiftieth of the pattern, which is tried at every position.
   */
  private static final List<String> TOKEN_BEGINNINGS =
      List.of(
          "eyJ",
          "AKIA",
          "ASIA",
          "ghp_",
          "gho_",
          "ghu_",
          "ghs_",
          "ghr_",
          "github_pat_",
          "glpat-",
          "xox",
          "k_live_",
          "AIza",
          "npm_",
          "hvs.",
          "hvb.",
          "hvr.",
          "dop_v1_",
          "-----BEGIN ");

  /** A member of a JSON object or a YAML line whose value is a text. */
  private static final Pattern MEMBER =
      Pattern.compile("\"([\\w.-]{2,48}+)\"\\s{0,8}+:\\s{0,8}+\"((?:[^\"\\\\]|\\\\.){1,8192}+)\"");

  private final KeyedHash hash;

  Redactor(KeyedHash hash) {
    this.hash = hash;
  }

  private static NavigableSet<String> sorted(String... names) {
    var sorted = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    sorted.addAll(List.of(names));
    return Collections.unmodifiableNavigableSet(sorted);
  }

  Headers headers(Headers headers) {
    boolean isKept = true;
    var lines = new ArrayList<Header>(headers.lines().size());
    for (var line : headers.lines()) {
      var value = header(line);
      isKept &= value.equals(line.value());
      lines.add(new Header(line.name(), value));
    }
    return isKept ? headers : new Headers(lines);
  }

  private String header(Header line) {
    if (!HEADERS.contains(line.name())) {
      return text(line.value());
    }
    var name = line.name().toLowerCase(Locale.ROOT);
    // The scheme says how it was authenticated, and is no secret (RFC 9110 §11.4).
    int space = line.value().indexOf(' ');
    boolean hasScheme = name.endsWith("authorization") && space > 0 && space < NAME_MAX;
    return hasScheme
        ? line.value().substring(0, space + 1) + hidden(line.value().substring(space + 1))
        : hidden(line.value());
  }

  List<Parameter> parameters(List<Parameter> parameters) {
    var kept = new ArrayList<Parameter>(parameters.size());
    for (var parameter : parameters) {
      var value = isSecret(parameter.name()) ? hidden(parameter.value()) : text(parameter.value());
      kept.add(
          value.equals(parameter.value()) ? parameter : new Parameter(parameter.name(), value));
    }
    return kept;
  }

  /** A path, a value or a whole body, without what looks like a token. */
  String text(String text) {
    return mayHoldToken(text)
        ? TOKEN.matcher(text).replaceAll(match -> hidden(match.group()))
        : text;
  }

  private static boolean mayHoldToken(String text) {
    if (text.length() < TOKEN_MIN) {
      return false;
    }
    for (var beginning : TOKEN_BEGINNINGS) {
      if (text.contains(beginning)) {
        return true;
      }
    }
    return false;
  }

  /** A body, also without the values of members and parameters that are called like secrets. */
  String body(String text, boolean isForm) {
    if (isForm) {
      return form(text);
    }
    if (text.indexOf('"') < 0) {
      // Nothing that has a name.
      return text(text);
    }
    var members =
        MEMBER
            .matcher(text)
            .replaceAll(
                match ->
                    isSecret(match.group(1))
                        ? "\"%s\":\"%s\"".formatted(match.group(1), hidden(match.group(2)))
                        : Matcher.quoteReplacement(match.group()));
    return text(members);
  }

  private String form(String text) {
    var kept = new StringJoiner("&");
    for (var part : text.split("&", -1)) {
      int equals = part.indexOf('=');
      boolean isHidden = equals > 0 && isSecret(part.substring(0, equals));
      kept.add(
          isHidden
              ? part.substring(0, equals + 1) + hidden(part.substring(equals + 1))
              : text(part));
    }
    return kept.toString();
  }

  static boolean isSecret(String name) {
    return name.length() <= NAME_MAX
        && BEGINNINGS.get(beginning(name))
        && NAMES.contains(plain(name));
  }

  /** The first letter of a plain name; most names are none of those for that alone. */
  private static int beginning(String name) {
    int i = 0;
    while (i < name.length() && isLeftOut(name.charAt(i))) {
      i++;
    }
    return i == name.length() ? 0 : Character.toLowerCase(name.charAt(i));
  }

  private static String plain(String name) {
    var plain = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (!isLeftOut(c)) {
        plain.append(Character.toLowerCase(c));
      }
    }
    return plain.toString();
  }

  private static boolean isLeftOut(char c) {
    return c == '-' || c == '_';
  }

  private String hidden(String secret) {
    return secret.isEmpty() ? secret : "redacted:" + hash.of(secret);
  }
}
