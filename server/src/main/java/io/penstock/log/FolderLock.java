package io.penstock.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a second process out of a folder. The system releases it when the process ends. */
final class FolderLock implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(FolderLock.class);

  private final FileChannel channel;

  private FolderLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * @throws IllegalStateException when somebody has the folder; the message says who
   */
  static FolderLock take(Path folder) throws IOException {
    var path = folder.resolve("lock");
    var channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (!tryLock(channel)) {
        throw new IllegalStateException(
            "the data folder %s is in use by process %s: stop it, or choose another folder"
                .formatted(folder, Files.readString(path).strip()));
      }
      writeOwner(channel);
      return new FolderLock(channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static void writeOwner(FileChannel channel) {
    var pid = Long.toString(ProcessHandle.current().pid());
    try {
      channel.truncate(0);
      Segment.writeFully(channel, ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)), 0);
    } catch (IOException e) {
      // A full disk is no reason not to start; only the other's message is poorer.
      LOG.atDebug().setCause(e).log("could not write the owner of the folder");
    }
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      @Nullable Object lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      // This very process has it.
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
