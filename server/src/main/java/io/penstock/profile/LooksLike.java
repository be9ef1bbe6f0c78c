package io.penstock.profile;

/** Whom a value that nobody explained may tell apart, by its looks alone. */
final class LooksLike {

  private static final int UUID_LENGTH = 36;
  private static final int MAIL_MAX = 254;
  private static final int DIGEST_MIN = 32;
  private static final int DIGEST_MAX = 128;

  private LooksLike() {}

  /** A mail address is a person's; a UUID or a digest is taken for an installation's. */
  static Identifier of(String value) {
    if (isMail(value)) {
      return Identifier.PERSON;
    }
    return isUuid(value) || isDigest(value) ? Identifier.INSTALLATION : Identifier.NONE;
  }

  private static boolean isMail(String value) {
    int sign = value.indexOf('@');
    if (sign <= 0) {
      return false;
    }
    int dot = value.lastIndexOf('.');
    return value.length() <= MAIL_MAX
        && sign == value.lastIndexOf('@')
        && dot > sign + 1
        && dot < value.length() - 2
        && value.chars().allMatch(c -> c > 0x20 && c != '/' && c != ':' && c != ',');
  }

  private static boolean isUuid(String value) {
    if (value.length() != UUID_LENGTH) {
      return false;
    }
    for (int i = 0; i < UUID_LENGTH; i++) {
      boolean isHyphen = i == 8 || i == 13 || i == 18 || i == 23;
      char c = value.charAt(i);
      if (isHyphen ? c != '-' : Character.digit(c, 16) < 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean isDigest(String value) {
    return value.length() >= DIGEST_MIN
        && value.length() <= DIGEST_MAX
        && value.length() % 2 == 0
        && value.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f')
        && value.chars().anyMatch(c -> c >= 'a');
  }
}
