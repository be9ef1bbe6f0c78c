package io.penstock.stub;

/** How much a stub, and a document of stubs, may hold. */
public final class StubLimits {

  /** In one document, and in use at once. */
  public static final int STUBS_MAX = 10_000;

  /** Octets of the body of an answer. */
  public static final int BODY_MAX = 10 << 20;

  /** Larger bodies of requests, once their coding is undone, are not looked into. */
  public static final int REQUEST_BODY_MAX = 4 << 20;

  /** How deep a document is nested: more than any stub needs, JSON bodies included. */
  public static final int DEPTH_MAX = 64;

  private StubLimits() {}
}
