package io.penstock.receive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelSocketsTest {

  private static final String HEADING =
      "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid"
          + "  timeout inode ref pointer drops            \n";

  @TempDir Path proc;

  @Test
  void bothTablesAreReadByColumn() throws IOException {
    table(
        "udp",
        HEADING
            + " 5469: 0100007F:0807 00000000:0000 07 00000000:00001B00 00:00000000 00000000"
            + "     0        0 13412 2 000000006d926e6f 97         \n");
    table(
        "udp6",
        HEADING
            + " 8826: 00000000000000000000000000000000:1283 00000000000000000000000000000000:0000"
            + " 07 00000000:00000000 00:00000000 00000000     0        0 13411 2"
            + " 000000006188466b 0\n");

    var kernel = new KernelSockets(proc);

    assertThat(kernel.all())
        .containsEntry(13412L, new KernelSockets.Row(2055, 13412, 97))
        .containsEntry(13411L, new KernelSockets.Row(4739, 13411, 0))
        .hasSize(2);
    assertThat(kernel.drops(13412)).hasValue(97);
    assertThat(kernel.drops(1)).isEmpty();
  }

  @Test
  void linesThatAreNoSocketsAreSkipped() throws IOException {
    table("udp", HEADING + "\nshort line\n 1: x:zz 2 3 4 5 6 7 8 9 10 11 12 13\n");

    assertThat(new KernelSockets(proc).all()).isEmpty();
  }

  @Test
  void aSystemWithoutTheTableKnowsNothing() {
    var kernel = new KernelSockets(proc.resolve("absent"));

    assertThat(kernel.all()).isEmpty();
    assertThat(kernel.own()).isEmpty();
    assertThat(kernel.drops(1)).isEmpty();
  }

  private void table(String name, String content) throws IOException {
    Files.createDirectories(proc.resolve("net"));
    Files.writeString(proc.resolve("net").resolve(name), content);
  }
}
