package io.penstock.control;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where the control plane's tables are. */
public sealed interface DatabaseConfig {

  /**
   * A file of our own.
   *
   * @param file the database; made when it is missing
   */
  record Sqlite(Path file) implements DatabaseConfig {}

  /**
   * A PostgreSQL server.
   *
   * @param url JDBC address without credentials
   * @param user role; null for the operating system's
   * @param password null for none
   */
  record Postgresql(String url, @Nullable String user, @Nullable String password)
      implements DatabaseConfig {

    /** Leaves the password out. */
    @Override
    public String toString() {
      return "Postgresql[url=%s, user=%s]".formatted(url, user);
    }
  }

  /**
   * Reads a {@code DATABASE_URL} as SQLAlchemy and libpq write it: {@code sqlite:///relative},
   * {@code sqlite:////absolute} or {@code postgresql://user:password@host:port/name?parameters}
   * (also {@code postgres://}, and with a driver as in {@code postgresql+asyncpg://}).
   *
   * @throws IllegalArgumentException with what is wrong; the message has no password
   */
  static DatabaseConfig parse(String url) {
    int colon = url.indexOf("://");
    if (colon < 0) {
      throw new IllegalArgumentException("expected sqlite:///file or postgresql://host/name");
    }
    var scheme = url.substring(0, colon);
    int driver = scheme.indexOf('+');
    return switch (driver < 0 ? scheme : scheme.substring(0, driver)) {
      case "sqlite" -> sqlite(url.substring(colon + 3));
      case "postgresql", "postgres" -> postgresql("postgresql" + url.substring(colon));
      default ->
          throw new IllegalArgumentException(
              "expected sqlite:///file or postgresql://host/name, not scheme '" + scheme + "'");
    };
  }

  private static DatabaseConfig sqlite(String rest) {
    int query = rest.indexOf('?');
    var path = query < 0 ? rest : rest.substring(0, query);
    if (!path.startsWith("/") || path.length() == 1) {
      throw new IllegalArgumentException("sqlite needs three slashes and a file: sqlite:///file");
    }
    return new Sqlite(Path.of(path.substring(1)));
  }

  private static DatabaseConfig postgresql(String url) {
    try {
      var uri = new URI(url);
      if (uri.getHost() == null || uri.getPath() == null || uri.getPath().length() < 2) {
        throw new IllegalArgumentException("postgresql needs a host and a database's name");
      }
      var port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
      var query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
      var credentials = uri.getRawUserInfo();
      if (credentials == null) {
        return new Postgresql(jdbc(uri, port, query), null, null);
      }
      int colon = credentials.indexOf(':');
      return new Postgresql(
          jdbc(uri, port, query),
          decoded(colon < 0 ? credentials : credentials.substring(0, colon)),
          colon < 0 ? null : decoded(credentials.substring(colon + 1)));
    } catch (URISyntaxException _) {
      // The exception's own message would repeat the password.
      throw new IllegalArgumentException(
          "not an address: special characters in a password must be percent-encoded");
    }
  }

  private static String jdbc(URI uri, String port, String query) {
    return "jdbc:postgresql://" + uri.getHost() + port + uri.getRawPath() + query;
  }

  private static String decoded(String text) {
    // URLDecoder reads a plus as a blank, which user information does not mean.
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
