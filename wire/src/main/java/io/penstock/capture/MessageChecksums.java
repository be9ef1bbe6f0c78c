package io.penstock.capture;

import io.penstock.wire.Octets;
import io.penstock.wire.ProtocolVersion;
import io.penstock.wire.Template;
import io.penstock.wire.TemplateReader;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Checks the checksums that a file's messages carry in themselves (RFC 5655 §8.1.1): an options
 * record with the element messageMD5Checksum, which is the MD5 of the message with these octets
 * zero. Not thread-safe.
 */
final class MessageChecksums {

  private static final int OPTIONS_TEMPLATE_SET = 3;
  private static final int MD5_CHECKSUM = 262;
  private static final int CHECKSUM_OCTETS = 16;
  private static final int SET_HEADER = 4;

  /** A file describes its checksums once or twice. */
  private static final int TEMPLATES_MAX = 256;

  private final TemplateReader reader = new TemplateReader(false);

  /** Where the checksum stands in a record, by observation domain and template. */
  private final Map<Long, Integer> offsets = new HashMap<>();

  /** What a message says about itself. */
  enum Result {
    NONE,
    RIGHT,
    WRONG
  }

  /** Checks a whole message, and learns where those behind it have their checksum. */
  Result check(byte[] message) {
    int at = MessageFile.HEADER;
    while (message.length - at >= SET_HEADER) {
      int length = Octets.u16(message, at + 2);
      if (length < SET_HEADER || length > message.length - at) {
        return Result.NONE;
      }
      int set = Octets.u16(message, at);
      if (set == OPTIONS_TEMPLATE_SET) {
        learn(message, at + SET_HEADER, at + length);
      } else if (set >= 256 && !offsets.isEmpty()) {
        var offset = offsets.get(key(message, set));
        if (offset != null && SET_HEADER + offset + CHECKSUM_OCTETS <= length) {
          return isRight(message, at + SET_HEADER + offset) ? Result.RIGHT : Result.WRONG;
        }
      }
      at += length;
    }
    return Result.NONE;
  }

  private void learn(byte[] message, int from, int end) {
    int at = from;
    while (at < end) {
      var item = reader.read(ProtocolVersion.IPFIX, true, message, from, at, end);
      switch (item) {
        case TemplateReader.Item.Defined(var template, var next) -> {
          learn(key(message, template.id()), template);
          at = next;
        }
        case TemplateReader.Item.Withdrawn(_, var next) -> at = next;
        case TemplateReader.Item.Unusable(_, var next) -> at = next;
        case TemplateReader.Item.Bad(var next) -> at = next;
        case TemplateReader.Item.Padding(var next) -> at = next;
        case TemplateReader.Item.Overlong() -> {
          return;
        }
      }
    }
  }

  private void learn(long key, Template template) {
    offsets.remove(key);
    int offset = 0;
    for (var field : template.fields()) {
      if (field.isVariable()) {
        return;
      }
      if (field.enterprise() == 0
          && field.id() == MD5_CHECKSUM
          && field.length() == CHECKSUM_OCTETS
          && offsets.size() < TEMPLATES_MAX) {
        offsets.put(key, offset);
        return;
      }
      offset += field.length();
    }
  }

  private static long key(byte[] message, int template) {
    return Octets.u32(message, 12) << 16 | template;
  }

  private static boolean isRight(byte[] message, int at) {
    var md5 = md5();
    md5.update(message, 0, at);
    md5.update(new byte[CHECKSUM_OCTETS]);
    md5.update(message, at + CHECKSUM_OCTETS, message.length - at - CHECKSUM_OCTETS);
    return Arrays.equals(md5.digest(), 0, CHECKSUM_OCTETS, message, at, at + CHECKSUM_OCTETS);
  }

  private static MessageDigest md5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has MD5", e);
    }
  }
}
