package io.penstock.destination;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HecUrlsTest {

  @ParameterizedTest
  @CsvSource({
    "'',/services/collector/event,/services/collector",
    "/,/services/collector/event,/services/collector",
    "/services/collector,/services/collector,/services/collector",
    "/services/collector/,/services/collector,/services/collector",
    "/services/collector/event,/services/collector/event,/services/collector",
    "/services/collector/event/1.0,/services/collector/event/1.0,/services/collector",
    "/services/collector/raw,/services/collector/event,/services/collector",
    "/services/collector/event?x=1,/services/collector/event?x=1,/services/collector",
    "/splunk/hec,/splunk/hec,/splunk/hec"
  })
  void aUrlWithoutAPathGetsTheCollectorsAndOthersKeepTheirs(
      String configured, String events, String base) {
    var host = "https://[::1]:8088";

    var urls = HecUrls.of(URI.create(host + configured));

    assertThat(urls.events()).hasToString(host + events);
    assertThat(urls.acks()).hasToString(host + base + "/ack");
    assertThat(urls.health()).hasToString(host + base + "/health");
    assertThat(urls.host()).isEqualTo("[::1]:8088");
  }
}
