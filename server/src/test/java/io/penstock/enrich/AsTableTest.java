package io.penstock.enrich;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Ip;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AsTableTest {

  @TempDir Path folder;

  @Test
  void aCsvOfPrefixesIsRead() throws IOException {
    var loaded =
        load(
            """
            ip_range,asn,organization
            8.8.8.0/24,15169,"Google, LLC"
            1.1.1.0/24,AS13335,Cloudflare
            2001:db8::/32,64496,
            192.0.2.0 - 192.0.2.9,64497,Dash
            nonsense,1,x
            203.0.113.0/24,none,x
            """);

    assertThat(find(loaded, "8.8.8.8")).isEqualTo(new AutonomousSystem(15169, "Google, LLC"));
    assertThat(find(loaded, "1.1.1.1")).isEqualTo(new AutonomousSystem(13335, "Cloudflare"));
    assertThat(find(loaded, "2001:db8::1")).isEqualTo(new AutonomousSystem(64496, null));
    assertThat(find(loaded, "192.0.2.9")).isEqualTo(new AutonomousSystem(64497, "Dash"));
    assertThat(find(loaded, "192.0.2.10")).isNull();
    assertThat(loaded.problems().count()).isEqualTo(2);
    assertThat(loaded.problems().first().getFirst()).startsWith("asn.csv:6: ");
  }

  @Test
  void aCsvOfRangesWithoutHeaderIsRead() throws IOException {
    var loaded =
        load(
            """
            1.0.0.0,1.0.0.255,13335,"Cloudflare, Inc."
            2001:200::,2001:200:ffff:ffff:ffff:ffff:ffff:ffff,2500,WIDE
            9.0.0.9,9.0.0.1,1,backwards
            """);

    assertThat(find(loaded, "1.0.0.255"))
        .isEqualTo(new AutonomousSystem(13335, "Cloudflare, Inc."));
    assertThat(find(loaded, "2001:200:1::")).isEqualTo(new AutonomousSystem(2500, "WIDE"));
    assertThat(loaded.problems().count()).isEqualTo(1);
  }

  @Test
  void aFileWithoutOneSystemIsRefused() {
    assertThatThrownBy(() -> load("hello\nworld\n"))
        .isInstanceOf(BadTableException.class)
        .hasMessage("no line of the form ip_range,asn,organization");
  }

  private Loaded<RangeTable<AutonomousSystem>> load(String content) throws IOException {
    return AsTable.load(Files.writeString(folder.resolve("asn.csv"), content));
  }

  private static @Nullable AutonomousSystem find(
      Loaded<RangeTable<AutonomousSystem>> loaded, String address) {
    return loaded.table().find(Ip.parse(address).orElseThrow());
  }
}
