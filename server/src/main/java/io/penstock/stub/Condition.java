package io.penstock.stub;

import io.penstock.policy.HostPattern;
import io.penstock.policy.PathPattern;
import java.util.List;
import java.util.Set;

/** One question about a request; a stub answers when all of its conditions hold. */
sealed interface Condition {

  boolean holds(Subject subject);

  /** What it is about, such as {@code query v}. */
  String about();

  /** What it asks for, for people. */
  String expected();

  /** What the request has instead, for people. */
  String actual(Subject subject);

  /**
   * How far a request is from a stub when this does not hold: who asks another host is far away.
   */
  default double weight() {
    return 1;
  }

  /**
   * The method.
   *
   * @param methods in upper case
   */
  record Method(Set<String> methods) implements Condition {

    public Method {
      methods = Set.copyOf(methods);
    }

    @Override
    public boolean holds(Subject subject) {
      return methods.contains(subject.asked().method());
    }

    @Override
    public String about() {
      return "method";
    }

    @Override
    public String expected() {
      return String.join(", ", methods.stream().sorted().toList());
    }

    @Override
    public String actual(Subject subject) {
      return subject.asked().method();
    }
  }

  /** The scheme. */
  record Scheme(String scheme) implements Condition {

    @Override
    public boolean holds(Subject subject) {
      return subject.asked().scheme().equals(scheme);
    }

    @Override
    public String about() {
      return "scheme";
    }

    @Override
    public String expected() {
      return scheme;
    }

    @Override
    public String actual(Subject subject) {
      return subject.asked().scheme();
    }
  }

  /** The port. */
  record Port(int port) implements Condition {

    @Override
    public boolean holds(Subject subject) {
      return subject.asked().port() == port;
    }

    @Override
    public String about() {
      return "port";
    }

    @Override
    public String expected() {
      return Integer.toString(port);
    }

    @Override
    public String actual(Subject subject) {
      return Integer.toString(subject.asked().port());
    }
  }

  /** The host. */
  record Host(List<HostPattern> patterns) implements Condition {

    public Host {
      patterns = List.copyOf(patterns);
    }

    @Override
    public boolean holds(Subject subject) {
      for (var pattern : patterns) {
        if (pattern.matches(subject.asked().host())) {
          return true;
        }
      }
      return false;
    }

    @Override
    public String about() {
      return "host";
    }

    @Override
    public String expected() {
      return String.join(", ", patterns.stream().map(HostPattern::toString).toList());
    }

    @Override
    public String actual(Subject subject) {
      return subject.asked().host();
    }

    @Override
    public double weight() {
      return 3;
    }
  }

  /** The very path. */
  record Path(Set<String> paths) implements Condition {

    public Path {
      paths = Set.copyOf(paths);
    }

    @Override
    public boolean holds(Subject subject) {
      return paths.contains(subject.path());
    }

    @Override
    public String about() {
      return "path";
    }

    @Override
    public String expected() {
      return String.join(", ", paths.stream().sorted().toList());
    }

    @Override
    public String actual(Subject subject) {
      return subject.path();
    }

    @Override
    public double weight() {
      return 3;
    }
  }

  /** A path with wildcards. */
  record PathLike(List<PathPattern> patterns) implements Condition {

    public PathLike {
      patterns = List.copyOf(patterns);
    }

    @Override
    public boolean holds(Subject subject) {
      for (var pattern : patterns) {
        if (pattern.matches(subject.path())) {
          return true;
        }
      }
      return false;
    }

    @Override
    public String about() {
      return "path";
    }

    @Override
    public String expected() {
      return String.join(", ", patterns.stream().map(PathPattern::toString).toList());
    }

    @Override
    public String actual(Subject subject) {
      return subject.path();
    }

    @Override
    public double weight() {
      return 3;
    }
  }

  /** The path, or path and query, as an expression. */
  record Target(TextMatch test, boolean hasQuery) implements Condition {

    @Override
    public boolean holds(Subject subject) {
      return test.holds(actual(subject), subject.effort());
    }

    @Override
    public String about() {
      return hasQuery ? "path and query" : "path";
    }

    @Override
    public String expected() {
      return test.expected();
    }

    @Override
    public String actual(Subject subject) {
      return hasQuery ? subject.asked().target() : subject.path();
    }

    @Override
    public double weight() {
      return 3;
    }
  }

  /** Where named values stand. */
  enum Where {
    QUERY,
    HEADER,
    COOKIE,
    FORM
  }

  /**
   * The values of a name.
   *
   * @param name of a header in lower case
   */
  record Named(Where where, String name, ValuesMatch test) implements Condition {

    @Override
    public boolean holds(Subject subject) {
      return test.holds(values(subject), subject.effort());
    }

    private List<String> values(Subject subject) {
      return switch (where) {
        case QUERY -> subject.query(name);
        case HEADER -> subject.headers().getOrDefault(name, List.of());
        case COOKIE -> subject.cookies().getOrDefault(name, List.of());
        case FORM -> subject.form().getOrDefault(name, List.of());
      };
    }

    @Override
    public String about() {
      return where.name().toLowerCase(java.util.Locale.ROOT) + " " + name;
    }

    @Override
    public String expected() {
      return test.expected();
    }

    @Override
    public String actual(Subject subject) {
      var values = values(subject);
      if (values.isEmpty()) {
        return "nothing";
      }
      boolean isSecret = where == Where.COOKIE || Secret.HEADERS.contains(name);
      return isSecret ? "something else" : Problem.excerpt(String.join(", ", values));
    }
  }

  /** The body. */
  record Body(BodyMatch test) implements Condition {

    @Override
    public boolean holds(Subject subject) {
      return test.holds(subject);
    }

    @Override
    public String about() {
      return "body";
    }

    @Override
    public String expected() {
      return test.expected();
    }

    @Override
    public String actual(Subject subject) {
      return subject.body().length + " octets that are something else";
    }
  }

  /** Headers whose values are never shown. */
  final class Secret {

    static final Set<String> HEADERS = Set.of("authorization", "proxy-authorization", "cookie");

    private Secret() {}
  }
}
