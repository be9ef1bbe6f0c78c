package io.penstock.receive;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The kernel's own table of UDP sockets, {@code /proc/net/udp} and {@code udp6} (proc_net(5)). It
 * alone knows how many datagrams found a socket's buffer full. Other systems have no such table:
 * everything then is empty.
 */
final class KernelSockets {

  /** Columns of the table, split at blanks; an address is {@code hex:hex}. */
  private static final int LOCAL_ADDRESS = 1;

  private static final int INODE = 9;
  private static final int DROPS = 12;

  private final Path proc;

  KernelSockets(Path proc) {
    this.proc = proc;
  }

  /** One line of the table. */
  record Row(int port, long inode, long drops) {}

  /** This process's sockets by inode. */
  Map<Long, Row> own() {
    var own = ownInodes();
    var rows = all();
    rows.keySet().retainAll(own);
    return rows;
  }

  /** The drop counter of a socket. */
  OptionalLong drops(long inode) {
    var row = all().get(inode);
    return row == null ? OptionalLong.empty() : OptionalLong.of(row.drops());
  }

  /** Every UDP socket of this network namespace by inode. */
  Map<Long, Row> all() {
    var rows = new HashMap<Long, Row>();
    read(proc.resolve("net/udp"), rows);
    read(proc.resolve("net/udp6"), rows);
    return rows;
  }

  private static void read(Path table, Map<Long, Row> rows) {
    try {
      for (var line : Files.readAllLines(table, StandardCharsets.US_ASCII)) {
        add(line, rows);
      }
    } catch (IOException _) {
      // Not Linux, or a kernel without IPv6: there is nothing to know.
    }
  }

  private static void add(String line, Map<Long, Row> rows) {
    var columns = line.strip().split("\\s+");
    if (columns.length <= DROPS) {
      return;
    }
    try {
      var local = columns[LOCAL_ADDRESS];
      int port = Integer.parseInt(local.substring(local.indexOf(':') + 1), 16);
      long inode = Long.parseLong(columns[INODE]);
      rows.put(inode, new Row(port, inode, Long.parseLong(columns[DROPS])));
    } catch (NumberFormatException _) {
      // The heading, or a column a later kernel moved.
    }
  }

  /** Inodes behind this process's descriptors, which read {@code socket:[inode]}. */
  private Set<Long> ownInodes() {
    var inodes = new HashSet<Long>();
    try (var descriptors = Files.newDirectoryStream(proc.resolve("self/fd"))) {
      for (var descriptor : descriptors) {
        socketInode(descriptor).ifPresent(inodes::add);
      }
    } catch (IOException _) {
      // As above.
    }
    return inodes;
  }

  private static OptionalLong socketInode(Path descriptor) {
    try {
      var target = Files.readSymbolicLink(descriptor).toString();
      if (target.startsWith("socket:[") && target.endsWith("]")) {
        return OptionalLong.of(
            Long.parseLong(target, "socket:[".length(), target.length() - 1, 10));
      }
    } catch (IOException | NumberFormatException _) {
      // Closed while we looked.
    }
    return OptionalLong.empty();
  }
}
