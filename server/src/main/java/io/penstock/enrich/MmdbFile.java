package io.penstock.enrich;

import com.maxmind.db.CHMCache;
import com.maxmind.db.Metadata;
import com.maxmind.db.Reader;
import io.penstock.event.Ip;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
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
 */
final class MmdbFile {

  private static final long SIZE_MAX = 2L << 30;
  private static final int VALUES_MAX = 16_000_000;
  private static final int DECODED_CACHE = 1 << 15;

  private static final int SIX_TO_FOUR_BITS = 16;
  private static final int TEREDO_BITS = 32;
  private static final int V4_BITS = 96;

  /** Turns decoded data into a value; null when it holds none. */
  interface Values<T> {
    @Nullable T of(Object data);
  }

  private final Reader reader;
  private final byte[] tree;
  private final long nodeCount;
  private final int recordSize;
  private final long v4Root;
  private long visitsLeft;

  private MmdbFile(Reader reader, byte[] tree) {
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
        new Reader(file.toFile(), Reader.FileMode.MEMORY, new CHMCache(DECODED_CACHE))) {
      var metadata = reader.getMetadata();
      var flattened = new MmdbFile(reader, readTree(file, size, metadata)).flatten(values);
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

  private static byte[] readTree(Path file, long fileSize, Metadata metadata) throws IOException {
    int recordSize = metadata.recordSize();
    if (recordSize != 24 && recordSize != 28 && recordSize != 32) {
      throw new BadTableException("record size of " + recordSize + " bits");
    }
    long treeSize = metadata.nodeCount() * recordSize / 4;
    if (metadata.nodeCount() < 0 || treeSize > fileSize || treeSize > Integer.MAX_VALUE - 8) {
      throw new BadTableException("search tree larger than the file");
    }
    try (var in = new DataInputStream(Files.newInputStream(file))) {
      var tree = new byte[(int) treeSize];
      in.readFully(tree);
      return tree;
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
    int at = (int) (node * recordSize / 4);
    return switch (recordSize) {
      case 24 -> bytes(at + 3 * side, 3);
      case 28 ->
          side == 0
              ? (tree[at + 3] & 0xf0L) << 20 | bytes(at, 3)
              : (tree[at + 3] & 0x0fL) << 24 | bytes(at + 4, 3);
      default -> bytes(at + 4 * side, 4);
    };
  }

  private long bytes(int at, int length) {
    long value = 0;
    for (int i = at; i < at + length; i++) {
      value = value << 8 | tree[i] & 0xff;
    }
    return value;
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
