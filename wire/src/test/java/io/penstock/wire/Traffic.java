package io.penstock.wire;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/** Valid datagrams of every protocol, made at random from a seed, and the damage done to them. */
final class Traffic {

  private final Random random;

  Traffic(long seed) {
    random = new Random(seed);
  }

  /** A message and the records that a decoder that knows nothing else finds in it, as texts. */
  record Sample(byte[] datagram, List<String> records) {}

  /** A template, an options template and data for both, of either version. */
  Sample templated(ProtocolVersion version) {
    boolean isIpfix = version == ProtocolVersion.IPFIX;
    var texts = new ArrayList<String>();
    var sets = new ArrayList<Bytes>();
    int templates = 1 + random.nextInt(4);
    for (int i = 0; i < templates; i++) {
      boolean isOptions = random.nextInt(4) == 0;
      int id = 256 + i;
      int[] lengths = random.ints(1 + random.nextInt(25), 0, 17).toArray();
      lengths[0] = 4 + random.nextInt(4);
      if (isIpfix && random.nextBoolean()) {
        lengths[lengths.length - 1] = FieldSpecifier.VARIABLE;
      }
      sets.add(definition(isIpfix, isOptions, id, lengths));
      sets.add(data(id, lengths, texts));
    }
    var all = sets.toArray(Bytes[]::new);
    var message = isIpfix ? Bytes.ipfix(all) : Bytes.v9(all);
    return new Sample(message.array(), texts);
  }

  /** Valid octets of any version. */
  byte[] datagram() {
    return switch (random.nextInt(4)) {
      case 0 -> {
        int records = random.nextInt(31);
        yield Bytes.v5(records, records).array();
      }
      case 1 -> templated(ProtocolVersion.NETFLOW_V9).datagram();
      default -> templated(ProtocolVersion.IPFIX).datagram();
    };
  }

  /** Flips, overwrites, cuts, repeats and inserts. */
  byte[] damage(byte[] valid) {
    byte[] bytes = valid.clone();
    int wounds = 1 + random.nextInt(4);
    for (int i = 0; i < wounds && bytes.length > 0; i++) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) (random.nextBoolean() ? 0 : 0xff);
        case 2 -> bytes = new Bytes().raw(Arrays.copyOf(bytes, at)).array();
        case 3 -> {
          var tail = Arrays.copyOfRange(bytes, at, bytes.length);
          bytes = new Bytes().raw(bytes).raw(tail).array();
        }
        default -> {
          var tail = Arrays.copyOfRange(bytes, at, bytes.length);
          var head = Arrays.copyOf(bytes, at);
          bytes = new Bytes().raw(head).u16(random.nextInt(65_536)).raw(tail).array();
        }
      }
    }
    return bytes.length > 65_507 ? Arrays.copyOf(bytes, 65_507) : bytes;
  }

  Exporter exporter() {
    return Rig.udp("192.0.2." + random.nextInt(8), 1 + random.nextInt(3));
  }

  private Bytes definition(boolean isIpfix, boolean isOptions, int id, int[] lengths) {
    int scopes = isOptions ? 1 : 0;
    var header = new Bytes().u16(id);
    if (!isOptions) {
      header.u16(lengths.length);
    } else if (isIpfix) {
      header.u16(lengths.length, scopes);
    } else {
      header.u16(4 * scopes, 4 * (lengths.length - scopes));
    }
    for (int length : lengths) {
      boolean isEnterprise = isIpfix && random.nextInt(5) == 0;
      header.u16((isEnterprise ? 0x8000 : 0) | random.nextInt(500), length);
      if (isEnterprise) {
        header.u32(random.nextInt());
      }
    }
    return Bytes.set((isIpfix ? 2 : 0) + scopes, header);
  }

  private Bytes data(int id, int[] lengths, List<String> texts) {
    var body = new Bytes();
    int records = 1 + random.nextInt(5);
    for (int i = 0; i < records; i++) {
      var values = new ArrayList<String>();
      for (int length : lengths) {
        byte[] value = new byte[length == FieldSpecifier.VARIABLE ? random.nextInt(300) : length];
        random.nextBytes(value);
        if (length == FieldSpecifier.VARIABLE) {
          prefix(body, value.length);
        }
        body.raw(value);
        values.add(HexFormat.of().formatHex(value));
      }
      texts.add(String.join(" ", values));
    }
    return Bytes.set(id, body);
  }

  private void prefix(Bytes body, int length) {
    if (length < 255 && random.nextBoolean()) {
      body.u8(length);
    } else {
      body.u8(255).u16(length);
    }
  }
}
