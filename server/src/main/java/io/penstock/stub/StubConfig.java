package io.penstock.stub;

/**
 * The limits of what stubs remember.
 *
 * @param journalMax requests that verification can ask about
 * @param journalBytesMax octets of their headers and bodies together
 */
public record StubConfig(int journalMax, long journalBytesMax) {

  public static final StubConfig DEFAULT = new StubConfig(2_000, 16L << 20);
}
