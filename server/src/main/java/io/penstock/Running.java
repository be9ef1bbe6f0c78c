package io.penstock;

import io.penstock.json.Json;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a server with a proxy tells the commands beside it: a small file in its data folder, there
 * as long as the server runs. Nothing in it is secret.
 *
 * @param proxy where the proxy listens, such as {@code http://127.0.0.1:8081}
 * @param pid of the server
 * @param ca the roots that its clients are to trust, in PEM form
 * @param probe an address that is answered by the server itself; null when it answers none
 */
record Running(URI proxy, long pid, String ca, @Nullable URI probe) {

  private static final String FILE = "intercept.json";
  private static final int FILE_BYTES_MAX = 256 << 10;

  /** Writes it, whole at once. */
  void write(Path data) throws IOException {
    var members = new LinkedHashMap<String, @Nullable Object>();
    members.put("proxy", proxy.toString());
    members.put("pid", pid);
    members.put("ca", ca);
    members.put("probe", probe == null ? null : probe.toString());
    // Not a temporary file, which only its owner may read: programs run as anybody.
    var unfinished = data.resolve(FILE + "." + pid);
    try {
      Files.writeString(unfinished, Json.text(members) + "\n");
      Files.move(
          unfinished,
          data.resolve(FILE),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  /** Takes it away when the server stops; another server's stays. */
  static void remove(Path data, long pid) throws IOException {
    if (read(data).map(running -> running.pid == pid).orElse(false)) {
      Files.deleteIfExists(data.resolve(FILE));
    }
  }

  /**
   * What the server of this folder says; empty when none does.
   *
   * @throws IOException with a line for the operator when it cannot be read
   */
  static Optional<Running> read(Path data) throws IOException {
    var file = data.resolve(FILE);
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw new IOException(file + " is not what a server wrote");
      }
      return Optional.of(parse(Files.readString(file)));
    } catch (NoSuchFileException _) {
      return Optional.empty();
    } catch (MalformedJsonException | IllegalArgumentException e) {
      throw new IOException(file + " is not what a server wrote: " + e.getMessage(), e);
    }
  }

  private static Running parse(String text) throws MalformedJsonException {
    if (JsonTree.parse(text) instanceof Map<?, ?> members
        && members.get("proxy") instanceof String proxy
        && members.get("pid") instanceof Long pid
        && members.get("ca") instanceof String ca) {
      var probe = members.get("probe") instanceof String address ? URI.create(address) : null;
      return new Running(URI.create(proxy), pid, ca, probe);
    }
    throw new IllegalArgumentException("proxy, pid or ca is missing");
  }
}
