package io.penstock;

import io.penstock.config.Environment;
import io.penstock.control.Indicators;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/**
 * What an operator can set about indicators and databases that come through the API.
 *
 * @param indicators how many may be stored
 * @param uploadBytesMax size of an uploaded or downloaded database
 * @param geoDownload where a fresh database of geography can be had; nothing is called without it
 */
record IntelConfig(Indicators.Limits indicators, long uploadBytesMax, Optional<URI> geoDownload) {

  /** Such a table takes up to 40 MB when all are domains, a fifth of that when all are networks. */
  private static final int INDICATORS_MAX = 200_000;

  private static final int INDICATORS_PER_TENANT_MAX = 100_000;
  private static final int INDICATORS_LIMIT = 5_000_000;
  private static final long UPLOAD_BYTES_MAX = 512L << 20;

  static IntelConfig from(Environment env) {
    return new IntelConfig(
        new Indicators.Limits(
            (int) env.number(INDICATORS_MAX, 0, INDICATORS_LIMIT, "INDICATORS_MAX"),
            (int)
                env.number(
                    INDICATORS_PER_TENANT_MAX, 0, INDICATORS_LIMIT, "INDICATORS_PER_TENANT_MAX")),
        env.bytes(UPLOAD_BYTES_MAX, 1 << 20, 2L << 30, "UPLOAD_BYTES_MAX"),
        geoDownload(env));
  }

  private static Optional<URI> geoDownload(Environment env) {
    var text = env.text("GEOIP_DOWNLOAD_URL");
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      var uri = new URI(text.get());
      boolean isHttp = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
      if (isHttp && uri.getHost() != null) {
        return Optional.of(uri);
      }
    } catch (URISyntaxException e) {
      // Told below; the text itself may hold a licence key.
    }
    env.problem("GEOIP_DOWNLOAD_URL", "expected an http or https URL");
    return Optional.empty();
  }
}
