package io.penstock.destination;

import java.net.URI;
import java.util.regex.Pattern;

/**
 * Where a host of an event collector takes events, and answers questions.
 *
 * @param events as configured
 */
record HecUrls(URI events, URI acks, URI health, URI healthWithAck) {

  private static final String COLLECTOR = "/services/collector";

  /** What comes behind the collector's own path; a version may follow. */
  private static final Pattern OPERATION = Pattern.compile("/(event|raw)(/1\\.0)?$");

  /** A URL without a path gets the collector's; one for raw data is not what we send. */
  static HecUrls of(URI url) {
    var path = path(url);
    var base = OPERATION.matcher(path).replaceFirst("");
    boolean isForEvents = !path.isEmpty() && !path.substring(base.length()).startsWith("/raw");
    var events = isForEvents ? path : (base.isEmpty() ? COLLECTOR : base) + "/event";
    var collector = base.isEmpty() ? COLLECTOR : base;
    return new HecUrls(
        at(url, events + (url.getRawQuery() == null ? "" : "?" + url.getRawQuery())),
        at(url, collector + "/ack"),
        at(url, collector + "/health"),
        at(url, collector + "/health?ack=true"));
  }

  /** Without a slash at its end. */
  private static String path(URI url) {
    var path = url.getRawPath() == null ? "" : url.getRawPath();
    while (path.endsWith("/")) {
      path = path.substring(0, path.length() - 1);
    }
    return path;
  }

  private static URI at(URI url, String pathAndQuery) {
    return URI.create(url.getScheme() + "://" + url.getRawAuthority() + pathAndQuery);
  }

  /** For people: no query, which may hold what they are not to see. */
  String host() {
    return events.getRawAuthority();
  }
}
