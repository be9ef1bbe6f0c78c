package io.penstock.api;

import io.penstock.event.EventBatch.Receipt;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Remembers keys in memory, as the real ledger does on disk. */
final class MemoryIdempotency implements Idempotency {

  private record Known(byte[] fingerprint, @Nullable Receipt receipt) {}

  private final Map<List<String>, Known> known = new HashMap<>();

  @Override
  public synchronized Claim begin(String tenant, String endpoint, String key, byte[] fingerprint) {
    var name = List.of(tenant, endpoint, key);
    var before = known.get(name);
    if (before == null) {
      known.put(name, new Known(fingerprint, null));
      return new Claim.Fresh(ticket(name));
    }
    if (!Arrays.equals(before.fingerprint, fingerprint)) {
      return new Claim.Mismatch();
    }
    var receipt = before.receipt;
    return receipt == null
        ? new Claim.InFlight()
        : new Claim.Replay(receipt.status(), receipt.body());
  }

  private Ticket ticket(List<String> name) {
    return new Ticket() {
      @Override
      public void complete(Receipt receipt) {
        synchronized (MemoryIdempotency.this) {
          known.put(name, new Known(receipt.fingerprint(), receipt));
        }
      }

      @Override
      public void abandon() {
        synchronized (MemoryIdempotency.this) {
          known.remove(name);
        }
      }
    };
  }
}
