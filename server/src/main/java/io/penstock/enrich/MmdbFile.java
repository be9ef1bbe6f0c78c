package io.penstock.enrich;

import com.maxmind.db.CHMCache;
import com.maxmind.db.Metadata;
import com.maxmind.db.Reader;
import io.penstock.event.Ip;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A MaxMind DB file that is being flattened into a {@link RangeTable}.
 *
 * <p>The library decodes the data; the search tree is walked here, for two reasons. A record that
 * thousands of networks share is decoded once, by its pointer, which makes loading a city database
 * several times faster than asking network by network. And a hostile or damaged tree is survived by
 * construction: the walk is as deep as an address is long, and visits no more nodes than a sound
 * tree of that size has.
 *
 * <p>Layout (MaxMind DB file format 2.0): the tree comes first, node {@code n} being two records of
 * {@code recordSize} bits, left for a 0 bit and right for a 1 bit. A record below {@code nodeCount}
 * is a node, equal to it means "nothing", above it is a pointer to data. IPv4 hangs below {@code
 * ::/96}; 6to4 and Teredo point to the same node.
 *
 * <p>The file is mapped, not read: a database of cities is as large as all the heap that the table
 * needs.
 */
final class MmdbFile {

  private static final long SIZE_MAX = 2L << 30;
  private static final int VALUES_MAX = 16_000_000;
  private static final int DECODED_CACHE = 1 << 15;

  /**
   * What a node of the tree takes while the table is built: 20 octets a range in arrays that grow by
   * doubling, and its part of the values. One of 2.5 million ranges was built in a heap of 256 MiB,
   * one of 3.7 million was not; it was in one of 400.
   */
  private static final int NODE_BYTES = 64;

  private static final int SIX_TO_FOUR_BITS = 16;
  private static final int TEREDO_BITS = 32;
  private static final int V4_BITS = 96;

  /** Turns decoded data into a value; null when it holds none. */
  interface Values<T> {
    @Nullable T of(Object data);
  }

  private final Reader reader;
  private final MemorySegment tree;
  private final long nodeCount;
  private final int recordSize;
  private final long v4Root;
  private long visitsLeft;

  private MmdbFile(Reader reader, MemorySegment tree) {
    var metadata = reader.getMetadata();
    this.reader = reader;
    this.tree = tree;
    this.nodeCount = metadata.nodeCount();
    this.recordSize = metadata.recordSize();
    this.visitsLeft = 4 * nodeCount + 1024;
    this.v4Root = metadata.ipVersion() == 4 ? 0 : findV4Root();
  }

  /**
   * Reads a whole file.
   *
   * @throws BadTableException when it is damaged or holds not one value
   */
  static <T> Loaded<RangeTable<T>> load(Path file, Values<T> values) throws IOException {
    long size = Files.size(file);
    if (size > SIZE_MAX) {
      throw new BadTableException("larger than 2 GiB");
    }
    try (var reader =
            new Reader(
                file.toFile(), Reader.FileMode.MEMORY_MAPPED, new CHMCache(DECODED_CACHE));
        var arena = Arena.ofConfined()) {
      var metadata = reader.getMetadata();
      var tree = mapTree(file, size, metadata, arena);
      checkHeap(metadata.nodeCount(), Runtime.getRuntime().maxMemory());
      var flattened = new MmdbFile(reader, tree).flatten(values);
      if (flattened.size() == 0) {
        throw new BadTableException(
            "no usable record in a database of type " + metadata.databaseType());
      }
      return new Loaded<>(
          flattened,
          metadata.databaseType(),
          flattened.size(),
          builtAt(metadata),
          Loaded.Problems.NONE);
    } catch (StackOverflowError | RuntimeException damaged) {
      // The library answers damage with whatever it stumbles over, recursion without end included.
      throw new BadTableException("damaged database: " + describe(damaged), damaged);
    } catch (InternalError cut) {
      throw new BadTableException("the file became shorter while it was read", cut);
    } catch (BadTableException bad) {
      throw bad;
    } catch (com.maxmind.db.InvalidDatabaseException | CharacterCodingException damaged) {
      throw new BadTableException("damaged database: " + describe(damaged), damaged);
    }
  }

  private static String describe(Throwable damage) {
    var message = damage.getMessage();
    return message == null ? damage.getClass().getSimpleName() : message;
  }

  private static @Nullable Instant builtAt(Metadata metadata) {
    // One test database claims the largest 64-bit number; a sound one fits 40 bits for long.
    return metadata.buildEpoch().bitLength() > 40
        ? null
        : Instant.ofEpochSecond(metadata.buildEpoch().longValue());
  }

  private static MemorySegment mapTree(Path file, long fileSize, Metadata metadata, Arena arena)
      throws IOException {
    int recordSize = metadata.recordSize();
    if (recordSize != 24 && recordSize != 28 && recordSize != 32) {
      throw new BadTableException("record size of " + recordSize + " bits");
    }
    long treeSize = metadata.nodeCount() * recordSize / 4;
    if (metadata.nodeCount() < 0 || treeSize > fileSize) {
      throw new BadTableException("search tree larger than the file");
    }
    try (var channel = FileChannel.open(file)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, treeSize, arena);
    }
  }

  /** A table may have two thirds of the heap while it is built: a process without memory ends. */
  static void checkHeap(long nodes, long heap) throws BadTableException {
    long wanted = nodes * NODE_BYTES / 2 * 3;
    if (wanted > heap) {
      throw new BadTableException(
          "a database of %,d nodes needs a heap of %d MiB, there are %d: PENSTOCK_JAVA_OPTS=-Xmx%dm"
              .formatted(nodes, wanted >> 20, heap >> 20, (wanted >> 20) + 1));
    }
  }

  /** The record below 96 zero bits: a node, or what all of IPv4 shares. */
  private long findV4Root() {
    long record = 0;
    for (int depth = 0; depth < V4_BITS && record < nodeCount; depth++) {
      record = record(record, 0);
    }
    return record;
  }

  private long record(long node, int side) {
    long at = node * recordSize / 4;
    return switch (recordSize) {
      case 24 -> bytes(at + 3L * side, 3);
      case 28 ->
          side == 0
              ? (octet(at + 3) & 0xf0L) << 20 | bytes(at, 3)
              : (octet(at + 3) & 0x0fL) << 24 | bytes(at + 4, 3);
      default -> bytes(at + 4L * side, 4);
    };
  }

  private long bytes(long at, int length) {
    long value = 0;
    for (long i = at; i < at + length; i++) {
      value = value << 8 | octet(i);
    }
    return value;
  }

  private int octet(long at) {
    return tree.get(ValueLayout.JAVA_BYTE, at) & 0xff;
  }

  private <T> RangeTable<T> flatten(Values<T> values) {
    var flattening = new Flattening<>(values);
    flattening.walk(v4Root, 0, Ip.v4Low(0), V4_BITS);
    if (reader.getMetadata().ipVersion() == 6) {
      flattening.walk(0, 0, 0, 0);
    }
    return flattening.table.build();
  }

  /** One walk over the tree. */
  private final class Flattening<T> {

    private final Values<T> values;
    private final RangeTable.Builder<T> table = new RangeTable.Builder<>();
    private final Map<Long, Integer> numbers = new HashMap<>();

    private Flattening(Values<T> values) {
      this.values = values;
    }

    private void walk(long record, long high, long low, int bits) {
      if (record >= nodeCount) {
        leaf(record, high, low, bits);
        return;
      }
      if (bits == 128) {
        throw new IllegalStateException("search tree deeper than an address");
      }
      if (--visitsLeft < 0) {
        throw new IllegalStateException("search tree with a cycle");
      }
      if (record == v4Root && isAlias(high, low, bits)) {
        return;
      }
      walk(record(record, 0), high, low, bits + 1);
      if (bits < 64) {
        walk(record(record, 1), high | 1L << (63 - bits), low, bits + 1);
      } else {
        walk(record(record, 1), high, low | 1L << (127 - bits), bits + 1);
      }
    }

    /** Whether IPv4 is met again inside the IPv6 tree; where it is, look-ups go to IPv4. */
    private boolean isAlias(long high, long low, int bits) {
      if (bits == V4_BITS && high == 0) {
        return low == 0;
      }
      if (bits == SIX_TO_FOUR_BITS && high >>> 48 == 0x2002
          || bits == TEREDO_BITS && high >>> 32 == 0x2001_0000L) {
        table.spans().embedV4();
        return true;
      }
      return false;
    }

    private void leaf(long record, long high, long low, int bits) {
      if (record == nodeCount) {
        return;
      }
      int number = numbers.computeIfAbsent(record, _ -> numberOf(high, low));
      if (number != 0) {
        table.spans().add(high, low, bits, number);
      }
    }

    private int numberOf(long high, long low) {
      if (numbers.size() >= VALUES_MAX) {
        throw new IllegalStateException("more than " + VALUES_MAX + " distinct records");
      }
      try {
        var address = InetAddress.getByAddress(new Ip(high, low).toBytes());
        var data = reader.getRecord(address, Object.class).data();
        var value = data == null ? null : values.of(data);
        return value == null ? 0 : table.numberOf(value);
      } catch (IOException e) {
        throw new UncheckedIOException(e.getMessage(), e);
      }
    }
  }
}
