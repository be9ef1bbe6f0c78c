package io.penstock.certificate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;

/**
 * The files that programs are pointed at so that they trust us and come through the proxy. In a
 * folder of their own, which goes with them.
 *
 * @param folder absolute
 */
public record ClientFiles(Path folder) implements AutoCloseable {

  private static final String NODE_PROXY = "node-proxy.cjs";

  /** More than any file of roots that Node is given. */
  private static final long EXTRA_BYTES_MAX = 8 << 20;

  /**
   * Writes them.
   *
   * @param variables the environment of the programs so far: what they trusted stays trusted
   */
  public static ClientFiles write(Trust trust, Map<String, String> variables) throws IOException {
    var files = new ClientFiles(Files.createTempDirectory("penstock-trust").toAbsolutePath());
    try {
      Files.writeString(files.roots(), extra(variables) + trust.pem(), StandardCharsets.ISO_8859_1);
      Files.writeString(files.bundle(), trust.bundle(variables), StandardCharsets.ISO_8859_1);
      Files.write(files.store(), trust.store());
      Files.write(files.nodeProxy(), resource(NODE_PROXY));
      return files;
    } catch (IOException | RuntimeException e) {
      files.close();
      throw e;
    }
  }

  /** What Node was told to trust beside its own. */
  private static String extra(Map<String, String> variables) throws IOException {
    var named = variables.get("NODE_EXTRA_CA_CERTS");
    if (named == null || named.isBlank() || !Files.isReadable(Path.of(named))) {
      return ""; // Node warns of such a file, and goes on
    }
    var file = Path.of(named);
    if (Files.size(file) > EXTRA_BYTES_MAX) {
      throw new IOException(file + " is larger than any list of roots");
    }
    return Files.readString(file, StandardCharsets.ISO_8859_1).stripTrailing() + "\n";
  }

  static byte[] resource(String name) {
    try (var in = ClientFiles.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("there is no " + name + " in this build");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name + " of this build", e);
    }
  }

  /** What is trusted beside a program's own roots. */
  Path roots() {
    return folder.resolve("ca.pem");
  }

  /** What is trusted in the place of a program's own roots. */
  Path bundle() {
    return folder.resolve("bundle.pem");
  }

  /** The same for Java. */
  Path store() {
    return folder.resolve("trust.p12");
  }

  Path nodeProxy() {
    return folder.resolve(NODE_PROXY);
  }

  /** Removes them. */
  @Override
  public void close() throws IOException {
    try (var all = Files.walk(folder)) {
      for (var file : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
