package io.penstock.destination;

import java.time.Duration;

/**
 * Files under the server's own export folder.
 *
 * @param folder below it, one or more plain names
 * @param rotateBytes size at which a file is finished
 * @param rotateAfter age at which a file is finished
 */
public record FilesConfig(String folder, Format format, int rotateBytes, Duration rotateAfter)
    implements Destination {

  /** What a file holds. */
  public enum Format {
    /** A document a line. */
    NDJSON,
    /** The same, compressed by gzip. */
    NDJSON_GZ,
    /** The columns of the store. */
    PARQUET
  }

  static FilesConfig read(Members members) {
    var folder = members.text("folder", "events");
    if (!folder.matches("[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_-]{1,64}){0,3}")) {
      members.fault("folder", "should be plain names with / between");
    }
    return new FilesConfig(
        folder,
        members.word("format", Format.class, Format.NDJSON),
        members.number("rotate_bytes", 1 << 20, 1 << 30, 128 << 20),
        Duration.ofSeconds(members.number("rotate_seconds", 1, 86_400, 3_600)));
  }
}
