package io.penstock.destination;

import io.penstock.config.Secret;
import io.penstock.destination.BulkAnswer.Failure;
import io.penstock.dial.Call;
import io.penstock.dial.Dialer;
import io.penstock.dial.Endpoints;
import io.penstock.dial.Endpoints.Endpoint;
import io.penstock.dial.ForbiddenAddressException;
import io.penstock.dial.HttpCaller;
import io.penstock.dial.HttpLimits;
import io.penstock.dial.Reply;
import io.penstock.dial.TlsContext;
import io.penstock.dial.UnansweredException;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of one cluster: who is called next, with which credentials, and what they run. A node
 * that cannot be connected to has not got anything, so that the next one is called at once. For any
 * number of threads.
 */
final class ElasticServer implements AutoCloseable {

  /** Statuses of nodes, and of proxies, that do not work at present. */
  private static boolean isFailure(int status) {
    return status >= 500 || status == 404;
  }

  private static final int ERROR_BYTES_MAX = 16 * 1024;
  private static final int TEXT_MAX = 300;

  /** From here on it knows {@code require_data_stream}. */
  private static final Version REQUIRES_DATA_STREAM = new Version(Flavour.ELASTICSEARCH, 8, 13);

  private final Endpoints endpoints;
  private final HttpCaller caller;
  private final Map<String, String> credentials;
  private final List<String> secrets;
  private volatile @Nullable Version version;

  /** What a node runs. */
  enum Flavour {
    ELASTICSEARCH,
    OPENSEARCH,
    /** It does not say, or does not say it to us. */
    UNKNOWN
  }

  /** What a node runs, and which. */
  record Version(Flavour flavour, int major, int minor) {

    static final Version UNKNOWN = new Version(Flavour.UNKNOWN, 0, 0);

    boolean requiresDataStream() {
      return flavour == REQUIRES_DATA_STREAM.flavour
          && (major > REQUIRES_DATA_STREAM.major
              || major == REQUIRES_DATA_STREAM.major && minor >= REQUIRES_DATA_STREAM.minor);
    }
  }

  /**
   * @throws GeneralSecurityException when certificates or key cannot be used
   */
  ElasticServer(ElasticConfig config, Dialer dialer, HttpLimits limits)
      throws GeneralSecurityException {
    this.endpoints = new Endpoints(config.urls(), Endpoints.Order.ROUND);
    this.caller = dialer.http(TlsContext.of(config.tls()), limits);
    this.credentials = credentials(config);
    this.secrets = secrets(config, credentials);
  }

  /** What must not be in any text: secrets as they are configured, and as they are sent. */
  private static List<String> secrets(ElasticConfig config, Map<String, String> credentials) {
    var found = new ArrayList<String>();
    for (var header : credentials.values()) {
      found.add(header.substring(header.indexOf(' ') + 1));
    }
    Stream.of(config.password(), config.apiKey(), config.bearerToken())
        .filter(Objects::nonNull)
        .map(Secret::value)
        .filter(value -> !value.isBlank())
        .forEach(found::add);
    return List.copyOf(found);
  }

  private static Map<String, String> credentials(ElasticConfig config) {
    var apiKey = config.apiKey();
    if (apiKey != null) {
      var key = apiKey.value().strip();
      return authorization("ApiKey " + (key.indexOf(':') < 0 ? key : base64(key)));
    }
    var token = config.bearerToken();
    if (token != null) {
      return authorization("Bearer " + token.value().strip());
    }
    var password = config.password();
    if (config.username() == null || password == null) {
      return Map.of();
    }
    return authorization("Basic " + base64(config.username() + ":" + password.value()));
  }

  private static Map<String, String> authorization(String value) {
    return Map.of("Authorization", value);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Makes a request of the address of a node. */
  @FunctionalInterface
  interface Request {
    Call to(URI node);
  }

  /** Calls a node that works, or any one when none does, and reads its answer while it comes. */
  <T> T call(Request request, HttpCaller.Reading<T> reading)
      throws IOException, InterruptedException {
    for (int others = endpoints.all().size() - 1; ; others--) {
      var endpoint = endpoints.next().orElseGet(endpoints.all()::getFirst);
      try {
        return call(endpoint, request, reading);
      } catch (ForbiddenAddressException e) {
        endpoint.failed();
        if (others == 0) {
          throw e;
        }
      } catch (UnansweredException e) {
        // What runs there may be another one when it comes back.
        version = null;
        endpoint.failed();
        if (others == 0 || e.stage() != UnansweredException.Stage.CONNECTING) {
          throw e;
        }
      }
    }
  }

  private <T> T call(Endpoint endpoint, Request request, HttpCaller.Reading<T> reading)
      throws IOException, InterruptedException {
    return caller.call(
        request.to(endpoint.url()).with(credentials),
        (status, retryAfter, body) -> {
          if (isFailure(status)) {
            endpoint.failed();
          } else {
            endpoint.worked();
          }
          return reading.read(status, retryAfter, body);
        });
  }

  /** The same for short answers. */
  Reply call(Request request) throws IOException, InterruptedException {
    return call(
        request,
        (status, retryAfter, body) -> {
          byte[] read = body.readNBytes(1 << 20);
          return new Reply(status, retryAfter, read, body.read() >= 0);
        });
  }

  /** What it runs, as far as is known; asked once a connection. */
  Version version() throws InterruptedException {
    var known = version;
    if (known == null) {
      known = ask();
      version = known;
    }
    return known;
  }

  private Version ask() throws InterruptedException {
    try {
      var root = call(node -> Call.get(at(node, "/")));
      if (root.isSuccess()
          && member(root, "version") instanceof Map<?, ?> found
          && found.get("number") instanceof String number) {
        boolean isOpenSearch = "opensearch".equals(found.get("distribution"));
        return version(isOpenSearch ? Flavour.OPENSEARCH : Flavour.ELASTICSEARCH, number);
      }
      // Distributions made for tests have no front page.
      var nodes = call(node -> Call.get(at(node, "/_nodes/http?filter_path=nodes.*.version")));
      if (nodes.isSuccess()
          && member(nodes, "nodes") instanceof Map<?, ?> found
          && !found.isEmpty()
          && found.values().iterator().next() instanceof Map<?, ?> node
          && node.get("version") instanceof String number) {
        var numbered = version(Flavour.OPENSEARCH, number);
        // OpenSearch began again at 1; nobody runs Elasticsearch before 5 any more.
        return numbered.major < 5
            ? numbered
            : new Version(Flavour.ELASTICSEARCH, numbered.major, numbered.minor);
      }
    } catch (IOException _) {
      // The next request tells what is wrong.
    }
    return Version.UNKNOWN;
  }

  private static @Nullable Object member(Reply reply, String name) {
    try {
      return JsonTree.parse(reply.body()) instanceof Map<?, ?> members ? members.get(name) : null;
    } catch (MalformedJsonException _) {
      return null;
    }
  }

  private static Version version(Flavour flavour, String number) {
    var parts = number.split("[.-]", 3);
    return new Version(flavour, number(parts, 0), number(parts, 1));
  }

  private static int number(String[] parts, int index) {
    return index < parts.length && parts[index].matches("[0-9]{1,6}")
        ? Integer.parseInt(parts[index])
        : 0;
  }

  /** An address below that of a node, which may have a path of its own. */
  static URI at(URI node, String path) {
    var base = node.toString();
    int query = base.indexOf('?');
    if (query >= 0) {
      base = base.substring(0, query);
    }
    return URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path);
  }

  /**
   * What an answer that is no success says.
   *
   * @param failure as the server says it; null when somebody else answered
   * @param text for people
   */
  record Said(@Nullable Failure failure, String text) {}

  Said said(InputStream body) throws IOException {
    return said(body.readNBytes(ERROR_BYTES_MAX));
  }

  Said said(byte[] body) {
    var text = masked(new String(body, StandardCharsets.UTF_8));
    try {
      var masked = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
      var answer = new BulkAnswer(masked, (_, _, _, _) -> false);
      answer.read();
      return new Said(answer.failure(), plain(text));
    } catch (IOException _) {
      // A page of a proxy, or nothing at all.
      return new Said(null, plain(text));
    }
  }

  /** Somebody in between may repeat what it was sent. */
  private String masked(String text) {
    var masked = text;
    for (var secret : secrets) {
      masked = masked.replace(secret, Secret.MASK);
    }
    return masked;
  }

  /** Pages of proxies are more markup than text. */
  private static String plain(String text) {
    var plain = text.replaceAll("<[^>]*>", " ").replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
    if (plain.isEmpty()) {
      return "no text";
    }
    return plain.length() > TEXT_MAX ? plain.substring(0, TEXT_MAX) : plain;
  }

  @Override
  public void close() {
    caller.close();
  }
}
