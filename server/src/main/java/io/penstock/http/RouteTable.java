package io.penstock.http;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** All routes, found by path and method. */
public final class RouteTable {

  /** What the table says to a request. */
  sealed interface Match {

    record Found(Route route, Map<String, String> parameters) implements Match {}

    /** The path exists, but not with this method. */
    record OtherMethods(String allow, boolean isPublic) implements Match {}

    record Unknown() implements Match {}
  }

  private final List<Route> routes;
  private final Map<String, List<Route>> exact = new HashMap<>();
  private final List<Route> patterns = new ArrayList<>();

  /**
   * @throws IllegalArgumentException when two routes have the same method and path
   */
  public RouteTable(List<Route> routes) {
    this.routes = List.copyOf(routes);
    var seen = new LinkedHashMap<String, Route>();
    for (var route : routes) {
      if (seen.put(route.method() + ' ' + route.path(), route) != null) {
        throw new IllegalArgumentException("two routes " + route.method() + ' ' + route.path());
      }
      if (route.path().indexOf('{') >= 0) {
        patterns.add(route);
      } else {
        exact.computeIfAbsent(route.path(), path -> new ArrayList<>()).add(route);
      }
    }
  }

  public List<Route> routes() {
    return routes;
  }

  /** The same routes, those that want a scope open to every key. */
  public RouteTable withoutScopes() {
    return new RouteTable(
        routes.stream()
            .map(
                route ->
                    new Route(
                        route.method(),
                        route.path(),
                        withoutScopes(route.access()),
                        route.handler()))
            .toList());
  }

  private static Access withoutScopes(Access access) {
    return switch (access) {
      case Access.Scopes _ -> Access.ANY_KEY;
      case Access.Stream(var _, var tickets, boolean isKeyInQuery) ->
          new Access.Stream(List.of(), tickets, isKeyInQuery);
      case Access.Public _, Access.AnyKey _ -> access;
    };
  }

  Match match(String method, String path) {
    if (path.indexOf('\0') >= 0) {
      // Nothing has such a name, and not every database can be asked for it.
      return new Match.Unknown();
    }
    var candidates = exact.get(path);
    if (candidates == null) {
      candidates = patterns.stream().filter(r -> parameters(r.path(), path) != null).toList();
    }
    if (candidates.isEmpty()) {
      return new Match.Unknown();
    }
    String wanted = method.equals("HEAD") ? "GET" : method;
    for (var route : candidates) {
      if (route.method().equals(wanted)) {
        var parameters = parameters(route.path(), path);
        return new Match.Found(route, parameters == null ? Map.of() : parameters);
      }
    }
    var allow = new TreeSet<String>();
    allow.add("OPTIONS");
    boolean isPublic = true;
    for (var route : candidates) {
      allow.add(route.method());
      if (route.method().equals("GET")) {
        allow.add("HEAD");
      }
      isPublic &= route.access() instanceof Access.Public;
    }
    return new Match.OtherMethods(String.join(", ", allow), isPublic);
  }

  /** The parameters when the path fits the pattern, else null. */
  private static @Nullable Map<String, String> parameters(String pattern, String path) {
    var expected = pattern.split("/", -1);
    var actual = path.split("/", -1);
    if (expected.length != actual.length) {
      return null;
    }
    var parameters = new HashMap<String, String>();
    for (int i = 0; i < expected.length; i++) {
      if (expected[i].startsWith("{")) {
        if (actual[i].isEmpty()) {
          return null;
        }
        parameters.put(expected[i].substring(1, expected[i].length() - 1), actual[i]);
      } else if (!expected[i].equals(actual[i])) {
        return null;
      }
    }
    return parameters;
  }
}
