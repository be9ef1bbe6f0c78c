package io.penstock.capture;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Unpacks bzip2, which RFC 5655 §10.1 asks of whoever reads compressed IPFIX files and the JDK does
 * not have.
 *
 * <p>A file is one or more streams, a stream is blocks of up to 900,000 octets, each packed in four
 * steps, which are undone here in turn: Huffman codes, of which one of up to six tables is chosen
 * for every 50 symbols; runs of the first symbol and a list in which each symbol moves to the front
 * when it is used; the Burrows-Wheeler transform, undone by following one permutation through the
 * block; and runs of four equal octets with a count behind them.
 */
final class Bzip2Stream extends InputStream {

  private static final long BLOCK = 0x314159265359L;
  private static final long END = 0x177245385090L;

  private static final int LEVEL_OCTETS = 100_000;
  private static final int GROUP = 50;
  private static final int TABLES_MAX = 6;
  private static final int CODE_LENGTH_MAX = 20;
  private static final int POLYNOMIAL = 0x04c11db7;
  private static final int[] CRC = crcTable();

  private final InputStream in;
  private final byte[] buffer = new byte[8192];
  private int bufferAt;
  private int bufferEnd;
  private long held;
  private int heldBits;

  private boolean isInStream;
  private int blockMax;
  private int streamCrc;

  /** Whether a block is being handed out whose checksum is to be looked at behind it. */
  private boolean isInBlock;

  private int statedCrc;
  private int crc;

  /** Of each octet of the block: in the upper bits which one follows, in the lower the octet. */
  private int[] chain = new int[1 << 16];

  private int next;
  private int left;
  private int last;
  private int repeats;

  /** How often {@link #last} is still to be handed out. */
  private int run;

  Bzip2Stream(InputStream in) {
    this.in = in;
  }

  /** Whether octets that begin like this are bzip2. */
  static boolean isBzip2(byte[] start) {
    return start.length >= 4
        && start[0] == 'B'
        && start[1] == 'Z'
        && start[2] == 'h'
        && start[3] >= '1'
        && start[3] <= '9';
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int at, int count) throws IOException {
    int written = 0;
    while (written < count) {
      if (run > 0) {
        run--;
      } else if (left == 0) {
        if (!nextBlock()) {
          break;
        }
        continue;
      } else {
        int octet = take();
        if (repeats == 4) {
          repeats = 0;
          run = octet;
          continue;
        }
        repeats = octet == last ? repeats + 1 : 1;
        last = octet;
      }
      into[at + written] = (byte) last;
      crc = crc << 8 ^ CRC[crc >>> 24 ^ last];
      written++;
    }
    return written == 0 && count > 0 ? -1 : written;
  }

  private int take() {
    next = chain[next];
    int octet = next & 0xff;
    next >>>= 8;
    left--;
    return octet;
  }

  /** Goes to the next block; false at the end of the file. */
  private boolean nextBlock() throws IOException {
    if (isInBlock) {
      isInBlock = false;
      check(~crc == statedCrc, "a block's checksum does not fit");
      streamCrc = Integer.rotateLeft(streamCrc, 1) ^ statedCrc;
    }
    while (isInStream || begin()) {
      long magic = (long) bits(24) << 24 | bits(24);
      if (magic == BLOCK) {
        statedCrc = bits(32);
        readBlock();
        return true;
      }
      check(magic == END, "no block begins where one should");
      check(bits(32) == streamCrc, "the checksum of all does not fit");
      isInStream = false;
      heldBits = 0; // streams begin with an octet, and less than one is held
    }
    return false;
  }

  /** Begins a stream; false if none follows. What is behind the last one means nothing. */
  private boolean begin() throws IOException {
    var start = new byte[4];
    for (int i = 0; i < 4; i++) {
      int octet = octet();
      if (octet < 0) {
        return false;
      }
      start[i] = (byte) octet;
    }
    isInStream = isBzip2(start);
    blockMax = (start[3] - '0') * LEVEL_OCTETS;
    streamCrc = 0;
    return isInStream;
  }

  private void readBlock() throws IOException {
    check(bits(1) == 0, "a randomised block, as nobody has written for decades");
    int first = bits(24);
    byte[] symbols = symbolsInUse();
    int tables = bits(3);
    check(tables >= 2 && tables <= TABLES_MAX, "a wrong number of tables");
    byte[] selectors = selectors(tables);
    var codes = new Code[tables];
    for (int i = 0; i < tables; i++) {
      codes[i] = code(symbols.length + 2);
    }
    int[] counts = new int[256];
    int length = unpack(symbols, selectors, codes, counts);
    check(first < length, "a block that begins behind its end");
    link(counts, length);
    next = chain[first] >>> 8;
    left = length;
    last = -1;
    repeats = 0;
    crc = -1;
    isInBlock = true;
  }

  private byte[] symbolsInUse() throws IOException {
    int ranges = bits(16);
    var symbols = new byte[256];
    int count = 0;
    for (int range = 0; range < 16; range++) {
      int used = (ranges & 0x8000 >> range) == 0 ? 0 : bits(16);
      for (int i = 0; i < 16; i++) {
        if ((used & 0x8000 >> i) != 0) {
          symbols[count++] = (byte) (range * 16 + i);
        }
      }
    }
    check(count > 0, "a block without symbols");
    return Arrays.copyOf(symbols, count);
  }

  /** Which table each group of symbols uses, told as its place in a list that is moved to front. */
  private byte[] selectors(int tables) throws IOException {
    int count = bits(15);
    check(count > 0, "a block without groups");
    var order = new byte[] {0, 1, 2, 3, 4, 5};
    var selectors = new byte[count];
    for (int i = 0; i < count; i++) {
      int place = 0;
      while (bits(1) == 1) {
        place++;
        check(place < tables, "a table that is not there");
      }
      selectors[i] = moveToFront(order, place);
    }
    return selectors;
  }

  private static byte moveToFront(byte[] order, int place) {
    byte moved = order[place];
    System.arraycopy(order, 0, order, 1, place);
    order[0] = moved;
    return moved;
  }

  /**
   * A canonical Huffman code.
   *
   * @param limits the greatest code of each length, -1 where there is none
   * @param bases what to take from a code of each length for its place among the symbols
   * @param symbols sorted by the length of their code
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Code(int[] limits, int[] bases, int[] symbols) {}

  private Code code(int alphabet) throws IOException {
    var lengths = new int[alphabet];
    int length = bits(5);
    for (int i = 0; i < alphabet; i++) {
      check(length >= 1 && length <= CODE_LENGTH_MAX, "a code of a wrong length");
      while (bits(1) == 1) {
        length += bits(1) == 0 ? 1 : -1;
        check(length >= 1 && length <= CODE_LENGTH_MAX, "a code of a wrong length");
      }
      lengths[i] = length;
    }
    return code(lengths);
  }

  private static Code code(int[] lengths) {
    var limits = new int[CODE_LENGTH_MAX + 1];
    var bases = new int[CODE_LENGTH_MAX + 1];
    var symbols = new int[lengths.length];
    int place = 0;
    int code = 0;
    for (int length = 1; length <= CODE_LENGTH_MAX; length++) {
      code <<= 1;
      bases[length] = code - place;
      for (int symbol = 0; symbol < lengths.length; symbol++) {
        if (lengths[symbol] == length) {
          symbols[place++] = symbol;
          code++;
        }
      }
      limits[length] = code - 1;
    }
    return new Code(limits, bases, symbols);
  }

  private int symbol(Code code) throws IOException {
    int bits = 0;
    for (int length = 1; length <= CODE_LENGTH_MAX; length++) {
      bits = bits << 1 | bits(1);
      int place = bits - code.bases[length];
      if (bits <= code.limits[length] && place >= 0 && place < code.symbols.length) {
        return code.symbols[place];
      }
    }
    throw new IOException("damaged bzip2 data: a code that is not in its table");
  }

  /** Reads the block's symbols; into {@link #chain}, and how often each octet is there. */
  private int unpack(byte[] symbols, byte[] selectors, Code[] codes, int[] counts)
      throws IOException {
    byte[] order = symbols.clone();
    int end = symbols.length + 1;
    int length = 0;
    int runLength = 0;
    int runDigit = 1;
    for (int group = 0; group < selectors.length; group++) {
      var code = codes[selectors[group]];
      for (int i = 0; i < GROUP; i++) {
        int symbol = symbol(code);
        if (symbol <= 1) {
          runLength += runDigit << symbol;
          runDigit <<= 1;
          check(runLength <= blockMax, "a block that is too long");
          continue;
        }
        length = append(order[0], runLength, length, counts);
        runLength = 0;
        runDigit = 1;
        if (symbol == end) {
          return length;
        }
        length = append(moveToFront(order, symbol - 1), 1, length, counts);
      }
    }
    throw new IOException("damaged bzip2 data: a block without an end");
  }

  private int append(byte octet, int times, int length, int[] counts) throws IOException {
    check(length + times <= blockMax, "a block that is too long");
    if (length + times > chain.length) {
      chain = Arrays.copyOf(chain, Math.max(length + times, 2 * chain.length));
    }
    Arrays.fill(chain, length, length + times, octet & 0xff);
    counts[octet & 0xff] += times;
    return length + times;
  }

  /** Undoes the Burrows-Wheeler transform: says of each octet where the one behind it stands. */
  private void link(int[] counts, int length) {
    var places = new int[256];
    for (int i = 1; i < 256; i++) {
      places[i] = places[i - 1] + counts[i - 1];
    }
    for (int i = 0; i < length; i++) {
      int octet = chain[i] & 0xff;
      chain[places[octet]++] |= i << 8;
    }
  }

  /** The next bits, at most 32. */
  private int bits(int count) throws IOException {
    while (heldBits < count) {
      int octet = octet();
      if (octet < 0) {
        throw new EOFException("the bzip2 data end too early");
      }
      held = held << 8 | octet;
      heldBits += 8;
    }
    heldBits -= count;
    return (int) (held >>> heldBits & (1L << count) - 1);
  }

  /** The next octet, -1 at the end. */
  private int octet() throws IOException {
    if (bufferAt == bufferEnd) {
      bufferEnd = Math.max(0, in.read(buffer, 0, buffer.length));
      bufferAt = 0;
      if (bufferEnd == 0) {
        return -1;
      }
    }
    return buffer[bufferAt++] & 0xff;
  }

  private static void check(boolean isRight, String otherwise) throws IOException {
    if (!isRight) {
      throw new IOException("damaged bzip2 data: " + otherwise);
    }
  }

  private static int[] crcTable() {
    var table = new int[256];
    for (int i = 0; i < 256; i++) {
      int value = i << 24;
      for (int bit = 0; bit < 8; bit++) {
        value = value << 1 ^ (value < 0 ? POLYNOMIAL : 0);
      }
      table[i] = value;
    }
    return table;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
