package io.penstock.log;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import io.penstock.event.EventBatch;
import io.penstock.event.EventCodec;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;

/**
 * Encodes, compresses and checksums batches on the threads of their appenders.
 *
 * <p>Compression contexts hold a megabyte of native memory each and take longer to make than a
 * frame to compress. They are lent from a pool, not kept per thread, because a request lives on a
 * virtual thread that nobody ever sees again.
 */
final class FrameEncoder implements AutoCloseable {

  private static final int POOLED_MAX = 2 * Runtime.getRuntime().availableProcessors();
  private static final int SCRATCH_KEPT_BYTES_MAX = 4 << 20;

  private final int level;
  private final ArrayBlockingQueue<Compressor> pool = new ArrayBlockingQueue<>(POOLED_MAX);

  FrameEncoder(int level) {
    this.level = level;
  }

  PendingFrame encode(EventBatch batch) {
    var raw = EventCodec.encode(batch);
    if (raw.length > Frame.PAYLOAD_BYTES_MAX) {
      throw new IllegalArgumentException(
          "a batch of %d events has %d bytes, the limit is %d"
              .formatted(batch.events().size(), raw.length, Frame.PAYLOAD_BYTES_MAX));
    }
    var compressor = pool.poll();
    if (compressor == null) {
      compressor = new Compressor(level);
    }
    int receipt = batch.receipt() == null ? 0 : Frame.RECEIPT;
    try {
      var frame = compressor.frame(raw, receipt, batch.events().size());
      return new PendingFrame(frame, batch.events().size(), new CompletableFuture<>());
    } finally {
      if (!pool.offer(compressor)) {
        compressor.close();
      }
    }
  }

  @Override
  public void close() {
    for (var compressor = pool.poll(); compressor != null; compressor = pool.poll()) {
      compressor.close();
    }
  }

  /** One context with the scratch array it compresses into. */
  private static final class Compressor implements AutoCloseable {

    private final ZstdCompressCtx context = new ZstdCompressCtx();
    private byte[] scratch = {};

    Compressor(int level) {
      context.setLevel(level);
    }

    ByteBuffer frame(byte[] raw, int flags, int events) {
      int bound = Math.toIntExact(Zstd.compressBound(raw.length));
      var target = scratch.length >= bound ? scratch : new byte[bound];
      if (bound <= SCRATCH_KEPT_BYTES_MAX) {
        scratch = target;
      }
      int length = context.compressByteArray(target, 0, bound, raw, 0, raw.length);
      return length < raw.length
          ? frame(target, length, raw.length, flags | Frame.COMPRESSED, events)
          : frame(raw, raw.length, raw.length, flags, events);
    }

    private static ByteBuffer frame(
        byte[] payload, int length, int rawLength, int flags, int events) {
      var frame = ByteBuffer.allocate(Frame.HEADER_BYTES + length);
      frame.put(Frame.HEADER_BYTES, payload, 0, length);
      Frame.begin(frame, flags, length, rawLength, events, Frame.crc(payload, 0, length));
      return frame;
    }

    @Override
    public void close() {
      context.close();
    }
  }
}
