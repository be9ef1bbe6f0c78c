package io.penstock.destination;

import io.penstock.dial.DialPolicy;
import io.penstock.dial.Dialer;
import io.penstock.event.EventJson;
import io.penstock.shape.Shape;
import java.net.InetAddress;
import java.util.function.Supplier;

/** What sinks under test need to reach a destination on this machine. */
final class Reach {

  /** Our own document. */
  static final Supplier<Shape> DOCUMENTS =
      () -> (tenant, event, out) -> out.put(EventJson.write(tenant, event));

  private Reach() {}

  /** A dialer that knows every name as this machine. */
  static Dialer dialer() {
    return new Dialer(
        DialPolicy.DEFAULT,
        _ -> new InetAddress[] {InetAddress.ofLiteral("127.0.0.1")},
        _ -> false,
        "penstock/1.2.3");
  }
}
