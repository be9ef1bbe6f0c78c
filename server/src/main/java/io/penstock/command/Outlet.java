package io.penstock.command;

/** What made-up or recorded messages leave by. Counts what was sent. Not thread-safe. */
sealed interface Outlet extends AutoCloseable permits DatagramOutlet, StreamOutlet {

  /** Exporters told apart at most; beyond it they share what they send by. */
  int EXPORTERS_MAX = 1_000;

  /** The way to this target. */
  static Outlet to(Target target) {
    return target.transport() == Target.Transport.UDP
        ? new DatagramOutlet(target)
        : new StreamOutlet(target);
  }

  /** Sends a message of an exporter, counted from 0. */
  void send(int exporter, byte[] bytes, int offset, int length);

  /** Datagrams, or messages of a stream, that were sent. */
  long datagrams();

  long octets();

  /** What was not sent, and why, as the rest of a sentence; empty when everything was. */
  String leftOut();

  /** Fails the command if the target did not take what was sent. */
  void demandListener();

  @Override
  void close();
}
