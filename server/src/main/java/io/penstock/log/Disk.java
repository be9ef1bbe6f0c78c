package io.penstock.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What the log asks of the file system; the place where a test makes a disk fail. */
interface Disk {

  FileChannel open(Path path, OpenOption... options) throws IOException;

  /** Bytes that may still be written. */
  long usableBytes() throws IOException;

  /** Makes the names in a folder durable: new files are found, removed ones stay away. */
  void forceFolder(Path folder) throws IOException;

  /** The file system that holds {@code folder}, which exists. */
  static Disk of(Path folder) throws IOException {
    return new LocalDisk(Files.getFileStore(folder));
  }

  /** The real one. */
  record LocalDisk(FileStore store) implements Disk {

    @Override
    public FileChannel open(Path path, OpenOption... options) throws IOException {
      return FileChannel.open(path, options);
    }

    @Override
    public long usableBytes() throws IOException {
      return store.getUsableSpace();
    }

    @Override
    public void forceFolder(Path folder) throws IOException {
      try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }
}
