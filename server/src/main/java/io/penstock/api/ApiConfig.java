package io.penstock.api;

/**
 * What an operator can set about the API.
 *
 * @param recordsMax most records of a batch
 * @param wireBytesMax most bytes of a posted body as sent
 * @param inflatedBytesMax most bytes of a posted body once inflated
 * @param workingBytesMax memory for batches on their way from bytes to the disk
 * @param ingestStatus status of a taken {@code POST /v1/ingest}: 202 or 200
 * @param bodyHashDuplicates whether a body that was taken before is answered 209 and not taken
 * @param publicPrometheus whether the Prometheus page needs no key
 * @param retryAfterSeconds what a client is told when nothing can be taken now
 * @param version what this build is
 */
public record ApiConfig(
    int recordsMax,
    int wireBytesMax,
    int inflatedBytesMax,
    long workingBytesMax,
    int ingestStatus,
    boolean bodyHashDuplicates,
    boolean publicPrometheus,
    int retryAfterSeconds,
    Version version) {

  /**
   * What this build is; {@code unknown} where nobody said.
   *
   * @param number release number without a v
   * @param gitSha seven characters
   */
  public record Version(
      String number, String gitSha, String image, String imageTag, String imageDigest) {

    public static Version of(String number) {
      return new Version(number, "unknown", "unknown", number, "unknown");
    }
  }

  /** The limits of the contract, as far as this process has the memory for them. */
  public static ApiConfig defaults(Version version) {
    long heap = Runtime.getRuntime().maxMemory();
    return new ApiConfig(
        10_000,
        5 * 1024 * 1024,
        (int) Math.min(64 << 20, Math.max(8 << 20, heap / 20)),
        Math.max(32 << 20, heap / 4),
        202,
        false,
        true,
        2,
        version);
  }
}
