package io.penstock.certificate;

import java.net.URI;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The variables by which programs learn of a proxy and of whom to trust. */
public final class ClientVariables {

  /** What is not led through a proxy when nobody says otherwise: the machine itself. */
  public static final String NO_PROXY = "localhost,127.0.0.1,::1";

  /** Which take a file in the place of the system's roots. */
  private static final List<String> BUNDLES =
      List.of(
          "SSL_CERT_FILE", // OpenSSL and most of what is built on it, Go, rustls, Ruby
          "REQUESTS_CA_BUNDLE",
          "CURL_CA_BUNDLE",
          "GIT_SSL_CAINFO",
          "AWS_CA_BUNDLE",
          "PIP_CERT",
          "CARGO_HTTP_CAINFO",
          "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
          "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
          "BUNDLE_SSL_CA_CERT",
          "HEX_CACERTS_PATH",
          "NIX_SSL_CERT_FILE");

  /** Which take a file beside the program's roots. */
  private static final List<String> ROOTS = List.of("NODE_EXTRA_CA_CERTS", "DENO_CERT");

  private ClientVariables() {}

  /**
   * What a program's environment has to have.
   *
   * @param proxy such as {@code http://127.0.0.1:8081}, with credentials where it wants some
   * @param noProxy what is not led through it, comma-separated
   * @param inherited its environment so far; options for Node and Java in it stay
   */
  public static Map<String, String> of(
      ClientFiles files, URI proxy, String noProxy, Map<String, String> inherited) {
    var variables = new LinkedHashMap<String, String>();
    for (var name : List.of("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")) {
      both(variables, name, proxy.toString());
    }
    both(variables, "NO_PROXY", noProxy);
    ROOTS.forEach(name -> variables.put(name, files.roots().toString()));
    BUNDLES.forEach(name -> variables.put(name, files.bundle().toString()));
    variables.put("NODE_USE_ENV_PROXY", "1");
    variables.put(
        "NODE_OPTIONS", added(inherited.get("NODE_OPTIONS"), "--require " + quoted(files)));
    variables.put(
        "JAVA_TOOL_OPTIONS",
        added(inherited.get("JAVA_TOOL_OPTIONS"), javaOptions(files, proxy, noProxy)));
    return variables;
  }

  /** Some programs read the one, some the other, and curl only the lower-case http_proxy. */
  private static void both(Map<String, String> variables, String name, String value) {
    variables.put(name, value);
    variables.put(name.toLowerCase(Locale.ROOT), value);
  }

  private static String added(@Nullable String before, String options) {
    return before == null || before.isBlank() ? options : before + " " + options;
  }

  /** As Node splits its options: at spaces, unless they are in double quotes. */
  private static String quoted(ClientFiles files) {
    var path = files.nodeProxy().toString().replace("\\", "\\\\").replace("\"", "\\\"");
    return '"' + path + '"';
  }

  private static String javaOptions(ClientFiles files, URI proxy, String noProxy) {
    int port = port(proxy);
    var host = bare(proxy.getHost());
    return String.join(
        " ",
        property("javax.net.ssl.trustStore", files.store().toString()),
        property("javax.net.ssl.trustStoreType", "PKCS12"),
        property("javax.net.ssl.trustStorePassword", Trust.PASSWORD),
        property("http.proxyHost", host),
        property("http.proxyPort", String.valueOf(port)),
        property("https.proxyHost", host),
        property("https.proxyPort", String.valueOf(port)),
        property("http.nonProxyHosts", javaHosts(noProxy)));
  }

  /** The JVM splits at spaces, unless they are in quotes; there is no escape inside them. */
  private static String property(String name, String value) {
    var text = "-D" + name + "=" + value;
    return text.indexOf(' ') < 0 ? text : '"' + text + '"';
  }

  /** Java separates hosts by bars, and has an asterisk for what is below a name. */
  private static String javaHosts(String noProxy) {
    return String.join(
        "|",
        Arrays.stream(noProxy.split(","))
            .map(String::strip)
            .filter(host -> !host.isEmpty())
            .map(host -> host.startsWith(".") ? "*" + host : host)
            .map(host -> host.indexOf(':') >= 0 ? "[" + host + "]" : host)
            .toList());
  }

  static int port(URI proxy) {
    return proxy.getPort() < 0 ? 80 : proxy.getPort();
  }

  private static String bare(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }
}
