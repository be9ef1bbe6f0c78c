package io.penstock;

import io.penstock.api.Idempotency;
import io.penstock.event.EventBatch.Receipt;
import io.penstock.log.Receipts;

/** The API's memory of keyed requests is the log's receipts. */
record KeyedRequests(Receipts receipts) implements Idempotency {

  @Override
  public Claim begin(String tenant, String endpoint, String key, byte[] fingerprint) {
    return switch (receipts.begin(tenant, endpoint, key, fingerprint)) {
      case Receipts.Fresh(var ticket) -> new Claim.Fresh(new LogTicket(ticket));
      case Receipts.Replay(var status, var body) -> new Claim.Replay(status, body);
      case Receipts.InFlight() -> new Claim.InFlight();
      case Receipts.Mismatch() -> new Claim.Mismatch();
    };
  }

  private record LogTicket(Receipts.Ticket ticket) implements Ticket {

    @Override
    public void complete(Receipt receipt) {
      ticket.complete(receipt);
    }

    @Override
    public void abandon() {
      ticket.abandon();
    }
  }
}
