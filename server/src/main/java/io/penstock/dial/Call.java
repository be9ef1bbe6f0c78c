package io.penstock.dial;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request to a destination.
 *
 * @param uri of {@code http} or {@code https}, with a host
 * @param headers those of its own; length, encoding, host and user agent are set for it
 * @param body null for none
 * @param gzip whether the body is compressed on its way
 */
public record Call(
    String method, URI uri, Map<String, String> headers, @Nullable Body body, boolean gzip) {

  public Call {
    headers = Map.copyOf(headers);
  }

  public static Call get(URI uri) {
    return new Call("GET", uri, Map.of(), null, false);
  }

  public static Call post(URI uri, String contentType, Body body) {
    return new Call("POST", uri, Map.of("Content-Type", contentType), body, false);
  }

  public static Call put(URI uri, String contentType, Body body) {
    return new Call("PUT", uri, Map.of("Content-Type", contentType), body, false);
  }

  public Call with(String header, String value) {
    var more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Call(method, uri, more, body, gzip);
  }

  public Call with(Map<String, String> more) {
    var all = new LinkedHashMap<>(headers);
    all.putAll(more);
    return new Call(method, uri, all, body, gzip);
  }

  public Call compressed(boolean isCompressed) {
    return new Call(method, uri, headers, body, isCompressed);
  }

  /** Without its headers, which may hold credentials. */
  @Override
  public String toString() {
    return method + " " + uri;
  }
}
